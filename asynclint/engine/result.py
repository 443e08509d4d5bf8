"""What a run of `check` found, and what became of each file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asynclint.findings import Failure, Finding
    from asynclint.source.text import Source


@dataclass(frozen=True, slots=True)
class Examined:
    """What became of one file; `source` comes along where there is something to show of it.

    notes: what was left out of the analysis.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    failure: Failure | None = None
    source: Source | None = None
    notes: tuple[str, ...] = ()

    def places(self) -> set[str]:
        """The files, as they are shown to people, in which findings have places or fixes edits."""
        found: set[str] = set()
        for each in self.findings:
            found.update(place.path for place in each.related)
            if each.root is not None:
                found.add(each.root.path)
            fix = each.fix
            while fix is not None:
                found.update(edit.path for edit in fix.edits)
                fix = fix.otherwise
        return found


@dataclass
class RunResult:
    """What a run found: in order of path and place, whatever the order of work.

    sources: the text of each file with findings, by its path. files: how many were looked at.
    notes: what was left out of the analysis, a line each.
    """

    findings: list[Finding] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    files: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, examined: Examined) -> None:
        """Takes in what became of one file."""
        self.files += 1
        self.findings.extend(examined.findings)
        self.notes.extend(examined.notes)
        if examined.failure is not None:
            self.failures.append(examined.failure)
        if examined.source is not None:
            self.sources[examined.path] = examined.source

    def sort(self) -> None:
        """Puts everything into the order of reports."""
        self.findings.sort(key=lambda finding: finding.sort_key)
        self.failures.sort(key=lambda failure: (failure.path, failure.row, failure.message))
