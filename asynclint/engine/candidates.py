"""Which functions could hold a finding: decided by the identifiers that they mention.

A function is parsed only if it names something that makes a coroutine object or starts a loop, directly
or under another name. Names stand for all objects of that name, so nothing is lost, and little is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from asynclint.facts import Fact, Kind, standard_facts
from asynclint.model.declared import Assigned, Function, Import, Module
from asynclint.model.shapes import CallShape, Display, Either, LambdaShape, Ref, Shape

_ASYNC = (Kind.COROUTINE, Kind.ASYNC_GENERATOR)
#: Packages with callables that start loops or make or consume coroutine objects.
_PACKAGES = ("asyncio", "contextlib", "anyio", "any_agent", "asgiref", "playwright", "uvicorn", "uvloop")


def telling_words(module: Module) -> set[str]:
    """Identifiers that lead to a coroutine object or to the start of a loop in this module."""
    words = set(_library_words()[0])
    starters = set(_library_words()[1])
    for function in module.functions:
        if function.kind in _ASYNC or function.decorators:
            words.add(function.name)
    grown = True
    while grown:
        before = len(words) + len(starters)
        for name, used in _bindings(module):
            if not used.isdisjoint(words):
                words.add(name)
            if not used.isdisjoint(starters):
                starters.add(name)
        for function in module.functions:
            if function.kind not in _ASYNC and not starters.isdisjoint(function.mentions):
                starters.add(function.name)
                if function.owner is not None and function.name.startswith("__"):
                    starters.add(function.owner.name)  # called by an operator, or by making one
        grown = len(words) + len(starters) > before
    return words | starters


def may_matter(function: Function, words: set[str]) -> bool:
    """Whether a function could hold a finding."""
    if function.kind in _ASYNC and (function.decorators or function.owner is not None):
        return True  # caches and overrides show in the declaration
    if function.awaited:
        return True  # what it was given may be spent twice
    return not words.isdisjoint(function.mentions)


def _bindings(module: Module) -> Iterator[tuple[str, set[str]]]:
    """Names that are bound to an import or an expression, with the identifiers in it."""
    for scope in module.scopes():
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if isinstance(binding, Import):
                    yield name, {binding.dotted.rpartition(".")[2]}
                elif isinstance(binding, Assigned):
                    yield name, set(_identifiers(binding.shape))


def _identifiers(shape: Shape) -> Iterator[str]:
    match shape:
        case Ref(parts=parts):
            yield from parts
        case CallShape(callee=callee, args=args):
            for part in (callee, *args):
                yield from _identifiers(part)
        case Either(options=parts) | Display(items=parts):
            for part in parts:
                yield from _identifiers(part)
        case LambdaShape(body=body):
            yield from _identifiers(body)
        case _:
            return


@lru_cache(maxsize=1)
def _library_words() -> tuple[frozenset[str], frozenset[str]]:
    """The last parts of the names that the facts know: of all that matters, and of loop starters."""
    known = [
        (name.rpartition(".")[2], fact)
        for package in _PACKAGES
        for name, fact in standard_facts().package(package).items()
    ]
    words = frozenset(name for name, fact in known if _tells(fact))
    return words, frozenset(name for name, fact in known if fact.starts_loop)


def _tells(fact: Fact) -> bool:
    makes = fact.makes_loop or fact.needs_loop or fact.starts_loop
    return makes or bool(fact.consumes) or fact.kind in _ASYNC
