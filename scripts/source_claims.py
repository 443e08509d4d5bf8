"""Holds one fact against the source of its package: existence, kind, parameters, other names."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from definitions import (
    definitions,
    hands_on,
    kind_of,
    made_function,
    parameters_of,
    result_note,
    sets_attribute,
    unknown_decorator,
)
from fact_parameters import parameter_complaints
from package_source import (
    FUNCTIONS,
    Definition,
    Meaning,
    SourceModule,
    Sources,
    UnclearError,
    classes,
)

from asynclint.facts import Fact, Kind

#: "asgiref/sync.py (asgiref 3.13.0)": file, distribution, version.
SOURCE = re.compile(r"(?P<file>\S+\.pyi?) \((?P<name>[\w.-]+) (?P<version>[\w.]+)\)")
#: What the annotated result of a plain function that gives such an object looks like.
_GIVING = {
    Kind.COROUTINE: re.compile(r"\b(Awaitable|Coro|Coroutine|CoroutineType)\b"),
    Kind.ASYNC_GENERATOR: re.compile(r"\bAsync(Generator|Iterator|Iterable)\b"),
}


@dataclass(slots=True)
class Verdict:
    """What is wrong with a fact, and what the source does not show."""

    wrong: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


def judge(fact: Fact, sources: Sources) -> Verdict:
    """Holds a fact against the sources of its package and of others that it names."""
    verdict = Verdict()
    if _is_nameless(fact.name):
        _other_names(fact, [], sources, verdict)
        return verdict
    found, unclear = _look_up(fact, sources)
    if not found and fact.kind is Kind.ATTRIBUTE and _is_set(fact, sources):
        unclear = ""
    elif unclear:
        verdict.unclear.append(unclear)
        return verdict
    elif not found:
        verdict.wrong.append("does not exist")
    elif fact.kind is not Kind.ATTRIBUTE:
        _compare(fact, found, sources, verdict)
    verdict.unclear += _other_result(fact, found)
    _other_names(fact, found, sources, verdict)
    return verdict


def missing_file(fact: Fact, has: Callable[[str], bool]) -> str:
    """A complaint if the file that the fact names as its source is not there, '' else."""
    match = SOURCE.fullmatch(fact.source)
    if match is None:
        return f"source {fact.source!r} names no file, distribution and version"
    return "" if has(match["file"]) else f"there is no {match['file']}"


def _is_nameless(name: str) -> bool:
    """Whether it is about the result of a call, for whose class the facts have no name."""
    return "()" in name


# what a fact is about -----------------------------------------------------------------------------


def _look_up(fact: Fact, sources: Sources) -> tuple[list[Definition], str]:
    """What the fact is about; and why it is not clear what, '' where it is.

    Re-exports that are made at run time cannot be followed: then the file that the fact names as
    its source may have the definition.
    """
    unclear = ""
    found: list[Definition] = []
    try:
        found = _callables(sources.find(fact.name), fact, sources)
    except UnclearError as error:
        unclear = str(error)
    if unclear or not found:
        found = _by_source_file(fact, sources)
    return found, "" if found else unclear


def _callables(meanings: list[Meaning], fact: Fact, sources: Sources) -> list[Definition]:
    """What is called: of an object that is no function or class, the `__call__` of its class."""
    result: list[Definition] = []
    for each in definitions(meanings):
        is_callable = isinstance(each.node, (*FUNCTIONS, ast.ClassDef))
        if is_callable or fact.kind is Kind.ATTRIBUTE:
            result.append(each)
        elif made := made_function(each, sources):
            result.append(made)
        else:
            result += [m for c in sources.class_of(each) for m in sources.of_class(c, "__call__")]
    return result


def _by_source_file(fact: Fact, sources: Sources) -> list[Definition]:
    match = SOURCE.fullmatch(fact.source)
    if match is None:
        return []
    name = match["file"].rpartition(".py")[0].removesuffix("/__init__").replace("/", ".")
    parts = fact.name.split(".")
    for tail in (parts[-2:], parts[-1:]):
        found = _found(".".join([name, *tail]), sources)
        if definitions(found) and len(tail) < len(parts):
            return definitions(found)
    modules = [each for each in _found(name, sources) if isinstance(each, SourceModule)]
    return _in_some_class(parts[-1], modules[0], sources) if modules else []


def _found(name: str, sources: Sources) -> list[Meaning]:
    """What a dotted name may stand for, [] where that is not clear."""
    try:
        return sources.find(name)
    except UnclearError:
        return []


def _in_some_class(name: str, module: SourceModule, sources: Sources) -> list[Definition]:
    """The method of this name, where one class of the module has it."""
    found = [
        Definition(module, stmt, cls)
        for cls in module.tree.body
        if isinstance(cls, ast.ClassDef)
        for stmt in sources.body(cls).names.get(name, [])
        if isinstance(stmt, FUNCTIONS)
    ]
    return found[-1:] if len({each.owner for each in found}) == 1 else []


def _is_set(fact: Fact, sources: Sources) -> bool:
    """Whether a method of the class assigns to the attribute."""
    owner, _, name = fact.name.rpartition(".")
    return any(
        each is not None and sets_attribute(each, name)
        for cls in classes(sources.find(owner))
        for each in sources.ancestors(cls)
    )


# the callable itself ------------------------------------------------------------------------------


def _compare(fact: Fact, found: list[Definition], sources: Sources, verdict: Verdict) -> None:
    """One definition that is as the fact says is enough: others are for other platforms."""
    complaints: list[list[str]] = []
    for definition in found:
        try:
            wrong = [*_kind(fact, definition, sources), *_parameters(fact, definition, sources)]
        except UnclearError as error:
            verdict.unclear.append(str(error))
            return
        if not wrong:
            return
        complaints.append(wrong)
    verdict.wrong += complaints[-1]


def _kind(fact: Fact, definition: Definition, sources: Sources) -> Iterator[str]:
    kind = kind_of(definition)
    if kind is fact.kind:
        return
    if kind is Kind.FUNCTION and fact.kind in _GIVING:
        owners = classes(sources.find(fact.name.rpartition(".")[0]))
        if fact.kind is Kind.COROUTINE and hands_on(definition, owners, sources):
            return
        if _GIVING[fact.kind].search(note := result_note(definition)):
            raise UnclearError(f"is a plain function that gives {note}")
    if name := unknown_decorator(definition):
        raise UnclearError(f"has the decorator {name}")
    yield f"is a {kind.value}, not a {fact.kind.value}"


def _parameters(fact: Fact, definition: Definition, sources: Sources) -> Iterator[str]:
    if fact.consumes or fact.calls or fact.iterates or fact.reads or fact.stores:
        known = parameters_of(definition, sources)
        if known is not None:
            yield from parameter_complaints(fact, known)


def _other_result(fact: Fact, found: list[Definition]) -> Iterator[str]:
    """A doubt if what is annotated as the result does not name the class that the fact names."""
    if not fact.returns or fact.returns == "argument" or _is_nameless(fact.returns):
        return
    texts = [text for each in found if (text := result_note(each))]
    wanted = {fact.returns.rpartition(".")[2], "Self"}
    if texts and not any(wanted & set(re.findall(r"\w+", text)) for text in texts):
        yield f"gives {texts[0][:80]}, which does not name {fact.returns}"


# other names --------------------------------------------------------------------------------------


def _other_names(fact: Fact, found: list[Definition], sources: Sources, verdict: Verdict) -> None:
    def check(name: str, message: str, holds: Callable[[list[Meaning]], bool]) -> None:
        package = name.partition(".")[0]
        if not name or _is_nameless(name) or package in sys.stdlib_module_names:
            return
        if not sources.has(package):
            verdict.unclear.append(f"{name} is in no package that was looked at")
            return
        try:
            if not holds(sources.find(name)):
                verdict.wrong.append(message)
        except UnclearError as error:
            verdict.unclear.append(f"{name}: {error}")

    def is_same(meanings: list[Meaning]) -> bool:
        other = _callables(meanings, fact, sources)
        return any(each.node is here.node for each in other for here in found)

    for alias in fact.aliases:
        check(alias, f"{alias} is something else", is_same)
    returned = "" if fact.returns == "argument" else fact.returns
    for name in (returned, *fact.returns_items, fact.becomes):
        check(name, f"{name} is no class", lambda meanings: bool(classes(meanings)))
    check(fact.twin, f"{fact.twin} does not exist", bool)
    here = [each for each in found if isinstance(each.node, ast.ClassDef)]
    above = {a.node for cls in here for a in sources.ancestors(cls) if a is not None}
    for base in fact.bases:
        is_base = f"{base} is no base"
        check(base, is_base, lambda meanings: any(c.node in above for c in classes(meanings)))
    for cls in here:
        verdict.wrong += _hooks(fact, cls, sources)


def _hooks(fact: Fact, cls: Definition, sources: Sources) -> Iterator[str]:
    """A hook that the class calls as a plain function is one where the class itself has it."""
    for hook in fact.sync_hooks:
        try:
            found = sources.of_class(cls, hook)
        except UnclearError:
            continue
        if found and all(isinstance(each.node, ast.AsyncFunctionDef) for each in found):
            yield f"the hook {hook} is a coroutine function"
