"""Names inside the application of a function, and the nested functions that it defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.model import typed
from asynclint.model.declared import Binding, Function, Scope
from asynclint.model.frames import Frame
from asynclint.model.guarded import excluded
from asynclint.model.shapes import Ref
from asynclint.model.values import UNKNOWN, Const, Table, Thing, Value, join

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_MOST = 8  # free names that a nested function is known by


class Closures:
    """Looks names up where some of them stand for given arguments."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def name(self, name: str, home: Scope, frame: Frame) -> Value:
        """What a name that a function body binds means in an application."""
        if home is not frame.function.scope:
            known = frame.names.get(name) if _is_around(home, frame.function) else None
            return self._resolver.name(name, home) if known is None else known
        found = frame.locals.get(name, lambda _: self._local(name, home, frame))
        return UNKNOWN if found is None else found

    def _local(self, name: str, home: Scope, frame: Frame) -> Value:
        found: list[Value] = []
        is_parameter = any(name == p.name for p in frame.function.parameters)
        for index, binding in enumerate(live(home.bindings[name])):
            if isinstance(binding, Function) and excluded(
                self._resolver, binding.guarded, home, frame
            ):
                continue
            if index == 0 and is_parameter and name in frame.names:
                found.append(frame.names[name])
            else:
                found.append(self._resolver.binding(binding, home, frame))
        value = join(*found) if found else UNKNOWN
        return filled(value) if name in home.module.filled else value

    def free(self, function: Function, frame: Frame) -> tuple[tuple[str, Value], ...]:
        """What the free names of a nested function stand for, by name; unknown ones left out."""
        found: list[tuple[str, Value]] = []
        for name in function.mentioned:
            home = self._resolver.home(name, function.scope)
            if home is None or home.kind != "function" or not _is_around(home, function):
                continue
            value = self._resolver.name(name, home, frame)
            if typed.is_known(value) and not any(_is_text(thing) for thing in value):
                found.append((name, value))
        return tuple(found[:_MOST])


def _is_around(scope: Scope, function: Function) -> bool:
    """Whether a function's body lies in a scope."""
    start = function.scope.parent
    while start is not None and start is not scope:
        start = start.parent
    return start is scope


def _is_text(thing: Thing) -> bool:
    """Constants that decide nothing."""
    return isinstance(thing, Const) and not (thing.value is None or isinstance(thing.value, bool))


def live(bindings: tuple[Binding, ...]) -> tuple[Binding, ...]:
    """Without the stand-ins of overloads and property setters, which replace nothing."""
    kept = tuple(b for b in bindings if not (isinstance(b, Function) and _is_stand_in(b)))
    return kept or bindings


def _is_stand_in(function: Function) -> bool:
    for decorator in function.decorators:
        if not isinstance(decorator, Ref):
            continue
        if decorator.parts[-1] == "overload":
            return True
        if decorator.parts[0] == function.name and len(decorator.parts) > 1:
            return True
    return False


def filled(value: Value) -> Value:
    """Displays into which more is put: what they declare is not all that they hold."""
    if not any(isinstance(thing, Table) for thing in value):
        return value
    return frozenset(
        Table(t.items, t.kind, filled=True) if isinstance(t, Table) else t for t in value
    )
