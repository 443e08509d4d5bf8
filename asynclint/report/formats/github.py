"""Workflow commands of GitHub Actions, which become annotations on a pull request.

The escapes are those of `actions/toolkit`, `packages/core/src/command.ts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.report.outcome import absolute

if TYPE_CHECKING:
    from asynclint.findings import Finding
    from asynclint.report.outcome import Outcome

_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


def render(outcome: Outcome) -> str:
    """One command a finding."""
    return "".join(f"{_command(finding)}\n" for finding in outcome.findings)


def _command(finding: Finding) -> str:
    properties = {
        "title": f"asynclint ({finding.code})",
        "file": absolute(finding.path),
        "line": str(finding.start.row),
        **_columns(finding),
        "endLine": str(finding.end.row),
    }
    listed = ",".join(f"{key}={_escape(value, _IN_PROPERTY)}" for key, value in properties.items())
    return f"::error {listed}::{_escape(_message(finding), _IN_MESSAGE)}"


def _columns(finding: Finding) -> dict[str, str]:
    """The runner takes columns only where the range lies on one line."""
    if finding.start.row != finding.end.row:
        return {}
    return {"col": str(finding.start.column), "endColumn": str(finding.end.column)}


def _message(finding: Finding) -> str:
    steps = (f"{each.path}:{each.start.row}: {each.message}" for each in finding.related)
    cure = [] if finding.fix is None else [f"help: {finding.fix.message}"]
    first = f"{finding.path}:{finding.start.row}:{finding.start.column}: {finding.code}"
    return "\n".join([f"{first} {finding.message}", *steps, *cure])


def _escape(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(each, each) for each in text)
