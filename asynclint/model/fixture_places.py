"""Where pytest looks for the fixture of a name: class, module, then each conftest.py above."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePath
from typing import TYPE_CHECKING

from asynclint.model.closures import live
from asynclint.model.declared import Binding, Class, Function, Import, Module, Scope

if TYPE_CHECKING:
    from asynclint.model.marks import Marks
    from asynclint.model.resolve import Resolver

_FILES = ("test_*.py", "*_test.py")  # `python_files`, unless pytest is told otherwise
_CONFTEST = "conftest.py"
#: A fixture of this name is there, or may be, but which function it is cannot be told.
_UNCLEAR = "unclear"
_Found = Function | str | None


@dataclass(frozen=True, slots=True)
class Place:
    """The class and the module from which a test sees fixtures."""

    module: Module
    cls: Class | None = None


class Places:
    """Looks fixtures up; `Marks` says which functions are some."""

    def __init__(self, resolver: Resolver, marks: Marks) -> None:
        self._resolver = resolver
        self._marks = marks

    def is_collected(self, module: Module) -> bool:
        """Whether pytest takes tests from a module."""
        name = PurePath(module.path).name
        return not module.library and any(fnmatch(name, pattern) for pattern in _FILES)

    # from where -------------------------------------------------------------------------------

    def of_test(self, test: Function) -> list[Place]:
        """The places of a test: a method is one of each class that inherits it, too."""
        if test.owner is None:
            return [Place(test.scope.module)]
        heirs = self._resolver.classes.subclasses(test.owner)
        return [
            Place(each.scope.module, each)
            for each in (test.owner, *heirs)
            if each.name.startswith("Test") and self.is_collected(each.scope.module)
        ]

    def of_fixture(self, fixture: Function, name: str) -> list[Place]:
        """The places from which a fixture beside tests asks for others.

        None where a class may have another fixture of this name than the module.
        """
        module = fixture.scope.module
        if fixture.owner is not None:
            return self.of_test(fixture)
        own = any(self._in_scope(cls.scope, name) is not None for cls in module.classes)
        return [] if own else [Place(module)]

    # what is there ----------------------------------------------------------------------------

    def find(self, name: str, place: Place, beyond: Function) -> Function | None:
        """The fixture of a name that a place sees; None where there is none, or which is unclear.

        beyond: who asks; a fixture that asks for its own name gets the one that it hides.
        """
        mark = self._marks.fixture(beyond)
        waiting = mark is not None and (mark.name or beyond.name) == name
        for found in self._layers(name, place):
            if found == _UNCLEAR:
                return None
            if waiting:
                waiting = found is not beyond
            elif isinstance(found, Function):
                return found
        return None

    def _layers(self, name: str, place: Place) -> Iterator[_Found]:
        cls = place.cls
        while cls is not None:
            for entry in self._resolver.classes.line(cls):
                if isinstance(entry, Class):
                    yield self._in_scope(entry.scope, name)
                elif entry != "builtins.object":
                    yield _UNCLEAR
            cls = self._resolver.owner(cls.scope.parent) if cls.scope.parent else None
        yield self._in_module(place.module, name, set())
        for module in self._resolver.project.above(place.module, _CONFTEST):
            yield self._in_module(module, name, set())

    def _in_module(self, module: Module, name: str, seen: set[Module]) -> _Found:
        """A module's own fixture of a name, or one that it has from others."""
        if module in seen:
            return None
        seen.add(module)
        found = self._in_scope(module.scope, name)
        for star in module.scope.stars if found is None else ():
            target = None
            if not self._resolver.project.installed(star, module):
                target = self._resolver.project.imported(star, module)
            if target is None:
                found = _UNCLEAR
            elif name in target.public if target.public is not None else name[:1] != "_":
                found = found or self._in_module(target, name, seen)
        return found

    def _in_scope(self, scope: Scope, name: str) -> _Found:
        key = ("fixtures of", scope)
        table = self._resolver.memory.get(key, lambda _: self._table(scope))
        return table.get(name) if isinstance(table, dict) else _UNCLEAR

    def _table(self, scope: Scope) -> dict[str, _Found]:
        """The fixtures that a scope binds, by the names under which tests ask for them."""
        table: dict[str, _Found] = {}
        for attribute, bindings in scope.bindings.items():
            for binding in live(bindings):
                found = self._declared(binding, scope.module)
                if found is None:
                    continue
                mark = self._marks.fixture(found) if isinstance(found, Function) else None
                name = (mark.name if mark is not None else None) or attribute
                table[name] = _UNCLEAR if name in table else found
        return table

    def _declared(self, binding: Binding, module: Module) -> _Found:
        """The fixture that a binding stands for, None if it is certainly none."""
        for _ in range(9):  # imports of imports
            if not isinstance(binding, Import):
                break
            project = self._resolver.project
            if not binding.member:
                return None
            if project.installed(binding, module):
                return _UNCLEAR
            target = project.imported(binding, module)
            if target is None or target.scope.stars:
                return _UNCLEAR
            bound = live(target.scope.bindings.get(binding.member, ()))
            if not bound:
                return None  # a submodule
            if len(bound) > 1:
                return _UNCLEAR
            module, (binding,) = target, bound
        if isinstance(binding, Class):
            return None
        if not isinstance(binding, Function):
            return _UNCLEAR
        if self._marks.fixture(binding) is not None:
            return binding
        return None if self._marks.is_plain(binding) else _UNCLEAR
