"""A run of `check`: paths in, everything that is to be reported out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from asynclint.engine.collector import seldom_collected
from asynclint.engine.discovery import discover
from asynclint.engine.examine import Examined, examine, troubled
from asynclint.engine.pool import processes_for, run_each
from asynclint.engine.reading import read, read_stdin
from asynclint.engine.workspace import Workspace
from asynclint.findings import Failure, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from asynclint.engine.discovery import Candidate, Discovered
    from asynclint.engine.settings import Settings
    from asynclint.source.text import Source

    Progress = Callable[[int, int], None]

Result = TypeVar("Result")

DIED = "the process that analysed this file died; please report it"


@dataclass(frozen=True)
class Manner:
    """How a run is done, whatever it does.

    jobs: number of processes, None to decide by the number of files. force_exclude: whether
    `exclude` holds for files that are named, too. progress: is told how many of how many are done.
    """

    jobs: int | None = None
    force_exclude: bool = False
    progress: Progress | None = None

    def each(
        self,
        work: Callable[[Candidate], Result],
        files: Sequence[Candidate],
        lost: Callable[[Candidate], Result],
    ) -> Iterator[Result]:
        """What `work` makes of each file, in order; see `run_each`."""
        processes = processes_for(len(files), self.jobs)
        for done, result in enumerate(run_each(work, files, processes, lost), 1):
            yield result
            if self.progress is not None:
                self.progress(done, len(files))


DEFAULT_MANNER = Manner()


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


def check_paths(
    paths: Iterable[str],
    settings: Settings,
    manner: Manner = DEFAULT_MANNER,
) -> RunResult:
    """Checks files and folders; raises nothing for a file's sake."""
    found = discover(paths, settings, force_exclude=manner.force_exclude)
    result = start_of_run(found, settings)
    work = partial(check_file, settings=settings, workspace=Workspace(settings))
    with seldom_collected():
        for examined in manner.each(work, found.files, _lost):
            result.add(examined)
    result.sort()
    return result


def start_of_run(found: Discovered, settings: Settings) -> RunResult:
    """A result that holds what went wrong before the first file."""
    result = RunResult(failures=list(found.failures))
    for finding in found.findings:
        result.findings.extend(troubled(finding, settings).findings)
    return result


def check_stdin(data: bytes, path: str, settings: Settings) -> RunResult:
    """Checks bytes that came by standard input as if they were the file at `path`."""
    result = RunResult()
    source = read_stdin(data, path)
    if isinstance(source, Finding):
        result.add(troubled(source, settings))
    else:
        result.add(examine(source, settings, gate=False))
    return result


def check_file(candidate: Candidate, settings: Settings, workspace: Workspace) -> Examined:
    """Checks one file.

    A file that a person named is parsed in any case: who names it wants to know whether it could
    be read. Of the files of a folder, those without any word of async code are passed over.
    """
    source = read(candidate)
    if isinstance(source, Finding):
        return troubled(source, settings)
    return examine(source, settings, gate=not candidate.named, workspace=workspace)


def _lost(candidate: Candidate) -> Examined:
    return Examined(candidate.path, failure=Failure(candidate.path, DIED))
