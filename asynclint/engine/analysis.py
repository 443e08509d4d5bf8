"""The bodies of one file that could hold a finding: stories, rules, places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from asynclint.engine.check import Candidates, RuleError
from asynclint.engine.omissions import TOO_LARGE, UNKNOWN
from asynclint.engine.select import rules_for
from asynclint.engine.workspace import Workspace
from asynclint.findings import Finding, Fix
from asynclint.fixes.kit import Kit
from asynclint.rules import Report, Rule
from asynclint.rules.expected import is_expected

if TYPE_CHECKING:
    import libcst as cst

    from asynclint.engine.settings import Settings
    from asynclint.flow.file import Unit


_BODY = "the statements of the module"


def findings_of(
    candidates: Candidates, settings: Settings, tree: ast.Module, space: Workspace
) -> list[Finding]:
    """What the selected rules find in the candidates of a file, in order of place.

    Raises RuleError where a rule fails, when all else is found.
    """
    rules = [rule() for rule in rules_for(settings, candidates.path)]
    if not rules:
        return []
    findings: dict[object, Finding] = {}
    errors: dict[str, Exception] = {}
    for unit in _units(space, candidates):
        for finding in _findings(space, unit, rules, tree, errors):
            findings.setdefault((finding.code, finding.start, finding.end), finding)
    in_order = sorted(findings.values(), key=lambda finding: finding.sort_key)
    for code, error in errors.items():
        raise RuleError(code, in_order) from error
    return in_order


def _units(space: Workspace, candidates: Candidates) -> Iterator[Unit]:
    """The bodies: only their text is parsed."""
    file = space.program.file(candidates.module)
    for function in candidates.functions:
        unit = space.program.unit(function)
        if unit is not None:
            yield unit
    if candidates.body:
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
                if not is_expected(_around(kit, report.at), rule.shown):
                    yield _finding(kit, rule, report)
        except Exception as error:  # noqa: BLE001, PERF203 - the other rules go on
            errors.setdefault(rule.code, error)


def _around(kit: Kit, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes around a node, innermost first, up to the body that is told."""
    for above in kit.parents(node):
        yield above
        if above is kit.unit.node:
            return


def _finding(kit: Kit, rule: Rule, report: Report) -> Finding:
    start, end = kit.range(report.at)
    related = tuple(kit.place(at, message) for at, message in report.related)
    fix: Fix | None = report.fix(kit) if report.fix is not None else None
    root = kit.place(report.root, "the cause") if report.root is not None else None
    path = kit.source.path
    return Finding(rule.code, rule.name, report.message, path, start, end, related, fix, root)
