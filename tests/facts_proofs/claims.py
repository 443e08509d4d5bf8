"""Compares a fact with the running interpreter: names, kinds, parameters, bases, sources."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

from fact_parameters import parameter_complaints

from asynclint.facts import Fact, Kind
from asynclint.facts.loader import parse_facts

STDLIB = Path(sysconfig.get_path("stdlib"))
VERSION = ".".join(map(str, sys.version_info[:2]))

#: Calling these gives an awaitable, though `iscoroutinefunction` denies it: proved by calling them.
AWAITABLE_BY_CALL = frozenset(
    {
        "builtins.anext",
        "types.AsyncGeneratorType.asend",
        "types.AsyncGeneratorType.athrow",
        "types.AsyncGeneratorType.aclose",
        "types.AsyncGeneratorType.__anext__",
        "unittest.mock.AsyncMock.__call__",
    }
)
#: What these are depends on the version.
_VARYING = {
    "asyncio.as_completed": {Kind.GENERATOR, Kind.FUNCTION},
    "threading.Lock": {Kind.FUNCTION, Kind.CLASS},
}
#: Hooks that the class calls if they are there, without having them itself.
_OPTIONAL_HOOKS = frozenset({"runTest", "reducer_override", "persistent_id"})
_SOURCE = re.compile(r"((Lib|Modules|Objects|Python)/\S+) \((3\.\d+)\)|\S+\.py \(\S+ \S+\)")


def facts_files() -> dict[str, str]:
    """The text of every facts file by its name."""
    entries = resources.files("asynclint.facts").iterdir()
    return {e.name: e.read_text(encoding="utf-8") for e in entries if e.name.endswith(".toml")}


def all_facts() -> dict[str, Fact]:
    """Every fact that comes with the tool, by its canonical name."""
    found: dict[str, Fact] = {}
    for name, text in facts_files().items():
        found |= {fact.name: fact for fact in parse_facts(text, name).values()}
    return found


def in_stdlib(fact: Fact) -> bool:
    """Whether the fact is about the standard library."""
    return fact.name.partition(".")[0] in sys.stdlib_module_names


def is_here(fact: Fact) -> bool:
    """Whether the running interpreter should have the name."""
    if fact.platform and fact.platform != sys.platform:
        return False
    if fact.since and _number(fact.since) > sys.version_info[:2]:
        return False
    return not (fact.until and _number(fact.until) <= sys.version_info[:2])


def stdlib_facts() -> dict[str, Fact]:
    """The facts about names of the standard library that the running interpreter should have."""
    return {name: f for name, f in all_facts().items() if in_stdlib(f) and is_here(f)}


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def resolve(name: str) -> object:
    """The object of a dotted name; methods as plain functions. Raises LookupError."""
    owner, member = _owner(name)
    if owner is None:
        return member
    last = name.rpartition(".")[2]
    if not isinstance(owner, type):
        return getattr(owner, last)
    if name.startswith("asyncio.Condition.") and last in ("acquire", "release", "locked"):
        return getattr(asyncio.Condition(), last)  # __init__ puts its lock's methods on the object
    found = inspect.getattr_static(owner, last)
    return found.__func__ if isinstance(found, staticmethod | classmethod) else found


def _owner(name: str) -> tuple[object | None, object | None]:
    """The object before the last dot, or None and the module where the name is one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        rest = parts[length:]
        for part in rest[:-1]:
            found = getattr(found, part, None)
        return (found, None) if rest else (None, found)
    raise LookupError(name)


def complaints(fact: Fact) -> list[str]:
    """All that is wrong with a fact about the standard library, as far as looking can tell."""
    if fact.kind is Kind.ATTRIBUTE:
        owner, attribute = fact.name.rpartition(".")[::2]
        cls = resolve(owner)
        set_here = isinstance(cls, type) and f"self.{attribute} =" in inspect.getsource(cls)
        return [] if set_here else [f"{owner} sets no attribute {attribute}"]
    try:
        found = resolve(fact.name)
    except (LookupError, AttributeError):
        return [f"there is no {fact.name}"]
    return [
        *kind_complaints(fact, found),
        *signature_complaints(fact, found),
        *_name_complaints(fact, found),
        *_source_complaints(fact, found),
    ]


