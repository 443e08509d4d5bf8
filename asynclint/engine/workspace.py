"""The program around the analysed files: other modules, read when a file needs them."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

from asynclint.engine.candidates import Words
from asynclint.engine.candidates import may_matter as may_matter_here
from asynclint.facts import standard_facts
from asynclint.model.finder import Roots
from asynclint.model.project import Project
from asynclint.source.gate import may_matter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asynclint.engine.settings import Settings
    from asynclint.flow.program import Program
    from asynclint.model.declared import Function, Module
    from asynclint.source.text import Source

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t(]+([^#\n]*)|import[ \t]+([^#\n]*))",
    re.MULTILINE,
)


class Workspace:
    """What the analyses of several files share: modules, units, stories and summaries.

    It sees the files as they were when they were first read, so it lives as long as one run. In
    another process it is empty at first, and shared by all work of the same run there.
    """

    def __init__(self, settings: Settings, name: str = "") -> None:
        self._settings = settings
        self._name = name or uuid4().hex
        self.project = Project(Roots(settings.root, settings.src, ()))

    def __reduce__(self) -> tuple[Callable[..., Workspace], tuple[Settings, str]]:
        return _of_this_process, (self._settings, self._name)

    @cached_property
    def program(self) -> Program:
        """The analysed program."""
        # Imported here, because it takes libcst with it.
        from asynclint.flow.program import Program

        return Program(self.project, standard_facts(), self.matters)

    @cached_property
    def _words(self) -> Words:
        return Words(self.project)

    def matters(self, function: Function) -> bool:
        """Whether a function could hold, or lead to, a finding."""
        return may_matter_here(function, self._words.of(function.scope.module))

    def body_matters(self, module: Module) -> bool:
        """Whether a module's own statements could."""
        return not self._words.of(module).isdisjoint(module.mentions)

    def gate(self, source: Source) -> bool:
        """Whether a file could hold a finding."""
        return gate(source, self.project)


_spaces: dict[str, Workspace] = {}


def _of_this_process(settings: Settings, name: str) -> Workspace:
    if name not in _spaces:
        _spaces.clear()
        _spaces[name] = Workspace(settings, name)
    return _spaces[name]


def gate(source: Source, project: Project) -> bool:
    """Whether a file could hold a finding: by its own words, or those of a module it imports."""
    if may_matter(source.data):
        return True
    path = os.path.abspath(source.path)  # noqa: PTH100 - keys are strings
    seen: set[str] = set()
    for near, dotted in _imports(source.data):
        target = project.locate(near, dotted, path)
        if target is not None and target not in seen:
            seen.add(target)
            if _words_in(target):
                return True
    return False


def _imports(data: bytes) -> Iterator[tuple[str, str]]:
    """What the import statements name: relative part and absolute dotted name."""
    for module, names, modules in _IMPORT.findall(data):
        if module:
            base = module.decode("utf-8", "replace")
            yield base, base
            for name in re.findall(rb"\w+", names):
                member = name.decode("utf-8", "replace")
                yield f"{base}{'' if base.endswith('.') else '.'}{member}", f"{base}.{member}"
        else:
            for name in modules.split(b","):
                dotted = name.strip().partition(b" ")[0].decode("utf-8", "replace")
                yield dotted, dotted


def _words_in(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - paths are strings here
            return may_matter(file.read())
    except OSError:
        return False
