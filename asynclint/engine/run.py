"""A run of `check`: paths in, everything that is to be reported out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from asynclint.engine.chunks import sizes_of
from asynclint.engine.collector import seldom_collected
from asynclint.engine.discovery import discover
from asynclint.engine.examine import examine, troubled
from asynclint.engine.pool import Pool, given, in_turn, processes, processes_for
from asynclint.engine.reading import read, read_stdin
from asynclint.engine.result import Examined, RunResult
from asynclint.engine.workspace import Workspace
from asynclint.findings import Failure, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from asynclint.engine.cache.cached import Cache
    from asynclint.engine.discovery import Candidate, Discovered
    from asynclint.engine.settings import Settings

    Progress = Callable[[int, int], None]

Result = TypeVar("Result")

DIED = "the process that analysed this file died; please report it"


@dataclass(frozen=True)
class Manner:
    """How a run is done, whatever it does.

    jobs: number of processes, None to decide by the size of the files. force_exclude: whether
    `exclude` holds for files that are named, too. progress: is told how many of how many are done.
    executor: does the work in place of processes of this machine; see `pool.given`.
    """

    jobs: int | None = None
    force_exclude: bool = False
    progress: Progress | None = None
    executor: Executor | None = None

    def each(
        self,
        work: Callable[[Candidate], Result],
        files: Sequence[Candidate],
        lost: Callable[[Candidate], Result],
    ) -> Iterator[Result]:
        """What `work` makes of each file, in order; see `Pool`."""
        sizes = sizes_of([each.path for each in files])
        workers = processes_for(sizes, self.jobs)
        executors = processes if self.executor is None else given(self.executor)

        def told(done: int) -> None:
            if self.progress is not None:
                self.progress(done, len(files))

        with seldom_collected():
            if workers == 1 and self.executor is None:
                yield from in_turn(work, files, told)
            else:
                yield from Pool(work, lost, told, workers, executors).results(files, sizes)


DEFAULT_MANNER = Manner()


def check_paths(
    paths: Iterable[str],
    settings: Settings,
    manner: Manner = DEFAULT_MANNER,
    cache: Cache | None = None,
) -> RunResult:
    """Checks files and folders; raises nothing for a file's sake.

    cache: what is known of earlier runs on the same paths with the same settings.
    """
    if cache is not None:
        return cache.check(paths, settings, manner)
    found = discover(paths, settings, force_exclude=manner.force_exclude)
    result = start_of_run(found, settings)
    work = partial(check_file, settings=settings, workspace=Workspace(settings))
    for examined in manner.each(work, found.files, lost):
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
    path = os.path.abspath(candidate.path)  # noqa: PTH100 - as keys are
    if workspace.asked is not None:
        data = None if isinstance(source, Finding) else source.data
        workspace.asked.text(path, data)
    if isinstance(source, Finding):
        return troubled(source, settings)
    examined = examine(source, settings, gate=not candidate.named, workspace=workspace)
    workspace.note_reads(path)
    return examined


def lost(candidate: Candidate) -> Examined:
    """What is told of a file on which the process died."""
    return Examined(candidate.path, failure=Failure(candidate.path, DIED))
