"""What decorators make of a function: the callable that its name is bound to in the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asynclint.facts import Fact, Kind
from asynclint.model import typed
from asynclint.model.declared import Class, Function
from asynclint.model.frames import Arguments, Frame
from asynclint.model.shapes import CallShape, Shape
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    UNKNOWN,
    Func,
    Giving,
    Inst,
    Klass,
    Made,
    Partial,
    Thing,
    Value,
    one,
    ordered,
)

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


class Decorators:
    """Applies decorators: what one hands back decides, not what it was given."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def of_function(self, function: Function, frame: Frame | None = None) -> Decorated:
        """Applies a function's decorators, innermost first.

        frame: the application of the function in which it is defined, where that is known.
        """
        free = self._resolver.free(function, frame) if frame is not None else ()
        outcome = Decorated(one(Func(function, env=free)))
        for index in range(len(function.decorators) - 1, -1, -1):
            before = outcome
            outcome = self._apply(function, function.decorators[index], before, frame)
            if before.cached_by:
                outcome = replace(outcome, cached_by=before.cached_by, cached_at=before.cached_at)
            elif outcome.cached_by:
                outcome = replace(outcome, cached_at=index)
        return outcome

    def _apply(
        self, function: Function, shape: Shape, before: Decorated, frame: Frame | None
    ) -> Decorated:
        home = function.scope.parent or function.scope
        callee = shape.callee if isinstance(shape, CallShape) else shape
        value = self._resolver.shape(callee, home, frame)
        if len(value) != 1:
            return Decorated(UNKNOWN)
        (thing,) = value
        fact = self._resolver.fact_of(thing)
        if fact is not None:
            return self.by_fact(fact, before)
        if isinstance(shape, CallShape):
            value = self._resolver.shape(shape, home, frame)
            if len(value) != 1:
                return Decorated(UNKNOWN)
            (thing,) = value
        return Decorated(self._given_to(thing, before.value, function.owner), before.binding)

    def _given_to(self, thing: Thing, value: Value, owner: Class | None) -> Value:
        """What a decorator of the program hands back for a value."""
        if isinstance(thing, Klass) and owner is not None:
            return UNKNOWN  # whether it is bound to instances depends on `__get__`
        if isinstance(thing, (Func, Partial, Inst, Klass, Giving)):
            return self._resolver.call_one(thing, Arguments((value,)))
        return UNKNOWN

    def by_fact(self, fact: Fact, before: Decorated) -> Decorated:
        """What a library's decorator makes of something."""
        made = [t for t in ordered(self._resolver.call(before.value)) if isinstance(t, Made)]
        cached_by = fact.name if any(each.cls == COROUTINE for each in made) else ""
        match fact.decorates:
            case "keeps":
                return before
            case "static" | "class" | "property":
                return Decorated(before.value, fact.decorates, before.cached_by)
            case "caches":
                return Decorated(before.value, before.binding, cached_by)
            case "caches-property":
                return Decorated(before.value, "property", cached_by)
            case "context-manager":
                return Decorated(self._manager(fact, before.value, made), before.binding)
            case "coroutine":
                by = next((t for t in ordered(before.value) if isinstance(t, Func)), None)
                if by is not None and by.function.kind is Kind.FUNCTION:
                    return Decorated(UNKNOWN, before.binding)  # it gives what the function returns
                name = by.function.name if by is not None else ""
                return Decorated(one(Giving(one(Made(COROUTINE, by)), name)), before.binding)
            case _:
                known = one(Inst(fact.becomes, exact=True)) if fact.becomes else UNKNOWN
                return Decorated(known)

    def _manager(self, fact: Fact, value: Value, made: list[Made]) -> Value:
        """The function that makes a context manager of a generator."""
        is_async = any(each.cls in (ASYNC_GENERATOR, COROUTINE) for each in made)
        is_async = is_async if made else "async" in fact.name
        kind = "AbstractAsyncContextManager" if is_async else "AbstractContextManager"
        element = self._resolver.elements(frozenset(made), is_async=is_async)
        args = (typed.shared(element),) if typed.is_known(element) else ()
        manager = Inst(f"contextlib.{kind}", exact=True, args=args)
        functions = [t for t in ordered(value) if isinstance(t, Func)]
        runs = functions[0] if functions and not is_async else None
        name = functions[0].function.name if functions else ""
        return one(Giving(one(manager), name, runs))

    # classes ----------------------------------------------------------------------------------

    def of_class(self, cls: Class) -> Value:
        """What the name of a class is bound to; decorators of libraries give the class back."""
        home = cls.scope.parent or cls.scope
        known = one(Klass(cls))
        for shape in reversed(cls.decorators):
            callee = shape.callee if isinstance(shape, CallShape) else shape
            makers = self._resolver.shape(callee, home)
            if not any(isinstance(t, (Func, Klass)) for t in makers):
                continue
            value = self._resolver.shape(shape, home)
            if len(value) != 1 or any(self._rewrites(maker) for maker in makers):
                return UNKNOWN
            (thing,) = value
            if self._given_to(thing, known, cls) != known:
                return UNKNOWN
        return known

    @staticmethod
    def _rewrites(maker: Thing) -> bool:
        return isinstance(maker, Func) and "setattr" in maker.function.mentions
