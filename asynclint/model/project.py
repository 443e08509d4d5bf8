"""The modules of a program: found and indexed when somebody first asks for them."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Callable

from asynclint.model.declared import Class, Import, Module
from asynclint.model.files import LARGEST, is_file
from asynclint.model.finder import Finder
from asynclint.model.index import index_module
from asynclint.source.paths import shown
from asynclint.source.text import Packed, Source, SourceError, decode


def parsed(source: Source) -> ast.Module | None:
    """The tree of a module; None if it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class Project:
    """All modules that can be reached from the analysed files. Nothing is ever imported.

    A module that cannot be read or parsed is as good as not there: what comes from it is unknown.
    """

    def __init__(
        self,
        finder: Finder,
        parse: Callable[[Source], ast.Module | None] = parsed,
        read_by: Project | None = None,
    ) -> None:
        """parse: makes the tree of a module that another one imports; None if it must not be.

        read_by: another one of the same files, whose modules are taken: all but those that are
        added here are as it has them.
        """
        self._finder = finder
        self._parse = parse
        self._read_by = read_by
        self._modules: dict[str, Module | None] = {}
        self._apart: dict[str, Module | None] = {}  # analysed, but not as others see them
        self._sources: dict[Module, Packed] = {}
        self._paths: dict[Module, str] = {}
        #: How many lines have been indexed.
        self.lines = 0
        #: Namespace packages by dotted name and base of who imports them, and the other way round.
        self._spaces: dict[tuple[str, str], Module] = {}
        self._searched: dict[Module, tuple[str, str]] = {}

    # modules ----------------------------------------------------------------------------------

    def add(self, source: Source, tree: ast.Module) -> Module:
        """Indexes a file that is analysed, from the text that the caller has of it."""
        path = os.path.abspath(source.path)  # noqa: PTH100 - keys are strings
        # Who imports a module sees the same of it whether or not it was analysed before.
        imported = len(source.data) <= LARGEST and not self._finder.is_library(path)
        seen_by = self._modules if imported else self._apart
        known = seen_by.get(path)
        if known is None or self._sources[known].data != source.data:
            known = seen_by[path] = self._index(path, source, tree)
            known.library = False
        return known

    def revise(self, source: Source, tree: ast.Module) -> Module:
        """Takes a text in place of what a file holds, for all that the program asks of it."""
        self._finder.know(os.path.abspath(source.path), source.data)  # noqa: PTH100 - as above
        return self.add(source, tree)

    def source(self, module: Module) -> Source:
        """The text of a module that has a file, made anew each time."""
        return self._sources[module].unpacked()

    def at(self, path: str) -> Module | None:
        """The module in a file, or of a namespace package's folder (absolute path)."""
        if path not in self._modules:
            self._modules[path] = None  # a module that fails is not tried again
            self._modules[path] = self._read(path)
        return self._modules[path]

    def _read(self, path: str) -> Module | None:
        if not is_file(path):
            return self._package(path, self._finder.name(path))
        if self._read_by is not None:
            return self._shared(self._read_by, path)
        data = self._finder.read(path)
        if data is None:
            return None
        try:
            source = decode(data, shown(path))
        except SourceError:
            return None
        tree = self._parse(source)
        return self._index(path, source, tree) if tree is not None else None

    def _shared(self, other: Project, path: str) -> Module | None:
        """The module of a file as another project has it: declarations do not change."""
        module = other.at(path)
        if module is not None:
            self._sources[module] = other._sources[module]
            self._paths[module] = path
        return module

    def _package(self, path: str, name: str) -> Module:
        """A namespace package: it has no text, and nothing is declared in it."""
        package = Module(name, path, self._finder.is_library(path))
        self._paths[package] = path
        return package

    def _index(self, path: str, source: Source, tree: ast.Module) -> Module:
        module = index_module(tree, self._finder.name(path), shown(path))
        module.library = self._finder.is_library(path)
        self.lines += source.data.count(b"\n")
        self._sources[module] = source.packed(self._finder.same(path, source.data))
        self._paths[module] = path
        return module

    # imports ----------------------------------------------------------------------------------

    def imported(self, binding: Import, importer: Module) -> Module | None:
        """The module that an import names; of `from module import name`, the module."""
        path = self._path(binding, importer)
        if path is None or is_file(path) or binding.near:
            return self.at(path) if path is not None else None
        return self._namespace(_module_of(binding), self._paths[importer], path)

    def _path(self, binding: Import, importer: Module) -> str | None:
        here = self._paths[importer]
        if binding.near:
            return self._finder.near(binding.near, here)
        return self._finder.find(_module_of(binding), here)

    def _namespace(self, dotted: str, importer: str, path: str) -> Module:
        """A namespace package: its modules may lie in several folders that are searched."""
        key = (dotted, self._finder.base(importer))
        if key not in self._spaces:
            package = self._package(path, dotted)
            self._spaces[key] = package
            self._searched[package] = (dotted, importer)
        return self._spaces[key]

    def submodule(self, package: Module, name: str) -> Module | None:
        """A package's module of a name."""
        if package not in self._searched:
            path = self._finder.inside(self._paths[package], name)
            return self.at(path) if path is not None else None
        dotted, importer = self._searched[package]
        self._finder.leads(self._paths[package], importer)
        inner = f"{dotted}.{name}"
        path = self._finder.find(inner, importer)
        if path is None or is_file(path):
            return self.at(path) if path is not None else None
        return self._namespace(inner, importer, path)

    def installed(self, binding: Import, importer: Module) -> bool:
        """Whether an import names an installed package; nothing is read for the answer."""
        path = self._path(binding, importer)
        return path is not None and self._finder.is_library(path)

    def path(self, module: Module) -> str:
        """The absolute path of a module's file, or of a namespace package's folder."""
        return self._paths[module]

    def imports(self, module: Module) -> list[Module]:
        """The modules of the program that a module imports anywhere, each once, in order."""
        found: dict[Module, None] = {}
        for scope in module.scopes():
            bound = (b for bindings in scope.bindings.values() for b in bindings)
            for binding in (*scope.stars, *(b for b in bound if isinstance(b, Import))):
                found.update(dict.fromkeys(self._meant(binding, module)))
        found.pop(module, None)
        return list(found)

    def _meant(self, binding: Import, importer: Module) -> list[Module]:
        """The modules that an import names; a library's are not even read."""
        path = self._path(binding, importer)
        if path is None or self._finder.is_library(path):
            return []
        target = self.imported(binding, importer)
        if target is None:
            return []
        below = None
        if binding.member and binding.member not in target.scope.bindings:
            below = self.submodule(target, binding.member)
        return [target] if below is None else [target, below]

    def above(self, module: Module, name: str) -> list[Module]:
        """The other modules in files of a name that stand beside it, or in folders around it.

        The nearest come first; nothing above the project's root is looked at.
        """
        if module.library:
            return []
        found = (self.at(path) for path in self._finder.above(self._paths[module], name))
        return [other for other in found if other is not None and other is not module]

    def holders(self, name: str, module: Module) -> list[Module]:
        """The other modules of a module's program in whose text a name stands."""
        if module.library:
            return []
        found = (self.at(path) for path in self._finder.holders(name, self._paths[module]))
        return [other for other in found if other is not None]

    def importers(self, name: str, module: Module) -> list[Module]:
        """The modules of its project that can name what a module declares by a name: itself first.

        They import it, or another that does, and the name stands in them.
        """
        if module.library:
            return []
        path = self._paths[module]
        paths = self._finder.importers(name, module.name, path)
        others = (other for other in map(self.at, paths) if other is not None)
        waiting = [other for other in others if other is not module]
        found = [module]
        while more := [m for m in waiting if not set(found).isdisjoint(self.imports(m))]:
            found += more
            waiting = [each for each in waiting if each not in more]
        return found

    def possible_heirs(self, cls: Class, name: str = "") -> list[Class]:
        """The classes of the same program that may inherit from a class, by their heads.

        name: one that classes in their files may bind.
        """
        module = cls.scope.module
        found = [c for c in module.classes if c is not cls]
        for path in self.files_of_heirs(cls, name):
            other = self.at(path)
            if other is not None and other is not module:
                found.extend(other.classes)
        return found

    def has_heirs_elsewhere(self, cls: Class) -> bool:
        """Whether there may be such classes in other modules; none is read for it."""
        module = cls.scope.module
        return not module.library and self._finder.has_heirs(cls.name, self._paths[module])

    def files_of_heirs(self, cls: Class, name: str = "") -> tuple[str, ...]:
        """The files of these classes; they are not read as modules for it."""
        module = cls.scope.module
        return () if module.library else self._finder.heirs(cls.name, self._paths[module], name)


def _module_of(binding: Import) -> str:
    """The dotted name of the module in an absolute import."""
    return binding.dotted.removesuffix(f".{binding.member}") if binding.member else binding.dotted
