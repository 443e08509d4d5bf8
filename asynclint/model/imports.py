"""What imports bind: modules and their members, of the program or of libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.model.declared import Assigned, Import, Module, Scope
from asynclint.model.files import is_file
from asynclint.model.values import UNKNOWN, Lib, Mod, Value, one

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver


class Imports:
    """Looks modules and their members up.

    A library that the facts know is known better by them than by its source.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def member(self, module: Module, name: str) -> Value | None:
        """What a name of a module is, its submodules included; None if it has none such.

        A folder without `__init__` may only share its name with a library.
        """
        dotted = f"{module.name}.{name}"
        if (module.library or not is_file(module.path)) and self._is_fact(dotted):
            return one(Lib(self.canonical(dotted)))
        if name in module.scope.bindings:
            return self._resolver.name(name, module.scope)
        found = self.starred(name, module)
        if found is not None:
            return found
        below = self._resolver.project.submodule(module, name)
        return one(Mod(below)) if below is not None else None

    def bound(self, binding: Import, importer: Module) -> Value:
        """What an import binds its name to."""
        if not binding.dotted:
            return UNKNOWN
        project = self._resolver.project
        known = one(Lib(self.canonical(binding.dotted)))
        target = project.imported(binding, importer)
        if target is None or (target.library and self._is_fact(binding.dotted)):
            return known
        if not binding.member:
            return one(Mod(target))
        if target is importer:
            below = project.submodule(target, binding.member)
            return one(Mod(below)) if below is not None else UNKNOWN
        found = self.member(target, binding.member)
        return known if found is None else found

    def variable(self, name: str, scope: Scope) -> tuple[Module, str] | None:
        """The module and the name of the module-level variable that a name means, if it does."""
        home = self._resolver.home(name, scope)
        if home is None or home.parent is not None or len(home.bindings[name]) != 1:
            return None
        (binding,) = home.bindings[name]
        if isinstance(binding, Assigned):
            return home.module, name
        if isinstance(binding, Import) and binding.member:
            target = self._resolver.project.imported(binding, home.module)
            if target is not None and binding.member in target.scope.bindings:
                return target, binding.member
        return None

    def _is_fact(self, dotted: str) -> bool:
        return self._resolver.facts.get(dotted) is not None

    def starred(self, name: str, module: Module) -> Value | None:
        """What `from ... import *` binds a name to, the last one first; None if nothing does."""
        if not module.scope.stars:
            return None
        known = self._resolver.memory.get(
            ("starred", module, name), lambda _: self._from_stars(name, module)
        )
        return known if isinstance(known, frozenset) else None

    def _from_stars(self, name: str, module: Module) -> Value | None:
        found = (self._from_star(name, star, module) for star in reversed(module.scope.stars))
        return next((each for each in found if each is not None), None)

    def _from_star(self, name: str, star: Import, importer: Module) -> Value | None:
        package = star.dotted.removesuffix(".*")
        target = self._resolver.project.imported(star, importer)
        dotted = f"{package}.{name}"
        if (target is None or target.library) and self._is_fact(dotted):
            return one(Lib(self.canonical(dotted)))
        if target is None:
            return None
        hidden = name.startswith("_") if target.public is None else name not in target.public
        return None if hidden else self.member(target, name)

    def canonical(self, dotted: str) -> str:
        """The spelling under which the facts know a dotted name."""
        fact = self._resolver.facts.get(dotted)
        return fact.name if fact is not None else dotted
