"""What is taken out of values: by iteration, by a key, by unpacking, by `with`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.facts import Kind
from asynclint.model import typed
from asynclint.model.calling import instance, last_name
from asynclint.model.declared import Class, Function
from asynclint.model.shapes import Generic, Ref, Shape
from asynclint.model.values import (
    UNKNOWN,
    Const,
    Func,
    Inst,
    Made,
    Many,
    Table,
    Thing,
    Value,
    join,
    one,
    ordered,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_ITERATORS = ("Iterator", "Iterable", "Generator")
_ASYNC_ITERATORS = ("AsyncIterator", "AsyncIterable", "AsyncGenerator")

_ABSTRACT = ("abc.", "builtins.object", "collections.abc.", "contextlib.Abstract", "typing.")
#: Whose `__enter__` or `__aenter__` gives the manager itself (library reference, contextlib).
_GIVE_THEMSELVES = {
    "__enter__": ("contextlib.AbstractContextManager", "typing.ContextManager"),
    "__aenter__": ("contextlib.AbstractAsyncContextManager", "typing.AsyncContextManager"),
}


class Passing:
    """Iteration, subscripts, unpacking and context managers."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def elements(self, thing: Thing, *, is_async: bool) -> Value:
        """What going through something gives each time round."""
        match thing:
            case Many() | Table():
                return typed.elements(thing, is_async=is_async)
            case Made(cls="generator" | "async_generator", by=Func(function=function) as by):
                return self._yielded(function, by, is_async=is_async)
            case Inst(of=Class()):
                return self._of_iterator(thing, is_async=is_async)
            case _:
                return UNKNOWN

    def _yielded(self, function: Function, by: Func, *, is_async: bool) -> Value:
        """What a generator function yields, by its annotation or its `yield` expressions."""
        if (function.kind is Kind.ASYNC_GENERATOR) is not is_async:
            return UNKNOWN
        declared = self.element_type(function.returns, function)
        if typed.is_known(declared):
            return typed.shared(declared)
        return typed.shared(self._resolver.yielded(by))

    def element_type(self, shape: Shape, function: Function) -> Value:
        """The element type of an annotation such as `AsyncIterator[Door]`."""
        is_stream = last_name(shape) in (*_ITERATORS, *_ASYNC_ITERATORS)
        if not isinstance(shape, Generic) or not shape.args or not is_stream:
            return UNKNOWN
        return self._resolver.annotation(shape.args[0], function.scope)

    def _of_iterator(self, thing: Inst, *, is_async: bool) -> Value:
        start, step = ("__aiter__", "__anext__") if is_async else ("__iter__", "__next__")
        found: list[Value] = []
        for method in ordered(self._resolver.classes.attribute(thing, start)):
            function = method.function if isinstance(method, Func) else None
            declared = self.element_type(function.returns, function) if function else UNKNOWN
            if typed.is_known(declared):
                found.append(declared)
                continue
            for iterator in self._resolver.call_one(method):
                if iterator == thing:
                    found.append(self._step(thing, step, is_async=is_async))
                else:
                    found.append(self.elements(iterator, is_async=is_async))
        return typed.shared(join(*found)) if found else UNKNOWN

    def _step(self, thing: Inst, name: str, *, is_async: bool) -> Value:
        value = self._resolver.call(self._resolver.classes.attribute(thing, name))
        return self._resolver.awaited(value) if is_async else value

    def item(self, thing: Thing, key: Value) -> Value:
        """What stands under a key."""
        match thing:
            case Many() | Table():
                return typed.under(thing, key)
            case Inst(of=Class() as cls):
                if self._resolver.classes.is_a(cls, "TypedDict", "NamedTuple"):
                    return self._field(thing, cls, key)
                method = self._resolver.classes.attribute(thing, "__getitem__")
                return self._resolver.call(method)
            case _:
                return UNKNOWN

    def _field(self, thing: Inst, cls: Class, key: Value) -> Value:
        """The field of a TypedDict by its name, of a NamedTuple by its position."""
        constant = next(iter(key)) if len(key) == 1 else None
        name = constant.value if isinstance(constant, Const) else None
        if isinstance(name, int):
            names = list(cls.annotations)
            name = names[name] if -len(names) <= name < len(names) else None
        return self._resolver.classes.attribute(thing, name) if isinstance(name, str) else UNKNOWN

    def part(self, thing: Thing, index: int) -> Value:
        """The part at a position when something is unpacked."""
        match thing:
            case Many() | Table():
                return typed.part(thing, index)
            case Inst(of=Class() as cls) if self._resolver.classes.is_a(cls, "NamedTuple"):
                return self._field(thing, cls, one(Const(index)))
            case _:
                return UNKNOWN

    # context managers -------------------------------------------------------------------------

    def entered(self, thing: Thing, *, is_async: bool) -> Value:
        """What `with` or `async with` binds; UNKNOWN of an object that is not known to be one."""
        name = "__aenter__" if is_async else "__enter__"
        match thing:
            case Inst(of=Class()):
                return self._entered_by(thing, name, is_async=is_async)
            case Inst(of=str(owner), args=args):
                if args and owner.startswith("contextlib."):
                    return args[0]
                fact = self._resolver.facts.method(owner, name)
                if fact is None or not fact.returns:
                    return UNKNOWN
                return instance(fact.returns, thing)
            case _:
                return UNKNOWN

    def _entered_by(self, thing: Inst, name: str, *, is_async: bool) -> Value:
        if self._has_default(thing, name):
            return typed.shared(one(thing))
        found: list[Value] = []
        for method in ordered(self._resolver.classes.attribute(thing, name)):
            if isinstance(method, Func) and _returns_itself(method.function):
                found.append(one(thing))
                continue
            value = self._resolver.call_one(method)
            found.append(self._resolver.awaited(value) if is_async else value)
        value = join(*found) if found else UNKNOWN
        if not typed.is_known(value) and thing.args:
            value = thing.args[0]
        return typed.shared(value)

    def _has_default(self, thing: Inst, name: str) -> bool:
        """Whether a method is that of the abstract managers, which gives the manager itself."""
        classes = self._resolver.classes
        assert isinstance(thing.of, Class)
        heirs = () if thing.exact else classes.subclasses(thing.of)
        line = [entry for each in (thing.of, *heirs) for entry in classes.line(each)]
        return any(entry in _GIVE_THEMSELVES[name] for entry in line) and all(
            name not in entry.scope.bindings
            if isinstance(entry, Class)
            else entry is not None and entry.startswith(_ABSTRACT)
            for entry in line
        )


def _returns_itself(function: Function) -> bool:
    """Whether all that a method ever returns is its receiver."""
    if not function.parameters:
        return False
    this = Ref((function.parameters[0].name,))
    if function.results:
        return all(shape == this for shape in function.results)
    return last_name(function.returns) == "Self"
