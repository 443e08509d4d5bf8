"""The format for people: message, code, the steps that led there, and the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.report.colour import Paint
from asynclint.report.formats.concise import line, place
from asynclint.report.frame import frame, gutter
from asynclint.report.outcome import Outcome, stories
from asynclint.report.safe_text import one_line
from asynclint.report.summary import plural, summary

if TYPE_CHECKING:
    from asynclint.findings import Finding, Place
    from asynclint.source.text import Source


def render(outcome: Outcome) -> str:
    """A block of lines for each cause, and the count."""
    paint = Paint(outcome.colour)
    blocks = ("\n".join(_story(told, outcome, paint)) + "\n\n" for told in stories(outcome))
    return "".join(blocks) + summary(outcome)


def _story(findings: list[Finding], outcome: Outcome, paint: Paint) -> list[str]:
    """The first finding of a cause as a whole, of the others only where they are and what."""
    first, *others = findings
    lines = _block(first, outcome.sources.get(first.path), paint)
    if others:
        lines.append(f"{paint.help('same cause:')} {plural(len(others), 'more finding')}")
        lines += [f"  {line(other, paint)}" for other in others]
    return lines


def _block(finding: Finding, source: Source | None, paint: Paint) -> list[str]:
    here, steps = _label(finding)
    lines = [f"{place(finding, paint)} {paint.fault(finding.code)} {one_line(finding.message)}"]
    if source is not None:
        lines += frame(source, finding.start, finding.end, one_line(here), paint)
    lines += _trace(steps, gutter(finding.start, finding.end), paint)
    if finding.fix is not None:
        message = one_line(finding.fix.message)
        kind = "" if (level := finding.fix.applicability.value) == "display-only" else " fix"
        lines.append(f"{paint.help('help:')} {message}  [{level}{kind}]")
    return lines


def _label(finding: Finding) -> tuple[str, list[Place]]:
    """What is said at the carets themselves, and the steps that happen elsewhere."""
    spot = (finding.path, finding.start)
    here = [each for each in finding.related if (each.path, each.start) == spot]
    if not here:
        return "", list(finding.related)
    return here[-1].message, [each for each in finding.related if each is not here[-1]]


def _trace(steps: list[Place], pad: str, paint: Paint) -> list[str]:
    places = [f"{one_line(each.path)}:{each.start.row}" for each in steps]
    width = max(map(len, places), default=0)
    return [
        f"{pad}{paint.frame('=')} {where:<{width}}  {one_line(each.message)}"
        for where, each in zip(places, steps, strict=True)
    ]
