"""One file in, findings out: index, screen, and what there is to analyse."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asynclint.engine.workspace import Workspace
from asynclint.findings import Finding

if TYPE_CHECKING:
    from asynclint.engine.settings import Settings
    from asynclint.model.declared import Function, Module
    from asynclint.source.text import Source


class RuleError(Exception):
    """A rule failed on a file: an error of the tool, not of the file.

    code: names the rule, the first one of several. findings: those of all other rules and places.
    """

    def __init__(self, code: str, findings: list[Finding]) -> None:
        super().__init__(f"{code} failed")
        self.code = code
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Candidates:
    """The bodies of a module that could hold a finding.

    path: as settings know it. body: whether the module's own statements are one of them.
    """

    path: str
    module: Module
    functions: tuple[Function, ...]
    body: bool


def check_source(
    source: Source,
    settings: Settings,
    tree: ast.Module | None = None,
    workspace: Workspace | None = None,
    rows: Collection[int] | None = None,
) -> list[Finding]:
    """The findings of the selected rules on one file, in order of place; `noqa` is not heeded.

    tree: the file's `ast`, if the caller has it. workspace: the program around the file, where it
    is shared with other files; by default other modules are read anew. rows: only the functions
    that have one of these rows (1-based) are told, and the module's own statements where a row
    lies in no function; by default all. Raises SyntaxError where CPython cannot parse the file,
    RuleError where a rule fails, when all else is found. What could not be analysed is noted in the
    workspace.
    """
    if tree is None:
        tree = ast.parse(source.text)
    space = workspace if workspace is not None else Workspace(settings)
    module = space.project.add(source, tree)
    space.know(module, tree)
    space.rest()
    functions, body = _candidates(space, module, rows)
    if not functions and not body:
        return []
    # Imported here, because it takes libcst with it: most files never come this far.
    from asynclint.engine.analysis import findings_of

    candidates = Candidates(source.path, module, functions, body)
    return findings_of(candidates, settings, tree, space)


def _candidates(
    space: Workspace, module: Module, rows: Collection[int] | None
) -> tuple[tuple[Function, ...], bool]:
    outside = set(rows or ())
    found: list[Function] = []
    for function in module.functions:
        lines = range(function.first_line, function.last_line + 1)
        outside.difference_update(lines)
        if (rows is None or any(row in lines for row in rows)) and space.matters(function):
            found.append(function)
    body = (rows is None or bool(outside)) and space.body_matters(module)
    return tuple(found), body
