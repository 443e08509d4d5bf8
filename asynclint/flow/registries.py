"""Module-level tables that are filled while modules are imported, and looked up later.

`COMMANDS[name] = fn()` in a decorator makes one coroutine object for each command, and every
look-up gives the same one.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asynclint.flow.file import Spot
from asynclint.model.declared import Assigned, Function, Module
from asynclint.model.shapes import CallShape, Display, Ref
from asynclint.model.values import Func, Thing

if TYPE_CHECKING:
    from asynclint.flow.program import Program

_FIRST = 20_000_000_000
_EMPTY = {"dict": "dict", "defaultdict": "dict", "OrderedDict": "dict"}


@dataclass(frozen=True, slots=True)
class Registry:
    """A table by its module and name; `site` numbers it, the same in every run."""

    module: Module
    name: str
    kind: str

    @property
    def site(self) -> int:
        """Its place among the sites of objects."""
        return -_FIRST - zlib.crc32(f"{self.module.path}:{self.name}".encode())


@dataclass(frozen=True, slots=True)
class Stored:
    """A coroutine object that is put into a table: whose, and where."""

    registry: Registry
    by: Thing | None
    at: Spot


def is_registry(site: int) -> bool:
    """Whether a site is that of a table."""
    return site <= -_FIRST


class Registries:
    """The tables of a program and what is put into them."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._decorated: dict[Function, tuple[Function, ...]] = {}

    @staticmethod
    def named(module: Module, name: str) -> Registry | None:
        """The table that a name of a module is: bound once, to an empty dict."""
        bindings = module.scope.bindings.get(name, ())
        if len(bindings) != 1 or not isinstance(bindings[0], Assigned):
            return None
        match bindings[0].shape:
            case Display(kind="dict", items=()):
                return Registry(module, name, "dict")
            case CallShape(callee=Ref(parts=parts)) if parts[-1] in _EMPTY:
                return Registry(module, name, _EMPTY[parts[-1]])
            case _:
                return None

    def contents(self, registry: Registry) -> tuple[Stored, ...]:
        """What imports put into a table; nothing where entries are also taken out again."""
        found: list[Stored] = []
        for story in self._program.stories_naming(registry.name, registry.module):
            if registry.site in story.emptied:
                return ()
            function = story.unit.function
            if function is None or self.decorated_with(function):
                found += [each for each in story.stored if each.registry == registry]
        return tuple(found)

    def names_one(self, function: Function) -> bool:
        """Whether a function names a table."""
        resolver = self._program.resolver
        for name in function.mentioned:
            found = resolver.variable(name, function.scope)
            if found is not None and self.named(*found) is not None:
                return True
        return False

    def decorated_with(self, function: Function) -> tuple[Function, ...]:
        """The functions of the program that a function, or what it is nested in, decorates."""
        if function not in self._decorated:
            self._decorated[function] = tuple(self._decorations(function))
        return self._decorated[function]

    def _decorations(self, function: Function) -> list[Function]:
        outer = self._around(function)
        own = function.scope.module
        resolver = self._program.resolver
        found: list[Function] = []
        for module in (own, *self._program.project.holders(outer.name, own)):
            for candidate in module.functions:
                home = candidate.scope.parent or candidate.scope
                for shape in candidate.decorators:
                    called = isinstance(shape, CallShape)
                    callee = shape.callee if isinstance(shape, CallShape) else shape
                    if called is (outer is function) or not _ends_in(callee, outer.name):
                        continue
                    value = resolver.shape(callee, home)
                    if any(isinstance(t, Func) and t.function is outer for t in value):
                        found.append(candidate)
        return found

    @staticmethod
    def _around(function: Function) -> Function:
        """The function in which a function is defined, itself where there is none."""
        for other in function.scope.module.functions:
            if other.scope is function.scope.parent:
                return other
        return function


def _ends_in(callee: object, name: str) -> bool:
    return isinstance(callee, Ref) and callee.parts[-1] == name
