"""What pytest hands to a parameter of a test: a fixture's result, or a value of `parametrize`.

After `_pytest/fixtures.py` and `_pytest/python.py` (pytest 9.2.0). Fixtures of plugins are not
looked for: what no class, module or conftest.py declares may be anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from asynclint.facts import Kind
from asynclint.model import typed
from asynclint.model.declared import Assigned, Class, Function, Parameter
from asynclint.model.fixture_places import Place, Places
from asynclint.model.frames import Arguments
from asynclint.model.marks import Marks
from asynclint.model.shapes import OPAQUE, CallShape, Ref
from asynclint.model.values import (
    NONE,
    REQUEST,
    UNKNOWN,
    Const,
    Func,
    Inst,
    Table,
    Unknown,
    Value,
    join,
    one,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver


class Fixtures:
    """Answers for the parameters of tests, and of fixtures that stand beside tests."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._marks = Marks(resolver)
        self._places = Places(resolver, self._marks)

    def given(self, asker: Function, name: str) -> Value:
        """What a parameter without annotation of a function holds; UNKNOWN where none is sure."""
        if not self._places.is_collected(asker.scope.module):
            return UNKNOWN
        if self._marks.fixture(asker) is not None:
            places = self._places.of_fixture(asker, name)
        elif self._is_test(asker) and self._marks.leave_parameters(asker):
            places = self._places.of_test(asker)
        else:
            return UNKNOWN
        found = [self._wanted(name, place, asker) for place in places]
        value = join(*found) if found else UNKNOWN
        return UNKNOWN if self._gets_others(asker, {name}, value) else value

    @staticmethod
    def _is_test(function: Function) -> bool:
        """By the names that pytest collects unless it is told otherwise."""
        parent = function.scope.parent
        in_place = parent is not None and parent.kind in ("module", "class")
        return in_place and function.name.startswith("test")

    # what a name gets -------------------------------------------------------------------------

    def _wanted(self, name: str, place: Place, asker: Function) -> Value:
        """What a test or a fixture gets for a name, seen from the place of the test."""
        if self._marks.fixture(asker) is None:
            given = self._marks.parametrized(asker, place.cls, name)
            if given is not None:
                return _told(given)
        fixture = self._places.find(name, place, beyond=asker)
        return UNKNOWN if fixture is None else self._result(fixture, place)

    def _result(self, fixture: Function, place: Place) -> Value:
        key = ("fixture", fixture, place)
        known = self._resolver.memory.get(key, lambda _: self._worked_out(fixture, place))
        return known if isinstance(known, frozenset) else UNKNOWN

    def _worked_out(self, fixture: Function, place: Place) -> Value:
        """What a fixture returns or yields; the runner awaits and iterates what is asynchronous."""
        names = {
            each.name: self._argument(fixture, each, place)
            for each in _parameters(fixture)
            if each.default is None
        }
        if "request" in names:
            names["request"] = self._request(fixture)
        thing = Func(fixture, bound=fixture.owner is not None)
        given = Arguments(keywords=names)
        returns = fixture.returns
        if fixture.kind is Kind.FUNCTION:
            value = self._resolver.call_one(thing, given)
            if any(map(self._resolver.protocols.fitting, value)):
                handed_out = self._resolver.applied(thing, given)
                value = handed_out if typed.is_known(handed_out) else value
        elif fixture.kind is Kind.COROUTINE:
            declared = self._resolver.annotation(returns, fixture.scope)
            value = declared if returns != OPAQUE else self._resolver.applied(thing, given)
        else:
            declared = self._resolver.element_type(returns, fixture)
            value = declared if returns != OPAQUE else self._resolver.yielded(thing, given)
        shapes = fixture.yielded or fixture.results
        handed = {shape.parts[0] for shape in shapes if isinstance(shape, Ref)}
        all_named = all(isinstance(shape, Ref) for shape in shapes)
        return (
            UNKNOWN
            if self._gets_others(fixture, handed if all_named else None, value)
            else _told(value)
        )

    def _argument(self, fixture: Function, parameter: Parameter, place: Place) -> Value:
        if parameter.annotation != OPAQUE:
            return self._resolver.annotation(parameter.annotation, fixture.scope)
        return self._wanted(parameter.name, place, fixture)

    def _request(self, fixture: Function) -> Value:
        """The `request` of a fixture, of which `param` is one of its `params`."""
        shape = fixture.decorators[0]
        params = dict(shape.keywords).get("params") if isinstance(shape, CallShape) else None
        if params is None:
            return UNKNOWN
        home = fixture.scope.parent or fixture.scope
        element = _told(self._resolver.elements(self._resolver.shape(params, home)))
        return one(Inst(REQUEST, args=(element,))) if typed.is_known(element) else UNKNOWN

    # objects of which a test replaces a part --------------------------------------------------

    def _gets_others(self, function: Function, names: set[str] | None, value: Value) -> bool:
        """Whether a function replaces methods of an object that is known by names (None: any)."""
        attributes = {a for name, a in function.replaced if names is None or name in names}
        return any(
            isinstance(thing, Inst) and (attr == "*" or self._has_method(thing, attr))
            for thing in value
            for attr in attributes
        )

    def _has_method(self, thing: Inst, name: str) -> bool:
        if isinstance(thing.of, str):
            return self._resolver.facts.method(thing.of, name) is not None
        return any(
            not isinstance(entry, Class)
            or not all(isinstance(b, Assigned) for b in entry.scope.bindings.get(name, ()))
            for entry in self._resolver.classes.line(thing.of)
        )


def _parameters(fixture: Function) -> Iterator[Parameter]:
    """Those for which a fixture asks others."""
    start = 1 if fixture.owner is not None else 0
    for each in fixture.parameters[start:]:
        if each.kind in ("position", "keyword"):
            yield each


def _told(value: Value) -> Value:
    """What is known of a value that others hold, too: neither constants nor what is in displays."""
    vague = any(isinstance(t, (Unknown, Table)) or _is_constant(t) for t in value)
    return UNKNOWN if vague or not value - NONE else typed.shared(value)


def _is_constant(thing: object) -> bool:
    return isinstance(thing, Const) and thing.value is not None
