"""The last lines of a report: how many findings, how many of them can be repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.findings import Applicability
from asynclint.report.colour import Paint
from asynclint.report.outcome import stories

if TYPE_CHECKING:
    from asynclint.report.outcome import Outcome


def summary(outcome: Outcome) -> str:
    """The summary with its newline, "" where none is wanted."""
    if not outcome.summary:
        return ""
    paint = Paint(outcome.colour)
    if not outcome.findings:
        return f"{paint.good('All checks passed!')}\n"
    found = f"Found {plural(len(outcome.findings), 'error')}{_causes(outcome)}."
    return "\n".join([found, *_fixable(outcome, paint)]) + "\n"


def _causes(outcome: Outcome) -> str:
    causes = len(stories(outcome))
    return "" if causes == len(outcome.findings) else f" with {plural(causes, 'cause')}"


def plural(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _fixable(outcome: Outcome, paint: Paint) -> list[str]:
    safe = outcome.count(Applicability.SAFE)
    unsafe = outcome.count(Applicability.UNSAFE)
    if not safe and not unsafe:
        return []
    more = f" ({unsafe} more with `--unsafe-fixes`)" if unsafe else ""
    return [f"{paint.help('[*]')} {safe} fixable with `asynclint fix`{more}."]
