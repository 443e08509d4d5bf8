"""Looks attributes up on the classes of a program, along their bases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from asynclint.model.declared import Class, Function
from asynclint.model.shapes import Literal, Opaque
from asynclint.model.values import (
    NONE,
    UNKNOWN,
    Func,
    Inst,
    Klass,
    Lib,
    Made,
    Method,
    Value,
    join,
    one,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver


class Classes:
    """The classes of a program, their bases and their subclasses."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._lines: dict[Class, tuple[Class | str | None, ...]] = {}
        self._heirs: dict[Class, list[Class]] = {}
        self._found: dict[tuple[Inst, str], Value] = {}

    def line(self, cls: Class) -> tuple[Class | str | None, ...]:
        """The class and its bases in the order of look-up; None stands for an unknown base.

        Depth first, each class at its last occurrence: the method resolution order of all
        hierarchies but contrived ones.
        """
        if cls not in self._lines:
            self._lines[cls] = (cls,)  # cut cycles
            found: list[Class | str | None] = [cls]
            for base in self._bases(cls):
                found.extend(self.line(base) if isinstance(base, Class) else [base])
            last = {entry: index for index, entry in enumerate(found)}
            kept = [entry for index, entry in enumerate(found) if last[entry] == index]
            self._lines[cls] = tuple(kept)
        return self._lines[cls]

    def _bases(self, cls: Class) -> Iterator[Class | str | None]:
        home = cls.scope.parent or cls.scope
        for shape in cls.bases:
            value = self._resolver.shape(getattr(shape, "base", shape), home)
            if len(value) != 1:
                yield None
                continue
            (thing,) = value
            match thing:
                case Klass(cls=base):
                    yield base
                case Lib(name=name):
                    yield name
                case _:
                    yield None

    def subclasses(self, cls: Class) -> list[Class]:
        """The classes of the program that inherit from this one."""
        if cls not in self._heirs:
            found: dict[Class, None] = {}
            waiting = [cls]
            while waiting:
                for heir in self._resolver.project.possible_heirs(waiting.pop()):
                    if heir is not cls and heir not in found and cls in self.line(heir):
                        found[heir] = None
                        waiting.append(heir)
            self._heirs[cls] = list(found)
        return self._heirs[cls]

    def method(self, cls: Class, name: str) -> Function | None:
        """The function that a class body binds to a name, if it binds nothing else to it."""
        bindings = cls.scope.bindings.get(name, [])
        functions = [b for b in bindings if isinstance(b, Function)]
        return functions[-1] if functions and len(functions) == len(bindings) else None

    def inherited(self, cls: Class, name: str) -> Function | None:
        """The method that instances of a class have, from it or a base in the same module."""
        for entry in self.line(cls):
            if not isinstance(entry, Class):
                return None
            if name in entry.scope.bindings or name in entry.attributes:
                return self.method(entry, name)
        return None

    def attribute(self, owner: Inst, name: str) -> Value:
        """What `instance.name` gives."""
        if (owner, name) not in self._found:
            self._found[owner, name] = UNKNOWN  # cut cycles
            self._found[owner, name] = self._attribute(owner, name)
        return self._found[owner, name]

    def _attribute(self, owner: Inst, name: str) -> Value:
        assert isinstance(owner.of, Class)
        found = self._along(owner.of, name, instance=owner)
        if owner.exact:
            return found
        overrides = [c for c in self.subclasses(owner.of) if name in c.scope.bindings]
        for override in overrides:
            other = self._own(override, name, owner)
            if other is None or not self._alike(found, other):
                return UNKNOWN
        return found

    def on_class(self, cls: Class, name: str) -> Value:
        """What `Class.name` gives."""
        return self._along(cls, name, instance=None)

    def above(self, cls: Class, name: str) -> Value:
        """What `super().name` gives in a method of the class."""
        return self._along(cls, name, Inst(cls), skip=1)

    def _along(self, cls: Class, name: str, instance: Inst | None, skip: int = 0) -> Value:
        for entry in self.line(cls)[skip:]:
            if entry is None:
                return UNKNOWN
            if isinstance(entry, str):
                if entry == "builtins.object":
                    continue
                if self._resolver.facts.method(entry, name) is not None:
                    return one(Method(Inst(entry), name))
                if self._resolver.facts.get(entry) is None:
                    return UNKNOWN
                continue
            own = self._own(entry, name, instance)
            if own is not None:
                return own
        return UNKNOWN

    def _own(self, cls: Class, name: str, instance: Inst | None) -> Value | None:
        """What one class itself binds to a name: None if nothing."""
        function = self.method(cls, name)
        shapes = cls.attributes.get(name, [])
        if function is not None and not shapes:
            return self._bound(function, instance)
        if function is not None or (not shapes and name not in cls.annotations):
            return UNKNOWN if function is not None or name in cls.scope.bindings else None
        note = cls.annotations.get(name)
        known = [s for s in shapes if not isinstance(s.shape, Opaque)]
        values = [self._resolver.shape(s.shape, s.scope or cls.scope) for s in known]
        value = join(*values) if values and len(known) == len(shapes) else UNKNOWN
        vague = value in (UNKNOWN, NONE) or any(isinstance(s.shape, Literal) for s in known)
        if note is not None and vague:
            value = join(NONE, self._resolver.annotation(note, cls.scope))
        return frozenset(replace(t, shared=True) if isinstance(t, Made) else t for t in value)

    def _bound(self, function: Function, instance: Inst | None) -> Value:
        outcome = self._resolver.decoration(function)
        if outcome.binding == "property":
            return self._resolver.call(outcome.value) if instance else UNKNOWN
        bound = instance is not None or outcome.binding == "class"
        if outcome.binding == "static" or not bound:
            return outcome.value
        return frozenset(
            Func(thing.function, bound=True) if isinstance(thing, Func) else thing
            for thing in outcome.value
        )

    def _alike(self, one_value: Value, other: Value) -> bool:
        """Whether calling either makes the same kind of object."""

        def kinds(value: Value) -> set[object]:
            return {getattr(t, "cls", None) or type(t) for t in self._resolver.call(value)}

        return kinds(one_value) == kinds(other)
