"""Work on many files, in this process or in several; the results come in order either way.

The processes are known as a `concurrent.futures.Executor` only, so that the executor of another
engine can stand in for them.
"""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from asynclint.engine.chunks import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    #: Makes an executor with so many workers; what it is made for ends with the context.
    Executors = Callable[[int], AbstractContextManager[Executor]]

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Bytes of source below which starting processes costs more than they save.
_MUCH = 200_000


def processes_for(sizes: Sequence[int], jobs: int | None) -> int:
    """How many processes to use: what was asked for, by default what the run is worth.

    sizes: of the files, in bytes.
    """
    if jobs is None:
        jobs = _processors() if sum(sizes) >= _MUCH else 1
    return max(1, min(jobs, len(sizes)))


def processes(workers: int) -> AbstractContextManager[Executor]:
    """Processes of this machine."""
    # Slow to import, and most runs have one process.
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(workers, initializer=_ignore_interrupt)


def given(executor: Executor) -> Executors:
    """An executor that someone else made and ends.

    It must run its tasks in other processes, or one at a time, and say by `BrokenExecutor` that it
    has lost one.
    """
    return lambda _: nullcontext(executor)


@dataclass(frozen=True)
class Pool(Generic[Item, Result]):
    """Work that is done by several at once.

    work: a picklable function that raises nothing. lost: the result for an item on which the
    process itself died (native code can crash); the others are still worked on. told: is called
    with the number of items whenever some more are done.
    """

    work: Callable[[Item], Result]
    lost: Callable[[Item], Result]
    told: Callable[[int], object]
    workers: int
    executors: Executors

    def results(self, items: Sequence[Item], sizes: Sequence[int]) -> list[Result]:
        """The result for each item, in order; sizes: how much work each of them is."""
        from concurrent.futures import BrokenExecutor

        done: dict[int, Result] = {}
        try:
            self._in_chunks(items, chunks(sizes, self.workers), done)
        except BrokenExecutor:
            self._one_by_one(items, [i for i in range(len(items)) if i not in done], done)
        return [done[index] for index in range(len(items))]

    def _in_chunks(
        self, items: Sequence[Item], parts: Sequence[range], done: dict[int, Result]
    ) -> None:
        from concurrent.futures import as_completed

        with self.executors(self.workers) as executor:
            futures = {
                executor.submit(_each, self.work, [items[i] for i in part]): part for part in parts
            }
            try:
                for future in as_completed(futures):
                    done.update(zip(futures[future], future.result(), strict=True))
                    self.told(len(done))
            finally:
                for future in futures:
                    future.cancel()

    def _one_by_one(
        self, items: Sequence[Item], remaining: Sequence[int], done: dict[int, Result]
    ) -> None:
        """Finds out on which items a process dies: one process, one item at a time."""
        from concurrent.futures import BrokenExecutor

        waiting = list(reversed(remaining))
        while waiting:
            try:
                with self.executors(1) as executor:
                    while waiting:
                        (result,) = executor.submit(_each, self.work, [items[waiting[-1]]]).result()
                        done[waiting.pop()] = result
                        self.told(len(done))
            except BrokenExecutor:  # noqa: PERF203 - one item is told apart
                at = waiting.pop()
                done[at] = self.lost(items[at])


def _each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [work(item) for item in items]


def in_turn(
    work: Callable[[Item], Result], items: Sequence[Item], told: Callable[[int], object]
) -> Iterator[Result]:
    """The result for each item, made in this process."""
    for done, item in enumerate(items, 1):
        yield work(item)
        told(done)


def _ignore_interrupt() -> None:
    """Leaves Ctrl-C to the first process: it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
