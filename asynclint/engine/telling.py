"""What tells, of the things that a body names, that it is worth being analysed."""

from __future__ import annotations

from asynclint.facts import Fact, Kind
from asynclint.model.declared import Class
from asynclint.model.resolve import Resolver
from asynclint.model.streaming import is_async_base
from asynclint.model.values import (
    ASYNC_GENERATOR,
    ASYNC_ITERABLE,
    COROUTINE,
    Func,
    Giving,
    Inst,
    Lib,
    Made,
    Many,
    Method,
    Partial,
    Table,
    Thing,
    Value,
)

ASYNC = (Kind.COROUTINE, Kind.ASYNC_GENERATOR)
_MAKING = (COROUTINE, ASYNC_GENERATOR, ASYNC_ITERABLE)
_EFFECTS = frozenset(
    {"allows-nested", "closes", "drives", "finishes", "needs-done", "sets-loop", "waits"}
)
#: No other well-known class has these methods.
LOOP_ONLY = frozenset({"run_until_complete", "create_task"})
_SPECIAL = ("__call__", "__enter__", "__exit__")
_MOCKS = "unittest.mock."


class Telling:
    """Judges things one by one; what functions of the program do is asked elsewhere."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._only_async: dict[Class | str, bool] = {}

    def is_object(self, value: Value) -> bool:
        """Whether an object is at hand of which the use may be wrong, or will make one."""
        return any(self._holds(thing) for thing in value)

    def _holds(self, thing: Thing) -> bool:
        match thing:
            case Made(cls=cls):
                return cls in _MAKING
            case Func(function=function):
                return function.kind in ASYNC
            case Giving(result=result):
                return self.is_object(result)
            case Partial(callee=callee):
                return self._holds(callee)
            case Table(items=items):
                return any(self.is_object(value) for _, value in items)
            case Many(element=element, value=value, parts=parts):
                return any(map(self.is_object, (element, value, *parts)))
            case Lib(name=name):
                return name.startswith(_MOCKS)
            case _:
                return False

    def is_stream(self, value: Value) -> bool:
        """Whether there is an object through which `async for` goes."""
        return any(
            thing.kind == "async" if isinstance(thing, Many) else self._goes_async(thing.of)
            for thing in value
            if isinstance(thing, (Inst, Many))
        )

    def _goes_async(self, of: Class | str) -> bool:
        """Whether `async for` goes through instances of a class."""
        if of not in self._only_async:
            if isinstance(of, str):
                known = self._resolver.facts.method(of, "__aiter__")
                found = known is not None or is_async_base(of)
            else:
                line = self._resolver.classes.line(of)
                found = any(
                    "__aiter__" in each.scope.bindings
                    if isinstance(each, Class)
                    else each is not None and self._goes_async(each)
                    for each in line
                )
            self._only_async[of] = found
        return self._only_async[of]

    def fact(self, thing: Thing) -> Fact | None:
        """The fact of a library's callable, if what it does may be wrong where it is named.

        Of a class whose instances start a loop when syntax asks them to, that of the method.
        """
        resolver = self._resolver
        match thing:
            case Lib() | Method() | Partial():
                fact = resolver.fact_of(thing)
            case Inst(of=str(of)):
                called = resolver.facts.method(of, "__call__")
                return called if called and called.kind in ASYNC else self._special(of)
            case _:
                return None
        if fact is None:
            return None
        acts = fact.makes_loop or fact.needs_loop or fact.starts_loop or fact.effect in _EFFECTS
        if acts or fact.consumes or fact.kind in ASYNC:
            return fact
        return self._special(fact.name if fact.kind is Kind.CLASS else fact.returns)

    def _special(self, of: str) -> Fact | None:
        found = (self._resolver.facts.method(of, name) for name in _SPECIAL) if of else ()
        return next((fact for fact in found if fact is not None and fact.starts_loop), None)

    def awaited_fact(self, thing: Thing) -> bool:
        """The same where the result is awaited on the spot."""
        fact = self.fact(thing)
        return fact is not None and not (fact.kind is Kind.COROUTINE and not fact.consumes)
