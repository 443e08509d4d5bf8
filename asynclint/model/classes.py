"""The classes of a program: their bases, their subclasses, the attributes of their instances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from asynclint.model import typed
from asynclint.model.attributes import Attributes
from asynclint.model.declared import Class, Function
from asynclint.model.shapes import Generic
from asynclint.model.values import (
    NONE,
    UNKNOWN,
    Const,
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
    Thing,
    Unknown,
    Value,
    join,
    one,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_TYPING = ("typing.", "typing_extensions.", "abc.", "collections.abc.")


class Classes:
    """The classes of a program, their bases and their subclasses."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._attributes = Attributes(resolver)

    # the hierarchy ----------------------------------------------------------------------------

    def line(self, cls: Class) -> tuple[Class | str | None, ...]:
        """The class and its bases in the order of look-up; None stands for an unknown base.

        Depth first, each class at its last occurrence: the method resolution order of all
        hierarchies but contrived ones.
        """
        known = self._resolver.memory.get(("line", cls), lambda _: self._ancestry(cls))
        return known if isinstance(known, tuple) else (cls,)

    def _ancestry(self, cls: Class) -> tuple[Class | str | None, ...]:
        found: list[Class | str | None] = [cls]
        for base in self._bases(cls):
            found.extend(self.line(base) if isinstance(base, Class) else [base])
        last = {entry: index for index, entry in enumerate(found)}
        return tuple(entry for index, entry in enumerate(found) if last[entry] == index)

    def _bases(self, cls: Class) -> Iterator[Class | str | None]:
        home = cls.scope.parent or cls.scope
        for shape in cls.bases:
            value = self._resolver.shape(shape, home)
            if isinstance(shape, Generic) and any(isinstance(t, Hint) for t in value):
                value = self._resolver.shape(shape.base, home)  # `Box[int]`
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

    def is_a(self, cls: Class, *names: str) -> bool:
        """Whether a class inherits from one of these classes of `typing`."""
        bases = [e for e in self.line(cls) if isinstance(e, str) and e.startswith(_TYPING)]
        return any(base.rpartition(".")[2] in names for base in bases)

    def subclasses(self, cls: Class) -> list[Class]:
        """The classes of the program that inherit from this one."""
        known = self._resolver.memory.get(("heirs", cls), lambda _: self._below(cls))
        return known if isinstance(known, list) else []

    def _below(self, cls: Class) -> list[Class]:
        candidates = self._resolver.project.possible_heirs(cls)
        return [heir for heir in candidates if cls in self.line(heir)]

    def heirs_with(self, cls: Class, name: str) -> list[Class]:
        """Those of the subclasses in which a name is bound, or an attribute of that name assigned.

        Other modules are only read if they may bind the name, by their text.
        """
        project = self._resolver.project
        has_others = project.has_heirs_elsewhere(cls)
        candidates = project.possible_heirs(cls, name) if has_others else cls.scope.module.classes
        return [
            heir
            for heir in candidates
            if heir.has(name) and heir is not cls and cls in self.line(heir)
        ]

    # methods ----------------------------------------------------------------------------------

    def method(self, cls: Class, name: str) -> Function | None:
        """The function that a class body binds to a name, if it binds nothing else to it."""
        return self._attributes.method(cls, name)

    def inherited(self, cls: Class, name: str) -> Function | None:
        """The method that instances of a class have, from it or one of its bases."""
        holder = self._holder(cls, name)
        return None if holder is None else self.method(holder, name)

    def setter(self, cls: Class, name: str) -> Function | None:
        """The function that runs when something is assigned to a property of instances."""
        holder = self._holder(cls, name)
        return None if holder is None else self._attributes.setter(holder, name)

    def _holder(self, cls: Class, name: str) -> Class | None:
        """The first class of the line that has a name; None where an unknown one may come first."""
        for entry in self.line(cls):
            if not isinstance(entry, Class):
                return None
            if entry.has(name):
                return entry
        return None

    # making instances -------------------------------------------------------------------------

    def is_generic(self, cls: Class) -> bool:
        """Whether `Class[...]` is the class, for certain types: it or a base is declared so."""
        return any(
            isinstance(base, Generic) or entry == "typing.Generic"
            for entry in self.line(cls)
            for base in (entry.bases if isinstance(entry, Class) else (None,))
        )

    def given_by_new(self, cls: Class) -> Value:
        """What calling a class gives, where its `__new__` says that it is no instance of it."""
        maker = self.inherited(cls, "__new__")
        if maker is None:
            return UNKNOWN
        declared = self._resolver.annotation(maker.returns, maker.scope)
        return declared if all(isinstance(each, Many) for each in declared) else UNKNOWN

    # attributes -------------------------------------------------------------------------------

    def attribute(self, owner: Inst, name: str) -> Value:
        """What `instance.name` gives."""
        plain = replace(owner, at=None) if owner.at is not None else owner
        found = self._resolver.memory.get(
            ("attribute", plain, name), lambda _: self._read(plain, name)
        )
        return found if isinstance(found, frozenset) else UNKNOWN

    def _read(self, owner: Inst, name: str) -> Value:
        assert isinstance(owner.of, Class)
        if name in owner.of.scope.module.patched and self._patched(owner.of, name):
            return UNKNOWN
        found = self._along(owner.of, name, owner)
        if found is None:
            return self._asked_for(owner, name)
        return found if owner.exact else self._with_overrides(owner.of, owner, name, found)

    def _patched(self, cls: Class, name: str) -> bool:
        """Whether code of the module gives a method another meaning by assigning to it."""
        return any(
            isinstance(entry, Class) and self.method(entry, name) is not None
            for entry in self.line(cls)
        )

    def _asked_for(self, owner: Inst, name: str) -> Value:
        """What `__getattr__` gives for a name that nothing else declares."""
        assert isinstance(owner.of, Class)
        if name.startswith("__"):
            return UNKNOWN
        facade = self.inherited(owner.of, "__getattr__")
        if facade is not None:
            return self._attributes.from_facade(facade, name)
        return self._resolver.own_facts.member(owner.of, name)

    def on_class(self, owner: Klass, name: str) -> Value:
        """What `Class.name` gives."""
        found = self._resolver.memory.get(
            ("on class", owner, name), lambda _: self._read_on_class(owner, name)
        )
        return found if isinstance(found, frozenset) else UNKNOWN

    def _read_on_class(self, owner: Klass, name: str) -> Value:
        found = self._along(owner.cls, name, None)
        if found is None:
            return UNKNOWN
        return found if owner.exact else self._with_overrides(owner.cls, None, name, found)

    def above(self, cls: Class, name: str) -> Value:
        """What `super().name` gives in a method of the class."""
        found = self._resolver.memory.get(
            ("above", cls, name), lambda _: self._along(cls, name, Inst(cls), skip=1)
        )
        return found if isinstance(found, frozenset) else UNKNOWN

    def _along(self, cls: Class, name: str, instance: Inst | None, skip: int = 0) -> Value | None:
        """What the first class that declares a name gives; None if none does.

        An attribute of instances is what any of the classes assigns to it.
        """
        found: list[Value] = []
        for entry in self.line(cls)[skip:]:
            if isinstance(entry, Class):
                own = self._attributes.own(entry, name, instance)
                if own is None:
                    continue
                if not found or self._attributes.is_assigned(entry, name):
                    found.append(own)
                if instance is None or self.method(entry, name) is not None:
                    break
            elif not found:
                known = self._of_library(entry, name)
                if known is not None:
                    return known
        return join(*found) if found else None

    def _of_library(self, base: str | None, name: str) -> Value | None:
        """What a base outside of the program gives; None if it has no such attribute."""
        if base is None:
            return UNKNOWN
        if base == "builtins.object" or base.startswith(_TYPING):
            return None
        if self._resolver.facts.method(base, name) is not None:
            return self._resolver.attribute(one(Inst(base)), name)
        return UNKNOWN if self._resolver.facts.get(base) is None else None

    # overrides --------------------------------------------------------------------------------

    def _with_overrides(self, cls: Class, instance: Inst | None, name: str, found: Value) -> Value:
        """What the class, or any that inherits from it, gives: if all of them agree."""
        if found == UNKNOWN or self._is_declared(cls, name):
            return found  # whatever the heirs have; they may be many
        others = self._overrides(cls, instance, name)
        function = self.inherited(cls, name)
        if function is not None and self._attributes.is_open(function):
            return self._any_of(function, found, others)
        all_given = self._all_alike(found, others)
        if all_given is None:
            return UNKNOWN
        return found if all(_is_called(thing) for thing in found) else join(found, *all_given)

    def _is_declared(self, cls: Class, name: str) -> bool:
        """Whether it is declared what an attribute is: so it has to be for the heirs, too."""
        holder = self._holder(cls, name)
        return holder is not None and self._attributes.is_declared(holder, name)

    def _overrides(self, cls: Class, instance: Inst | None, name: str) -> Iterator[Value]:
        """What each of the heirs gives that has the name, too."""
        for heir in self.heirs_with(cls, name):
            own = self._attributes.own(heir, name, instance)
            yield UNKNOWN if own is None else own

    def _any_of(self, function: Function, found: Value, others: Iterator[Value]) -> Value:
        """What a method that only stands for its overrides is, where those make the same."""
        first = next(others, None)
        if first is None:
            return found
        rest = self._all_alike(first, others)
        if rest is None:
            return UNKNOWN
        if not rest:
            return first
        made = self._resolver.call(first)
        if len(made) != 1 or not isinstance(thing := next(iter(made)), Made):
            return UNKNOWN
        return typed.giving(one(Made(thing.cls, Func(function))), function.name)

    def _all_alike(self, first: Value, others: Iterable[Value]) -> list[Value] | None:
        """The others, if each is the same sort of thing as the first; none is made after one."""
        sorts: set[object] = set()
        found: list[Value] = []
        for other in others:
            sorts = sorts if found else self._sorts(first)
            if self._sorts(other) != sorts:
                return None
            found.append(other)
        return found

    def _sorts(self, value: Value) -> set[object]:
        """What sorts of things there are, and what calling them makes."""
        objects = frozenset(t for t in value if not _is_called(t) and t != Const(None))
        made = objects | self._resolver.call(value - objects - NONE)
        return {t.cls if isinstance(t, Made) else type(t) for t in made}


def _is_called(thing: Thing) -> bool:
    return isinstance(thing, (Func, Partial, Giving, Klass, Lib, Method, Unknown))
