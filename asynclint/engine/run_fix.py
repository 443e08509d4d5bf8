"""A run of `fix`: paths in, repaired files and what remains to be reported out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from asynclint.engine.discovery import discover
from asynclint.engine.examine import attempt, troubled, visible
from asynclint.engine.links import written_and_read
from asynclint.engine.reading import read, read_stdin
from asynclint.engine.repaired import Change, How, Repaired
from asynclint.engine.result import Examined, RunResult
from asynclint.engine.run import DEFAULT_MANNER, DIED, check_file, start_of_run
from asynclint.engine.run_spread import repair_across
from asynclint.engine.workspace import Workspace
from asynclint.engine.writing import write_repaired
from asynclint.findings import Failure, Finding

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from asynclint.engine.discovery import Candidate
    from asynclint.engine.run import Manner
    from asynclint.engine.settings import Settings
    from asynclint.source.text import Source


@dataclass
class FixResult:
    """What remains after the fixes, what was changed, and remarks on fixes that were taken back."""

    remaining: RunResult
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def applied(self) -> int:
        """The number of fixes in all files."""
        return sum(change.applied for change in self.changes)

    def add(self, repaired: Repaired) -> None:
        """Takes in what became of one file."""
        self.remaining.add(repaired.examined)
        self.notes.extend(repaired.notes)
        if repaired.change is not None:
            self.changes.append(repaired.change)


def fix_paths(
    paths: Iterable[str], settings: Settings, how: How, manner: Manner = DEFAULT_MANNER
) -> FixResult:
    """Repairs files and folders. A file that cannot be written is a Failure, and left as it was.

    Links that are met in a folder are checked and not written; see `written_and_read`.
    """
    found = discover(paths, settings, force_exclude=manner.force_exclude)
    result = FixResult(start_of_run(found, settings))
    work = partial(fix_file, settings=settings, how=how, workspace=Workspace(settings))
    files, links = written_and_read(found.files)
    alone = list(manner.each(work, files, _lost))
    repaired, together = repair_across(alone, files, settings, how)
    for each in write_repaired(repaired, together) if how.write else repaired:
        result.add(each)
    around = Workspace(settings)  # as it is now that the files are written
    for link in links:
        result.remaining.add(check_file(link, settings, around))
    result.remaining.sort()
    return result


def fix_stdin(data: bytes, path: str, settings: Settings, how: How) -> FixResult:
    """Repairs bytes that came by standard input; nothing is written, the change tells them."""
    result = FixResult(RunResult())
    source = read_stdin(data, path)
    if isinstance(source, Finding):
        result.add(Repaired(troubled(source, settings)))
    else:
        result.add(fix_one(source, settings, How(how.unsafe, write=False, spread=False)))
    return result


def fix_file(candidate: Candidate, settings: Settings, how: How, workspace: Workspace) -> Repaired:
    """Repairs one file by fixes that stay within it; nothing is written.

    workspace: the program as it was before any fix.
    """
    source = read(candidate)
    if isinstance(source, Finding):
        return Repaired(troubled(source, settings))
    if not candidate.named and not workspace.gate(source):
        return Repaired(Examined(source.path))
    return fix_one(source, settings, how, workspace)


def fix_one(
    source: Source, settings: Settings, how: How, workspace: Workspace | None = None
) -> Repaired:
    """Repairs one text; raises nothing, an internal error is a Failure."""
    outcome: list[Repaired] = []
    space = workspace if workspace is not None else Workspace(settings)

    def repair(tree: ast.Module) -> Examined:
        outcome.append(_repaired(source, tree, settings, how, space))
        return outcome[0].examined

    examined = attempt(source, settings, None, repair, space)
    return outcome[0] if outcome else Repaired(examined)


def _repaired(
    source: Source, tree: ast.Module, settings: Settings, how: How, space: Workspace
) -> Repaired:
    # Imported here, because it takes libcst with it.
    from asynclint.engine.check import check_source
    from asynclint.engine.fixing import fix_source
    from asynclint.source.encode import changed_source

    def check(text: Source, settings: Settings) -> list[Finding]:
        # Only what is as it was can be told with what is known of the program so far.
        known = (tree, space) if text is source else (None, space.anew())
        found = check_source(text, settings, *known)
        return found if how.spread else [_within_file(each) for each in found]

    fixed = fix_source(source, settings, unsafe=how.unsafe, check=check)
    after = source if fixed.text == source.text else changed_source(source, fixed.text)
    shown = visible(fixed.findings, after)
    notes = space.omissions.of(source.path)
    examined = Examined(source.path, shown, source=after if shown else None, notes=notes)
    if after is source and not shown:
        return Repaired(examined, notes=fixed.notes)
    return Repaired(examined, source, after, fixed.applied, fixed.notes)


def _within_file(finding: Finding) -> Finding:
    """The finding with a fix of its own file alone, if it has one."""
    if finding.fix is None or not finding.fix.spreads:
        return finding
    return replace(finding, fix=finding.fix.otherwise)


def _lost(candidate: Candidate) -> Repaired:
    return Repaired(Examined(candidate.path, failure=Failure(candidate.path, DIED)))
