"""What a writer is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asynclint.findings import Applicability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asynclint.findings import Finding
    from asynclint.source.text import Source


#: What standard input is called where nobody gave it a name.
STDIN = "-"


@dataclass(frozen=True)
class Outcome:
    """The findings of a run, in the order in which they are to be written.

    sources: the files' texts by path, for code frames; one may be missing. colour: whether the
    text is for a terminal that shows colours. summary: whether to end with a count.
    """

    findings: Sequence[Finding]
    sources: Mapping[str, Source]
    colour: bool = False
    summary: bool = True

    def count(self, applicability: Applicability) -> int:
        """How many of the findings have a fix of this kind."""
        fixes = (finding.fix for finding in self.findings)
        return sum(fix is not None and fix.applicability is applicability for fix in fixes)


def stories(outcome: Outcome) -> list[list[Finding]]:
    """The findings by their cause, in the order of the first one of each."""
    found: dict[object, list[Finding]] = {}
    for finding in outcome.findings:
        found.setdefault(finding.cause, []).append(finding)
    return list(found.values())


def is_safe(finding: Finding) -> bool:
    """Whether `asynclint fix` repairs it without further options."""
    return finding.fix is not None and finding.fix.applicability is Applicability.SAFE


def absolute(path: str) -> str:
    """The path for programs that may run elsewhere."""
    return path if path == STDIN else str(Path(path).absolute())
