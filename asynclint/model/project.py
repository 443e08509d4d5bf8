"""The modules of a program: found and indexed when somebody first asks for them."""

from __future__ import annotations

import ast
import os
import sys
import warnings

from asynclint.model.declared import Class, Import, Module
from asynclint.model.finder import Finder, Roots
from asynclint.model.index import index_module
from asynclint.source.paths import shown
from asynclint.source.text import Source, SourceError, read_source

_LARGEST = 2_000_000  # characters of a module that is read only because another one imports it


class Project:
    """All modules that can be reached from the analysed files. Nothing is ever imported.

    A module that cannot be read or parsed is as good as not there: what comes from it is unknown.
    """

    def __init__(self, roots: Roots) -> None:
        self._finder = Finder(roots)
        self._modules: dict[str, Module | None] = {}
        self._sources: dict[Module, Source] = {}
        self._paths: dict[Module, str] = {}

    # modules ----------------------------------------------------------------------------------

    def add(self, source: Source, tree: ast.Module) -> Module:
        """Indexes a file that is analysed, from the text that the caller has of it."""
        path = os.path.abspath(source.path)  # noqa: PTH100 - keys are strings
        known = self._modules.get(path)
        if known is not None and self._sources[known].data == source.data:
            return known
        return self._index(path, source, tree)

    def source(self, module: Module) -> Source:
        """The text of a module that has a file."""
        return self._sources[module]

    def at(self, path: str) -> Module | None:
        """The module in a file, or of a namespace package's folder (absolute path)."""
        if path not in self._modules:
            self._modules[path] = None  # a module that fails is not tried again
            self._modules[path] = self._read(path)
        return self._modules[path]

    def _read(self, path: str) -> Module | None:
        if not path.endswith((".py", ".pyi")):
            package = Module(self._finder.name(path), path, self._finder.is_library(path))
            self._paths[package] = path
            return package
        try:
            source = read_source(path)
            if len(source.text) > _LARGEST:
                return None
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source.text)
        except (OSError, SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return self._index(path, source, tree)

    def _index(self, path: str, source: Source, tree: ast.Module) -> Module:
        module = index_module(tree, self._finder.name(path), shown(path))
        module.library = self._finder.is_library(path)
        self._modules[path] = module
        self._sources[module] = source
        self._paths[module] = path
        return module

    # imports ----------------------------------------------------------------------------------

    def imported(self, binding: Import, importer: Module) -> Module | None:
        """The module that an import names; of `from module import name`, the module."""
        here = self._paths[importer]
        if binding.near:
            path = self._finder.near(binding.near, here)
            return self.at(path) if path is not None else None
        dotted = binding.dotted
        if binding.member:
            dotted = dotted.removesuffix(f".{binding.member}")
        if dotted.partition(".")[0] in sys.stdlib_module_names:
            return None
        path = self._finder.find(dotted, here)
        return self.at(path) if path is not None else None

    def locate(self, near: str, dotted: str, importer: str) -> str | None:
        """The path that an import in the file `importer` means, a module of the program's own.

        near: the module as a relative import writes it, or its dotted name again.
        """
        if near.startswith("."):
            path = self._finder.near(near, importer)
        elif dotted.partition(".")[0] in sys.stdlib_module_names:
            return None
        else:
            path = self._finder.find(dotted, importer)
        return None if path is None or self._finder.is_library(path) else path

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
        target = self.imported(binding, importer)
        if target is None or target.library:
            return []
        below = None
        if binding.member and binding.member not in target.scope.bindings:
            below = self.submodule(target, binding.member)
        return [target] if below is None else [target, below]

    def submodule(self, package: Module, name: str) -> Module | None:
        """A package's module of a name."""
        path = self._finder.inside(self._paths[package], name)
        return self.at(path) if path is not None else None

    def possible_heirs(self, cls: Class) -> list[Class]:
        """The classes of the same program that may inherit directly from a class, by its name."""
        module = cls.scope.module
        found = [c for c in module.classes if c is not cls]
        if module.library:
            return found
        for path in self._finder.heirs(cls.name, self._paths[module]):
            other = self.at(path)
            if other is not None and other is not module:
                found.extend(other.classes)
        return found
