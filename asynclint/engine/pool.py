"""Work on many files, in this process or in several; the results come in order either way."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ProcessPoolExecutor

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Below this number of files, starting processes costs more than they save.
_MANY = 100
_CHUNK = 8


def processes_for(files: int, jobs: int | None) -> int:
    """How many processes to use: what was asked for, by default what the run is worth."""
    if jobs is None:
        jobs = _processors() if files >= _MANY else 1
    return max(1, min(jobs, files))


def run_each(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    processes: int,
    lost: Callable[[Item], Result],
) -> Iterator[Result]:
    """The result for each item, in order.

    work: a picklable function that raises nothing. lost: the result for an item on which the
    process itself died (native code can crash); the others are still worked on.
    """
    if processes == 1:
        yield from map(work, items)
    else:
        yield from _in_processes(work, items, processes, lost)


def _in_processes(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    processes: int,
    lost: Callable[[Item], Result],
) -> Iterator[Result]:
    from concurrent.futures.process import BrokenProcessPool

    done = 0
    try:
        with _pool(processes) as pool:
            for result in pool.map(work, items, chunksize=_CHUNK):
                done += 1
                yield result
    except BrokenProcessPool:
        yield from _one_by_one(work, items[done:], lost)


def _one_by_one(
    work: Callable[[Item], Result], items: Sequence[Item], lost: Callable[[Item], Result]
) -> Iterator[Result]:
    """Finds out on which items a process dies: one process, one item at a time."""
    from concurrent.futures.process import BrokenProcessPool

    waiting = list(reversed(items))
    while waiting:
        with _pool(1) as pool:
            try:
                while waiting:
                    yield pool.submit(work, waiting[-1]).result()
                    waiting.pop()
            except BrokenProcessPool:
                yield lost(waiting.pop())


def _pool(processes: int) -> ProcessPoolExecutor:
    # Slow to import, and most runs have one process.
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(processes, initializer=_ignore_interrupt)


def _ignore_interrupt() -> None:
    """Leaves Ctrl-C to the first process: it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
