"""One line a finding, for eyes that know the rules and for `errorformat` and its like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.report.colour import Paint
from asynclint.report.outcome import Outcome, is_safe
from asynclint.report.safe_text import one_line
from asynclint.report.summary import summary

if TYPE_CHECKING:
    from asynclint.findings import Finding


def render(outcome: Outcome) -> str:
    """`path:row:col: CODE [*] message`, and the count."""
    paint = Paint(outcome.colour)
    lines = (f"{line(finding, paint)}\n" for finding in outcome.findings)
    return "".join(lines) + summary(outcome)


def line(finding: Finding, paint: Paint) -> str:
    """A finding without its newline."""
    mark = f" {paint.help('[*]')}" if is_safe(finding) else ""
    return f"{place(finding, paint)} {paint.fault(finding.code)}{mark} {one_line(finding.message)}"


def place(finding: Finding, paint: Paint) -> str:
    """`path:row:col:`."""
    path = paint.path(one_line(finding.path))
    return f"{path}:{finding.start.row}:{finding.start.column}:"
