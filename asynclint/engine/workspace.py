"""The program around the analysed files: other modules, read when a file needs them."""

from __future__ import annotations

import os
from functools import cached_property
from os import urandom
from typing import TYPE_CHECKING

from asynclint.engine.omissions import Omissions
from asynclint.engine.parsing import depth_trouble, parse
from asynclint.engine.reach import Reach
from asynclint.findings import Finding
from asynclint.model.asked import Asked
from asynclint.model.finder import Finder, Roots

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from asynclint.engine.screen import Screen
    from asynclint.engine.settings import Settings
    from asynclint.flow.program import Program
    from asynclint.model.declared import Function, Module
    from asynclint.model.project import Project
    from asynclint.model.resolve import Resolver
    from asynclint.source.text import Source


class Workspace:
    """What the analyses of several files share: modules, units, stories and summaries.

    It sees the files as they were when they were first read, so it lives as long as one run. In
    another process it is empty at first, and shared by all work of the same run there.

    What only the files need that pass the gate is imported when the first one does.
    """

    def __init__(
        self,
        settings: Settings,
        name: str = "",
        like: Workspace | None = None,
        read_by: Workspace | None = None,
        asked: Asked | None = None,
    ) -> None:
        """like: one of the same settings and files, as they still are. read_by: see `Project`.

        asked: is to note what is asked of the file system.
        """
        self._settings = settings
        self._name = name or urandom(16).hex()
        self._read_by = read_by
        self.asked = asked
        near = like or read_by
        self._finder: Finder = _finder(settings, asked, None if near is None else near._finder)  # noqa: SLF001 - one of the kind
        self._reach = Reach(self._finder)
        self.omissions = Omissions()

    def anew(self) -> Workspace:
        """One that knows nothing of any module, for texts that are other ones by now."""
        return Workspace(self._settings, like=self)

    def __reduce__(self) -> tuple[Callable[..., Workspace], tuple[Settings, str, bool]]:
        return _of_this_process, (self._settings, self._name, self.asked is not None)

    @cached_property
    def project(self) -> Project:
        """The modules."""
        from asynclint.model.project import Project

        read_by = None if self._read_by is None else self._read_by.project
        return Project(self._finder, parse_imported, read_by)

    @cached_property
    def _resolver(self) -> Resolver:
        from asynclint.engine.knowledge import facts_for
        from asynclint.model.resolve import Resolver

        return Resolver(self.project, facts_for(self._settings))

    @cached_property
    def _screen(self) -> Screen:
        from asynclint.engine.screen import Screen

        return Screen(self._resolver, self._reach)

    @cached_property
    def program(self) -> Program:
        """The analysed program; it takes libcst with it."""
        from asynclint.flow.program import Program

        return Program(self._resolver, self.leads, self._settings.target_version)

    def rest(self) -> None:
        """Between two files: see `Program.rest`."""
        if "program" in self.__dict__:
            self.program.rest()

    def know(self, module: Module, tree: ast.Module) -> None:
        """Takes the tree of a module that is checked, which need not be parsed again then."""
        self._screen.know(module, tree)

    def matters(self, function: Function) -> bool:
        """Whether a function could hold a finding; what a library does is not read."""
        return not function.scope.module.library and self._screen.may_hold(function)

    def leads(self, function: Function) -> bool:
        """Whether a function could lead to a finding where it is called."""
        return not function.scope.module.library and self._screen.leads(function)

    def body_matters(self, module: Module) -> bool:
        """Whether a module's own statements could."""
        return self._screen.body_may_hold(module)

    def note_reads(self, path: str) -> None:
        """Notes on whose text the findings of a file rest that has just been checked."""
        if self.asked is not None and "program" in self.__dict__:
            self.asked.read(path, self.program.reads.take())

    def gate(self, source: Source) -> bool:
        """Whether a file could hold a finding: by its own words, or those of what it imports."""
        path = os.path.abspath(source.path)  # noqa: PTH100 - keys are strings
        return self._reach.matters(source.data, path)


def _finder(settings: Settings, asked: Asked | None, like: Finder | None) -> Finder:
    roots = Roots(settings.root, settings.src, settings.site)
    if asked is None:
        return Finder(roots, like)
    from asynclint.model.noting import NotingFinder

    return NotingFinder(roots, asked)


def parse_imported(source: Source) -> ast.Module | None:
    """The tree of a module that is only imported; None where it could not be analysed itself."""
    tree = parse(source)
    if isinstance(tree, Finding) or depth_trouble(source, tree) is not None:
        return None
    return tree


_spaces: dict[str, Workspace] = {}


def _of_this_process(settings: Settings, name: str, takes_notes: bool) -> Workspace:
    if name not in _spaces:
        _spaces.clear()
        _spaces[name] = Workspace(settings, name, asked=Asked() if takes_notes else None)
    return _spaces[name]
