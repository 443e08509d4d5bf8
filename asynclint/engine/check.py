"""One file in, findings out: index, screen, stories, rules, places."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from asynclint.engine.omissions import TOO_LARGE, UNKNOWN
from asynclint.engine.select import rules_for
from asynclint.engine.workspace import Workspace
from asynclint.findings import Finding, Fix
from asynclint.fixes.kit import Kit
from asynclint.rules import Report, Rule
from asynclint.rules.expected import is_expected

if TYPE_CHECKING:
    from asynclint.engine.settings import Settings
    from asynclint.flow.file import Unit
    from asynclint.model.declared import Module
    from asynclint.source.text import Source


_BODY = "the statements of the module"


class RuleError(Exception):
    """A rule failed on a file: an error of the tool, not of the file.

    code: names the rule, the first one of several. findings: those of all other rules and places.
    """

    def __init__(self, code: str, findings: list[Finding]) -> None:
        super().__init__(f"{code} failed")
        self.code = code
        self.findings = findings


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
    rules = [rule() for rule in rules_for(settings, source.path)]
    if not rules:
        return []
    space = workspace if workspace is not None else Workspace(settings)
    module = space.project.add(source, tree)
    space.know(module, tree)
    space.program.rest()
    findings: dict[object, Finding] = {}
    errors: dict[str, Exception] = {}
    for unit in _units(space, module, rows):
        for finding in _findings(space, unit, rules, tree, errors):
            findings.setdefault((finding.code, finding.start, finding.end), finding)
    in_order = sorted(findings.values(), key=lambda finding: finding.sort_key)
    for code, error in errors.items():
        raise RuleError(code, in_order) from error
    return in_order


def _units(space: Workspace, module: Module, rows: Collection[int] | None) -> Iterator[Unit]:
    """The bodies that could hold a finding: only their text is parsed."""
    outside = set(rows or ())
    for function in module.functions:
        lines = range(function.first_line, function.last_line + 1)
        outside.difference_update(lines)
        if rows is not None and not any(row in lines for row in rows):
            continue
        if space.matters(function):
            unit = space.program.unit(function)
            if unit is not None:
                yield unit
    file = space.program.file(module)
    if (rows is None or outside) and space.body_matters(module):
        yield file.module_unit()
    for function in file.unknown:
        space.omissions.note(file.source.path, function.def_line, f"`{function.name}`", UNKNOWN)
    if file.body_unknown:
        space.omissions.note(file.source.path, 1, _BODY, UNKNOWN)


def _findings(
    space: Workspace,
    unit: Unit,
    rules: list[Rule],
    tree: ast.Module,
    errors: dict[str, Exception],
) -> Iterator[Finding]:
    """What the rules report of one body; the first error of each that fails goes into `errors`."""
    story = space.program.story(unit)
    if story is None or not story.complete:
        row = unit.function.def_line if unit.function is not None else 1
        what = f"`{unit.name}`" if unit.function is not None else _BODY
        space.omissions.note(unit.file.source.path, row, what, TOO_LARGE)
        return
    kit = Kit(space.program, unit, tree, story)
    for rule in rules:
        try:
            for report in rule.check(story):
                if not is_expected(unit.node, report.at, rule.shown):
                    yield _finding(kit, rule, report)
        except Exception as error:  # noqa: BLE001, PERF203 - the other rules go on
            errors.setdefault(rule.code, error)


def _finding(kit: Kit, rule: Rule, report: Report) -> Finding:
    start, end = kit.range(report.at)
    related = tuple(kit.place(at, message) for at, message in report.related)
    fix: Fix | None = report.fix(kit) if report.fix is not None else None
    root = kit.place(report.root, "the cause") if report.root is not None else None
    path = kit.source.path
    return Finding(rule.code, rule.name, report.message, path, start, end, related, fix, root)
