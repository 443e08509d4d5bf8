"""One file in, findings out: index, candidates, stories, rules, places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from asynclint.engine.candidates import may_matter, telling_words
from asynclint.engine.select import rules_for
from asynclint.facts import standard_facts
from asynclint.findings import Finding, Fix, Place
from asynclint.fixes.kit import Kit
from asynclint.flow.program import Program, Unit
from asynclint.model.declared import Module
from asynclint.model.index import index_module
from asynclint.rules import Report, Rule

if TYPE_CHECKING:
    from asynclint.engine.settings import Settings
    from asynclint.source.text import Source


class RuleError(Exception):
    """A rule failed on a file: an error of the tool, not of the file. `code` names the rule."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code} failed")
        self.code = code


def check_source(
    source: Source, settings: Settings, tree: ast.Module | None = None
) -> list[Finding]:
    """The findings of the selected rules on one file, in order of place; `noqa` is not heeded.

    tree: the file's `ast`, if the caller has it. Raises SyntaxError where CPython cannot parse the
    file, RuleError where a rule fails.
    """
    if tree is None:
        tree = ast.parse(source.text)
    module = index_module(tree, _module_name(source.path), source.path)
    rules = [rule() for rule in rules_for(settings, source.path)]
    if not rules:
        return []
    words = telling_words(module)
    program = Program(source, module, standard_facts(), lambda f: may_matter(f, words))
    findings: dict[object, Finding] = {}
    for unit in _units(program, module, words):
        for finding in _findings(program, unit, rules, tree):
            findings.setdefault((finding.code, finding.start, finding.end), finding)
    return sorted(findings.values(), key=lambda finding: finding.sort_key)


def _module_name(path: str) -> str:
    pure = PurePath(path)
    return pure.parent.name if pure.stem == "__init__" else pure.stem


def _units(program: Program, module: Module, words: set[str]) -> Iterator[Unit]:
    """The bodies that could hold a finding: only their text is parsed."""
    for function in module.functions:
        if may_matter(function, words):
            unit = program.unit(function)
            if unit is not None:
                yield unit
    if not words.isdisjoint(module.mentions):
        yield program.module_unit()


def _findings(
    program: Program, unit: Unit, rules: list[Rule], tree: ast.Module
) -> Iterator[Finding]:
    story = program.story(unit)
    if story is None or not story.complete:
        return
    kit = Kit(program, unit, tree, story)
    for rule in rules:
        try:
            for report in rule.check(story):
                yield _finding(program, kit, rule, report)
        except Exception as error:  # noqa: PERF203 - one rule's failure is told apart
            raise RuleError(rule.code) from error


def _finding(program: Program, kit: Kit, rule: Rule, report: Report) -> Finding:
    start, end = kit.range(report.at)
    path = program.source.path
    related = tuple(Place(path, *kit.range(node), message) for node, message in report.related)
    fix: Fix | None = report.fix(kit) if report.fix is not None else None
    return Finding(rule.code, rule.name, report.message, path, start, end, related, fix)
