"""What calls give, as far as declarations tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from asynclint.facts import Fact, Kind
from asynclint.model import typed
from asynclint.model.declared import Class, Function, Parameter, Scope
from asynclint.model.frames import Arguments, Frame
from asynclint.model.guarded import excluded
from asynclint.model.shapes import OPAQUE, CallShape, Generic, Ref, Shape
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    FUTURE,
    GENERATOR,
    LOOP,
    TASK,
    THREAD_FUTURE,
    UNKNOWN,
    Func,
    Giving,
    Hint,
    Inst,
    Klass,
    Lib,
    Made,
    Many,
    Method,
    Partial,
    Table,
    Thing,
    Value,
    join,
    one,
    ordered,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

TRACKED = (TASK, FUTURE, THREAD_FUTURE, LOOP)
MADE_BY_KIND = {
    Kind.COROUTINE: COROUTINE,
    Kind.ASYNC_GENERATOR: ASYNC_GENERATOR,
    Kind.GENERATOR: GENERATOR,
}
_DEEPEST = 4  # applications within applications; what is more involved is not followed


class Calling:
    """Results of calls of known things."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._depth = 0  # the applications that are being looked into

    def call(self, thing: Thing, given: Arguments | None) -> Value:
        """What calling one thing gives; `given` is None where the arguments are not known."""
        match thing:
            case Func(function=function):
                return self._function(function, thing, given)
            case Klass(cls=cls):
                other = self._resolver.classes.given_by_new(cls)
                return other if typed.is_known(other) else one(Inst(cls, exact=thing.exact))
            case Inst(of=Class() as cls):
                method = self._resolver.classes.attribute(thing, "__call__")
                bound = [each for each in ordered(method) if isinstance(each, Func)]
                return self.call(bound[0], given) if len(method) == len(bound) == 1 else UNKNOWN
            case Partial(callee=callee, given=before):
                return self.call(callee, None if before else given)
            case Giving(result=result):
                return result
            case Hint(instances=instances):
                return join(*(self._of_type(each) for each in ordered(instances)))
            case Method(owner=Many() | Table() as owner, name=name):
                return typed.method(owner, name, None if given is None else given.positional)
            case Lib() | Method():
                return self._library(thing)
            case _:
                return UNKNOWN

    def _of_type(self, instance: Thing) -> Value:
        """What calling a type gives, of which this is said to be an instance: `Box[int](...)`."""
        match instance:
            case Inst(of=Class() as cls) if self._resolver.classes.is_generic(cls):
                return self.call(Klass(cls, exact=False), None)
            case _:
                return one(instance)

    def _library(self, thing: Lib | Method) -> Value:
        fact = self._resolver.fact_of(thing)
        if fact is not None:
            return self.by_fact(fact, thing)
        if isinstance(thing, Lib) and thing.name.rpartition(".")[2][:1].isupper():
            return one(Inst(thing.name, exact=True))
        return UNKNOWN

    def by_fact(self, fact: Fact, thing: Thing) -> Value:
        """What calling a library's callable gives."""
        if (made := MADE_BY_KIND.get(fact.kind)) is not None:
            return one(Made(made, thing))
        if isinstance(thing, Method) and isinstance(thing.owner, (Many, Table)):
            return typed.method(thing.owner, thing.name)
        if fact.kind is Kind.CLASS and not fact.returns_items:
            tracked = fact.name in TRACKED and fact.name != LOOP  # the abstract class makes none
            return one(Made(fact.name, thing) if tracked else Inst(fact.name, True))
        if fact.returns_items:
            return typed.row(tuple(instance(name, thing) for name in fact.returns_items))
        if fact.returns == "argument":
            return UNKNOWN
        return instance(fact.returns, thing)

    # functions of the program -----------------------------------------------------------------

    def _function(self, function: Function, thing: Func, given: Arguments | None) -> Value:
        """By the annotation; but of functions that it hands out, by those themselves."""
        found = self._by_source(function, thing, given)
        return self._resolver.own_facts.completed(function, found)

    def _by_source(self, function: Function, thing: Func, given: Arguments | None) -> Value:
        declared = self.result(function, thing)
        vague = any(isinstance(each, Giving) for each in declared)
        if function.kind in MADE_BY_KIND or (typed.is_known(declared) and not vague):
            return declared
        found = self.applied(thing, given or Arguments(complete=False))
        return found if typed.is_known(found) else declared

    def result(self, function: Function, thing: Thing) -> Value:
        """What calling a function gives by its kind and its annotation, decorators aside."""
        if (made := MADE_BY_KIND.get(function.kind)) is not None:
            if function.stub and function.kind is Kind.COROUTINE and promises_iteration(function):
                made = self._made_by_overrides(function)  # an abstract `async def` without yield
            return one(Made(made, thing)) if made else UNKNOWN
        return self._resolver.annotation(function.returns, function.scope)

    def _made_by_overrides(self, function: Function) -> str:
        """What all overrides of a method make; "" if they differ, or there may be others.

        Who implements a `Protocol` need not name it as a base.
        """
        classes, owner = self._resolver.classes, function.owner
        if owner is None or classes.is_a(owner, "Protocol"):
            return ""
        found = [classes.method(heir, function.name) for heir in classes.subclasses(owner)]
        kinds = {each.kind for each in found if each is not None and not each.stub}
        return MADE_BY_KIND.get(kinds.pop(), "") if len(kinds) == 1 else ""

    def applied(self, thing: Func, given: Arguments) -> Value:
        """What a plain function gives by its `return` statements, for these arguments.

        A coroutine object that it keeps in a variable may have been handed to others as well.
        """
        if not thing.function.results:
            return UNKNOWN
        frame = self.frame(thing, given)
        return self._within(frame, lambda: self._results(thing.function, frame))

    def yielded(self, thing: Func, given: Arguments | None = None) -> Value:
        """What the `yield` expressions of a generator function give, for these arguments."""
        function = thing.function
        if not function.yielded:
            return UNKNOWN
        frame = self.frame(thing, given or Arguments(complete=False))
        shapes = function.yielded
        return self._within(
            frame, lambda: join(*(self._resolver.shape(s, function.scope, frame) for s in shapes))
        )

    def _within(self, frame: Frame, work: Callable[[], Value]) -> Value:
        """Looks into a function; neither into one that is open already, nor too deep."""
        if self._depth >= _DEEPEST:
            self._resolver.memory.give_up()
            return UNKNOWN
        self._depth += 1
        try:
            found = self._resolver.memory.within(("call", frame.function), lambda _: work())
        finally:
            self._depth -= 1
        return found if isinstance(found, frozenset) else UNKNOWN

    def _results(self, function: Function, frame: Frame) -> Value:
        found: list[Value] = []
        for index, shape in enumerate(function.results):
            guards = function.guards[index] if function.guards else ()
            if excluded(self._resolver, guards, function.scope, frame):
                continue
            value = self._resolver.shape(shape, function.scope, frame)
            found.append(value if isinstance(shape, CallShape) else typed.shared(value))
        return join(*found) if found else UNKNOWN

    def frame(self, thing: Func, given: Arguments) -> Frame:
        """The application of a function to arguments."""
        function = thing.function
        names = dict(thing.env)
        home = function.scope.parent or function.scope
        positions = [p for p in function.parameters if p.kind == "position"]
        if thing.bound and positions:
            receiver = positions.pop(0)
            if thing.this is not None:
                names[receiver.name] = one(thing.this)
        for index, parameter in enumerate(positions):
            if index < len(given.positional):
                names[parameter.name] = given.positional[index]
            elif parameter.name in given.keywords:
                names[parameter.name] = given.keywords[parameter.name]
            elif given.complete:
                names[parameter.name] = self._default(parameter, home)
        for parameter in function.parameters:
            if parameter.kind == "keyword" and parameter.name in given.keywords:
                names[parameter.name] = given.keywords[parameter.name]
            elif parameter.kind == "keyword" and given.complete:
                names[parameter.name] = self._default(parameter, home)
        return Frame(function, names)

    def _default(self, parameter: Parameter, home: Scope) -> Value:
        shape = parameter.default
        return UNKNOWN if shape is None else self._resolver.shape(shape, home)

    # awaiting ---------------------------------------------------------------------------------

    def awaited(self, thing: Thing) -> Value:
        """What awaiting an object gives."""
        match thing:
            case Made(cls="coroutine", by=by):
                return self._result_of(by)
            case Inst(of=str(name)):
                fact = self._resolver.facts.method(name, "__await__")
                return instance(fact.returns, thing) if fact is not None else UNKNOWN
            case Inst(args=args) if args:  # as `OwnFacts` says
                return typed.shared(args[0])
            case _:
                return UNKNOWN

    def _result_of(self, by: Thing | None) -> Value:
        """What the coroutine object of a coroutine function gives in the end."""
        match by:
            case Func(function=function) if function.kind is Kind.COROUTINE:
                declared = self._resolver.annotation(function.returns, function.scope)
                if any(_is_misread(t, function) for t in declared):
                    return UNKNOWN
                if typed.is_known(declared) or function.returns != OPAQUE:
                    return typed.shared(declared)
                found = self.applied(by, Arguments(complete=False))
                if any(isinstance(t, Made) and t.cls in TRACKED for t in found):
                    return UNKNOWN  # it may have been awaited, or be done
                return typed.shared(found)
            case Partial(callee=callee):
                return self._result_of(callee)
            case Lib() | Method():
                fact = self._resolver.fact_of(by)
                if fact is None or fact.kind is not Kind.COROUTINE:
                    return UNKNOWN
                return typed.shared(instance(fact.returns, by))
            case _:
                return UNKNOWN


def _is_misread(thing: Thing, function: Function) -> bool:
    """Whether an `async def` that is annotated to give something may mean something else.

    Who writes `Coroutine` there often means its result, and a stub without a body may have lost
    the `yield` that would make it an async generator.
    """
    if not isinstance(thing, Made) or thing.cls in TRACKED:
        return False
    return thing.cls != ASYNC_GENERATOR or function.stub


def instance(name: str, by: Thing) -> Value:
    """An object of a library's class that a call gives; UNKNOWN where no class is named."""
    if not name or name == "argument":
        return UNKNOWN
    return one(Made(name, by)) if name in TRACKED else one(Inst(name, exact=True))


def promises_iteration(function: Function) -> bool:
    """Whether the annotation says that a call gives something for `async for`."""
    return promises_stream(function.returns)


def promises_stream(annotation: Shape) -> bool:
    """Whether an annotation stands for something that `async for` goes through."""
    return last_name(annotation) in ("AsyncIterator", "AsyncIterable", "AsyncGenerator")


def last_name(shape: Shape) -> str:
    """The last part of the name of an annotation, arguments aside."""
    base = shape.base if isinstance(shape, Generic) else shape
    return base.parts[-1] if isinstance(base, Ref) else ""
