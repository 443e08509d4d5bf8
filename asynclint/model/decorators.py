"""What decorators make of a function: the callable that its name is bound to in the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asynclint.facts import Kind
from asynclint.model.declared import Function
from asynclint.model.shapes import CallShape, Ref, Shape
from asynclint.model.values import UNKNOWN, Func, Giving, Inst, Made, Value, one

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver


@dataclass(frozen=True, slots=True)
class Decorated:
    """The outcome: the value of the name, and how attribute access on a class treats it.

    `binding` is 'plain', 'static', 'class' or 'property'. `cached_by` is the decorator that keeps
    the first result of a coroutine function, if there is one, and `cached_at` its 0-based position.
    """

    value: Value
    binding: str = "plain"
    cached_by: str = ""
    cached_at: int = -1


def decorated(resolver: Resolver, function: Function) -> Decorated:
    """Applies a function's decorators, innermost first."""
    outcome = Decorated(one(Func(function)))
    for index in range(len(function.decorators) - 1, -1, -1):
        before = outcome
        outcome = _apply(resolver, function, function.decorators[index], before)
        if before.cached_by:
            outcome = replace(outcome, cached_by=before.cached_by, cached_at=before.cached_at)
        elif outcome.cached_by:
            outcome = replace(outcome, cached_at=index)
    return outcome


def _apply(resolver: Resolver, function: Function, shape: Shape, before: Decorated) -> Decorated:
    home = function.scope.parent or function.scope
    callee = shape.callee if isinstance(shape, CallShape) else shape
    value = resolver.shape(callee, home)
    if len(value) != 1:
        return Decorated(UNKNOWN)
    (thing,) = value
    fact = resolver.fact_of(thing)
    if fact is not None:
        return _by_fact(resolver, function, fact.decorates, fact.name, before)
    if isinstance(thing, Func):
        return _by_function(resolver, thing.function, isinstance(shape, CallShape), before)
    return Decorated(UNKNOWN)


def _by_fact(
    resolver: Resolver, function: Function, effect: str, name: str, before: Decorated
) -> Decorated:
    is_coroutine = any(
        isinstance(made, Made) and made.cls == "coroutine" for made in resolver.call(before.value)
    )
    cached_by = name if is_coroutine else ""
    match effect:
        case "keeps":
            return before
        case "static" | "class" | "property":
            return Decorated(before.value, effect, before.cached_by)
        case "caches":
            return Decorated(before.value, before.binding, cached_by)
        case "caches-property":
            return Decorated(before.value, "property", cached_by)
        case "context-manager":
            is_async = function.kind in (Kind.ASYNC_GENERATOR, Kind.COROUTINE)
            kind = "AbstractAsyncContextManager" if is_async else "AbstractContextManager"
            manager = Inst(f"contextlib.{kind}", exact=True)
            return Decorated(one(Giving(one(manager), function.name)), before.binding)
        case "coroutine":
            made = Made("coroutine", Func(function))
            return Decorated(one(Giving(one(made), function.name)), before.binding)
        case _:
            return Decorated(UNKNOWN)


def _by_function(
    resolver: Resolver, decorator: Function, has_arguments: bool, before: Decorated
) -> Decorated:
    """A decorator of the program: what it hands back decides, not what it was given."""
    if has_arguments:
        factory = _returned_def(resolver, decorator)
        if factory is None:
            return Decorated(UNKNOWN)
        decorator = factory
    first = decorator.parameters[0].name if decorator.parameters else ""
    if decorator.results and all(shape == Ref((first,)) for shape in decorator.results):
        return before
    wrapper = _returned_def(resolver, decorator)
    if wrapper is None:
        return Decorated(UNKNOWN)
    result = resolver.result(wrapper, Func(wrapper))
    return Decorated(one(Giving(result, wrapper.name)), before.binding)


def _returned_def(resolver: Resolver, function: Function) -> Function | None:
    """The nested function that all the return statements of a function hand back."""
    found: set[Function] = set()
    for shape in function.results:
        value = resolver.shape(shape, function.scope)
        for thing in value:
            if not isinstance(thing, Func) or thing.function.scope.parent is not function.scope:
                return None
            found.add(thing.function)
    return found.pop() if len(found) == 1 else None
