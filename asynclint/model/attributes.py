"""What one class itself says of an attribute."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asynclint.facts import Kind
from asynclint.model import typed
from asynclint.model.closures import filled
from asynclint.model.declared import Assigned, Class, Function
from asynclint.model.frames import Arguments
from asynclint.model.shapes import OPAQUE, CallShape, Opaque, Ref, Shape
from asynclint.model.values import (
    NONE,
    UNKNOWN,
    Const,
    Func,
    Inst,
    Thing,
    Value,
    join,
    one,
    ordered,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver


class Attributes:
    """Methods, properties, descriptors, and what is assigned to `self`."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def method(self, cls: Class, name: str) -> Function | None:
        """The function that a class body binds to a name, if it binds nothing else to it."""
        functions = _functions(cls, name)
        plain = [each for each in functions if not _accessors(each, name)]
        return plain[-1] if plain else None

    def setter(self, cls: Class, name: str) -> Function | None:
        """The function that a class body has called when something is assigned to a property."""
        found = [f for f in _functions(cls, name) if "setter" in _accessors(f, name)]
        return found[-1] if found else None

    def is_assigned(self, cls: Class, name: str) -> bool:
        """Whether methods of a class assign an attribute."""
        given = cls.attributes.get(name, ())
        return any(each.scope is not cls.scope for each in given) or name in cls.annotations

    def is_open(self, function: Function) -> bool:
        """Whether a method only stands for its overrides and says nothing of what it makes."""
        return function.stub and function.kind is Kind.FUNCTION and function.returns == OPAQUE

    def is_declared(self, cls: Class, name: str) -> bool:
        """Whether a class says by annotations what an attribute or a property of it is.

        Type checkers hold the heirs of a class to that. They take `self.job = job` for a
        declaration, too, if `job` has one.
        """
        function = self.method(cls, name)
        if function is None:
            note = cls.annotations.get(name)
            given = cls.attributes.get(name, [])
            if note is not None and typed.is_known(self._declared(cls, note, given)):
                return True
            return bool(given) and all(map(self._is_typed, given))
        outcome = self._resolver.decoration(function)
        if function.kind is not Kind.FUNCTION or outcome.binding != "property":
            return False
        return typed.is_known(self._resolver.annotation(function.returns, function.scope))

    def _is_typed(self, given: Assigned) -> bool:
        """Whether what is assigned is a parameter or a variable that is annotated."""
        shape, scope = given.shape, given.scope
        if not isinstance(shape, Ref) or len(shape.parts) > 1 or scope is None:
            return False
        bound = scope.bindings.get(shape.parts[0], ())
        if len(bound) != 1 or not isinstance(bound[0], Assigned) or bound[0].annotation is None:
            return False
        return typed.is_known(self._resolver.annotation(bound[0].annotation, scope))

    def own(self, cls: Class, name: str, instance: Inst | None) -> Value | None:
        """What a class itself binds to a name: None if nothing.

        instance: on what it is read, None where it is read on the class.
        """
        function = self.method(cls, name)
        given = cls.attributes.get(name, [])
        if function is not None:
            return UNKNOWN if given else self._bound(function, instance)
        if name in cls.scope.bindings and not given:
            return self._nested(cls, name)
        if not given and name not in cls.annotations:
            return None
        return self._assigned(cls, name, given, instance)

    def _nested(self, cls: Class, name: str) -> Value:
        """A class in the class body, or something more involved."""
        bindings = cls.scope.bindings[name]
        if len(bindings) == 1 and isinstance(bindings[0], Class):
            return self._resolver.name(name, cls.scope)
        return UNKNOWN

    def _assigned(
        self, cls: Class, name: str, given: list[Assigned], instance: Inst | None
    ) -> Value:
        """The annotation tells what it may be at any time; without one, what is assigned does."""
        note = cls.annotations.get(name)
        declared = UNKNOWN if note is None else self._declared(cls, note, given)
        values = [self._value(cls, each, instance) for each in given]
        known = [value for value in values if value is not None]
        value = join(*known) if known and len(known) == len(values) else UNKNOWN
        if typed.is_known(declared):
            value = join(NONE, declared) if value & NONE else declared
        if name in cls.scope.module.patched and not typed.is_known(declared):
            return UNKNOWN
        if len(given) != 1 or given[0].scope is not cls.scope or value == NONE:
            value = _lasting(value)
        return typed.shared(filled(value) if name in cls.scope.module.filled else value)

    def _declared(self, cls: Class, note: Shape, given: list[Assigned]) -> Value:
        scopes = [each.scope for each in given if each.annotation is note and each.scope]
        return self._resolver.annotation(note, scopes[-1] if scopes else cls.scope)

    def _value(self, cls: Class, given: Assigned, instance: Inst | None) -> Value | None:
        """What one assignment gives; None if it tells nothing."""
        if isinstance(given.shape, Opaque):
            return None
        value = self._resolver.shape(given.shape, given.scope or cls.scope)
        if given.scope is not cls.scope:
            return value
        found = [self._from_body(thing, given, instance) for thing in ordered(value)]
        return join(*found)

    def _from_body(self, thing: Thing, given: Assigned, instance: Inst | None) -> Value:
        """Functions in a class body become methods, and descriptors speak for themselves."""
        match thing:
            case Func() if instance is not None:
                return one(replace(thing, bound=True))
            case Inst(of="builtins.property" | "functools.cached_property"):
                return self._property(given) if instance is not None else UNKNOWN
            case _:
                return self._through(thing, instance)

    def _property(self, given: Assigned) -> Value:
        """`name = property(getter)`."""
        shape, scope = given.shape, given.scope
        if not isinstance(shape, CallShape) or not shape.args or scope is None:
            return UNKNOWN
        return self._resolver.call(self._resolver.shape(shape.args[0], scope))

    def _bound(self, function: Function, instance: Inst | None) -> Value:
        outcome = self._resolver.decoration(function)
        if outcome.binding == "property":
            if instance is None:
                return UNKNOWN
            value = bound(outcome.value)
            result = self._resolver.call(value)
            return typed.shared(result) if outcome.cached_by or _hands_out(function) else result
        if outcome.binding == "static":
            return outcome.value
        if instance is None and outcome.binding != "class":
            return outcome.value
        found = (self._through(thing, instance) for thing in ordered(bound(outcome.value)))
        return join(*found)

    def _through(self, thing: Thing, instance: Inst | None) -> Value:
        """Descriptors speak for themselves; other objects are what they are on the class."""
        match thing:
            case Inst(of=Class() as cls) if self._resolver.classes.inherited(cls, "__get__"):
                if instance is None:
                    return UNKNOWN
                return self._resolver.call(self._resolver.attribute(one(thing), "__get__"))
            case _:
                return one(thing)

    def from_facade(self, facade: Function, name: str) -> Value:
        """What `__getattr__` of a class gives for a name."""
        value = self._resolver.decoration(facade).value
        if len(value) != 1:
            return UNKNOWN
        (thing,) = bound(value)
        if not isinstance(thing, Func) or facade.kind is not Kind.FUNCTION:
            return UNKNOWN
        return self._resolver.call_one(thing, Arguments((one(Const(name)),)))


def _hands_out(getter: Function) -> bool:
    """Whether all that a property gives is kept by somebody: `return self._job`."""
    kept = all(isinstance(shape, Ref) for shape in getter.results)
    return getter.kind is Kind.FUNCTION and bool(getter.results) and kept


def _functions(cls: Class, name: str) -> list[Function]:
    """All that a class body binds to a name, if these are functions."""
    bindings = cls.scope.bindings.get(name, ())
    functions = [b for b in bindings if isinstance(b, Function)]
    return functions if len(functions) == len(bindings) else []


def _accessors(function: Function, name: str) -> set[str]:
    """What a function adds to the property of its name: `setter`, `deleter`."""
    found = {d.parts[-1] for d in function.decorators if isinstance(d, Ref) and d.parts[0] == name}
    return found & {"setter", "deleter", "getter"}


def bound(value: Value) -> Value:
    """Functions with their receiver."""
    return frozenset(replace(t, bound=True) if isinstance(t, Func) else t for t in value)


def _lasting(value: Value) -> Value:
    """Without constants: others may be assigned, except that it may be None at times."""
    objects = frozenset(t for t in value if not isinstance(t, Const))
    return objects | (value & NONE) if objects else UNKNOWN