def kind_complaints(fact: Fact, found: object) -> Iterator[str]:
    """What `inspect` says against the kind of a fact."""
    if fact.name in AWAITABLE_BY_CALL:
        return
    if inspect.isclass(found):
        kind = Kind.CLASS
    elif inspect.iscoroutinefunction(found):
        kind = Kind.COROUTINE
    elif inspect.isasyncgenfunction(found):
        kind = Kind.ASYNC_GENERATOR
    elif inspect.isgeneratorfunction(found):
        kind = Kind.GENERATOR
    else:
        kind = Kind.FUNCTION
    if kind not in _VARYING.get(fact.name, {fact.kind}):
        yield f"is a {kind.value}, not a {fact.kind.value}"
    if not callable(found):
        yield "cannot be called"


def parameters(fact: Fact, found: object) -> list[inspect.Parameter] | None:
    """The parameters without self; None where the interpreter does not know them."""
    if not callable(found):
        return None
    try:
        known = list(inspect.signature(found).parameters.values())
    except (ValueError, TypeError):
        return None
    owner, _ = _owner(fact.name)
    is_static = isinstance(owner, type) and isinstance(
        inspect.getattr_static(owner, fact.name.rpartition(".")[2], None), staticmethod
    )
    takes_self = not (is_static or isinstance(found, type) or hasattr(found, "__self__"))
    return known[1:] if isinstance(owner, type) and takes_self else known


def signature_complaints(fact: Fact, found: object) -> Iterator[str]:
    """What the signature says against the positions and names of a fact."""
    known = parameters(fact, found)
    if known is not None:
        yield from parameter_complaints(fact, known)


def _name_complaints(fact: Fact, found: object) -> Iterator[str]:
    """What is wrong with the names of other things in a fact."""
    for alias in fact.aliases:
        if not _is(alias, lambda other: other is found):
            yield f"{alias} is not the same object"
    for base in fact.bases:
        if not (isinstance(found, type) and _is(base, lambda b: _subclass(found, b))):
            yield f"{base} is no base"
    returned = "" if fact.returns == "argument" else fact.returns
    for name in (returned, *fact.returns_items, fact.becomes):
        if name and not _is(name, inspect.isclass):
            yield f"{name} is no class"
    if fact.twin and not _is(fact.twin, callable):
        yield f"{fact.twin} cannot be called"
    if isinstance(found, type) and found is not object:
        for hook in (*fact.sync_hooks, *fact.async_hooks):
            if hook not in _OPTIONAL_HOOKS and "*" not in hook and not hasattr(found, hook):
                yield f"has no method {hook}"


def _is(name: str, holds: Callable[[object], bool]) -> bool:
    try:
        return holds(resolve(name))
    except (LookupError, AttributeError):
        return False


def _subclass(found: object, base: object) -> bool:
    return isinstance(found, type) and isinstance(base, type) and issubclass(found, base)


def _source_complaints(fact: Fact, found: object) -> Iterator[str]:
    match = _SOURCE.fullmatch(fact.source)
    if match is None or match[1] is None:
        yield f"source {fact.source!r} names no file of CPython and version"
        return
    path, folder, version = match[1], match[2], match[3]
    if folder != "Lib" or version != VERSION:
        return
    if not (STDLIB / path.removeprefix("Lib/")).exists():
        yield f"there is no {path}"
    try:
        real = inspect.getsourcefile(inspect.unwrap(found)) if callable(found) else None
    except TypeError:  # written in C, with a twin in Python
        return
    if real is not None and real.startswith(str(STDLIB)) and not real.endswith(path[3:]):
        yield f"stands in {real}, not in {path}"
