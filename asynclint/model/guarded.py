"""Answers the tests of guards where a function is applied to known arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.facts import Kind
from asynclint.model.declared import Scope
from asynclint.model.frames import Frame
from asynclint.model.guards import Guard
from asynclint.model.values import (
    Const,
    Func,
    Inst,
    Klass,
    Lib,
    Method,
    Partial,
    Table,
    Thing,
    ordered,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_KINDS = {
    "iscoroutinefunction": Kind.COROUTINE,
    "isasyncgenfunction": Kind.ASYNC_GENERATOR,
    "isgeneratorfunction": Kind.GENERATOR,
}


def excluded(
    resolver: Resolver, guards: tuple[Guard, ...], scope: Scope, frame: Frame | None
) -> bool:
    """Whether code under these guards cannot run in an application."""
    if frame is None or not guards:
        return False
    return any(answer(resolver, guard, scope, frame) is False for guard in guards)


def answer(resolver: Resolver, guard: Guard, scope: Scope, frame: Frame) -> bool | None:
    """Whether what a guard guards is reached; None if that is not known."""
    if not guard.asks:
        return None
    if guard.asks == "any":
        options = {answer(resolver, option, scope, frame) for option in guard.options}
        held = True if True in options else None if None in options else False
        return None if held is None else held is guard.holds
    value = resolver.name(guard.name, scope, frame)
    answers = {_asked(resolver, guard, thing) for thing in ordered(value)}
    if len(answers) != 1:
        return None
    (known,) = answers
    return None if known is None else known is guard.holds


def _asked(resolver: Resolver, guard: Guard, thing: Thing) -> bool | None:
    asks = guard.asks
    if asks == "isinstance":
        if isinstance(thing, Const):
            line = type(thing.value).__mro__
            return any(each.__name__ in guard.types for each in line)
        return False if isinstance(thing, (Func, Klass, Partial)) else None
    if isinstance(thing, Const):
        if asks in ("none", "truth"):
            return thing.value is None if asks == "none" else bool(thing.value)
        return False
    if asks in _KINDS:
        kind = _kind(resolver, thing)
        return None if kind is None else kind is _KINDS[asks]
    if asks == "none":
        return False if isinstance(thing, (Func, Klass, Partial, Table, Inst)) else None
    return True if isinstance(thing, (Func, Klass, Partial)) else None


def _kind(resolver: Resolver, thing: Thing) -> Kind | None:
    """What `inspect` takes a callable for: only its own `def` counts, seen through partials."""
    match thing:
        case Func(function=function):
            return function.kind
        case Klass():
            return Kind.CLASS
        case Partial(callee=callee):
            return _kind(resolver, callee)
        case Lib() | Method():
            fact = resolver.fact_of(thing)
            return fact.kind if fact is not None else None
        case _:
            return None
