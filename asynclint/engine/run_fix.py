"""A run of `fix`: paths in, repaired files and what remains to be reported out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from asynclint.engine.discovery import discover
from asynclint.engine.examine import Examined, attempt, troubled, visible
from asynclint.engine.reading import read, read_stdin
from asynclint.engine.run import DEFAULT_MANNER, DIED, RunResult, start_of_run
from asynclint.engine.workspace import Workspace
from asynclint.findings import Failure, Finding

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from asynclint.engine.discovery import Candidate
    from asynclint.engine.run import Manner
    from asynclint.engine.settings import Settings
    from asynclint.source.text import Source


@dataclass(frozen=True, slots=True)
class How:
    """unsafe: whether unsafe fixes are applied. write: whether files are written at all."""

    unsafe: bool
    write: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A file that was, or would be, changed: its bytes before and after, and how many fixes."""

    path: str
    before: bytes
    after: bytes
    applied: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of one file; `examined` tells of the text that came out."""

    examined: Examined
    change: Change | None = None
    notes: tuple[str, ...] = ()


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
    """Repairs files and folders. A file that cannot be written is a Failure, and left as it was."""
    found = discover(paths, settings, force_exclude=manner.force_exclude)
    result = FixResult(start_of_run(found, settings))
    work = partial(fix_file, settings=settings, how=how)
    for repaired in manner.each(work, found.files, _lost):
        result.add(repaired)
    result.remaining.sort()
    return result


def fix_stdin(data: bytes, path: str, settings: Settings, how: How) -> FixResult:
    """Repairs bytes that came by standard input; nothing is written, the change tells them."""
    result = FixResult(RunResult())
    source = read_stdin(data, path)
    if isinstance(source, Finding):
        result.add(Repaired(troubled(source, settings)))
    else:
        result.add(fix_one(source, settings, How(how.unsafe, write=False)))
    return result


def fix_file(candidate: Candidate, settings: Settings, how: How) -> Repaired:
    """Repairs one file, and writes it if that is wanted."""
    source = read(candidate)
    if isinstance(source, Finding):
        return Repaired(troubled(source, settings))
    if not candidate.named and not Workspace(settings).gate(source):
        return Repaired(Examined(source.path))
    return fix_one(source, settings, how)


def fix_one(source: Source, settings: Settings, how: How) -> Repaired:
    """Repairs one text; raises nothing, an internal error is a Failure."""
    outcome: list[Repaired] = []

    def repair(_: ast.Module) -> Examined:
        outcome.append(_repaired(source, settings, how))
        return outcome[0].examined

    examined = attempt(source, settings, None, repair, Workspace(settings))
    return outcome[0] if outcome else Repaired(examined)


def _repaired(source: Source, settings: Settings, how: How) -> Repaired:
    # Imported here, because it takes libcst with it.
    from asynclint.engine.fixing import fix_source
    from asynclint.source.encode import changed_source

    fixed = fix_source(source, settings, unsafe=how.unsafe)
    if fixed.text == source.text:
        return Repaired(_remaining(source, fixed.findings), notes=fixed.notes)
    after = changed_source(source, fixed.text)
    if how.write and (failure := _written(source, fixed.text)):
        return Repaired(Examined(source.path, failure=failure))
    change = Change(source.path, source.data, after.data, fixed.applied)
    return Repaired(_remaining(after, fixed.findings), change, fixed.notes)


def _remaining(source: Source, findings: Iterable[Finding]) -> Examined:
    shown = visible(findings, source)
    return Examined(source.path, shown, source=source if shown else None)


def _written(source: Source, text: str) -> Failure | None:
    from asynclint.source.encode import CannotEncode
    from asynclint.source.write import CannotWrite, write_atomically

    try:
        write_atomically(source, text)
    except OSError as error:
        return Failure(source.path, f"not fixed: cannot be written: {error.strerror or error}")
    except (CannotEncode, CannotWrite) as error:
        reason = str(error).removeprefix(f"{source.path}: ")
        return Failure(source.path, f"not fixed: {reason}")
    return None


def _lost(candidate: Candidate) -> Repaired:
    return Repaired(Examined(candidate.path, failure=Failure(candidate.path, DIED)))
