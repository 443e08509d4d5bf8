"""Runs commands turn by turn and tells medians of time, and the memory of the largest process."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median


class MeasureError(Exception):
    """A command failed, so that its time says nothing."""


def nothing() -> None:
    """What goes before a command that needs no preparation."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line to be timed.

    name: what it is called in tables. cwd: where it runs. stdin: the file that it reads. before:
    what is done, untimed, before each run. statuses: exit statuses of a run that did its work.
    """

    name: str
    argv: tuple[str, ...]
    cwd: Path | None = None
    stdin: Path = Path(os.devnull)
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = nothing
    statuses: tuple[int, ...] = (0, 1)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds on the clock, seconds of all processors, bytes of the largest process."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Runs:
    """All runs of one command, in order."""

    runs: tuple[Run, ...]

    @property
    def wall(self) -> float:
        """The median of the seconds on the clock."""
        return median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """The median of the seconds of all processors."""
        return median(run.cpu for run in self.runs)

    @property
    def peak(self) -> int:
        """The largest memory of any process, in bytes."""
        return max(run.peak for run in self.runs)

    def ratio(self, other: Runs, what: Callable[[Run], float] = lambda run: run.wall) -> float:
        """The median of the ratios of the pairs of runs that followed one another.

        Other work on the machine slows both of a pair, so the ratio is steadier than the times.
        """
        pairs = zip(self.runs, other.runs, strict=True)
        return median(what(mine) / what(others) for mine, others in pairs)


def interleaved(
    commands: Sequence[Command], repetitions: int, told: Callable[[str], None] = lambda _: None
) -> dict[str, Runs]:
    """The runs of each command by its name: all of them once untimed, then turn by turn.

    The first round fills the caches of the system and of Python. told: is given a line a run.
    Raises MeasureError.
    """
    found: dict[str, list[Run]] = {command.name: [] for command in commands}
    for turn in range(-1, repetitions):
        for command in commands:
            run = run_once(command)
            if turn >= 0:
                found[command.name].append(run)
                told(f"{turn + 1}/{repetitions} {command.name}: {run.wall:.3f} s")
    return {name: Runs(tuple(runs)) for name, runs in found.items()}


def run_once(command: Command) -> Run:
    """Runs a command to its end. Raises MeasureError where its status is none of those expected.

    The memory is `ru_maxrss` of the process and of those that it waited for; Linux counts what
    this process had when it started the command, too, so nothing here may grow large.
    """
    command.before()
    with tempfile.TemporaryFile() as said, command.stdin.open("rb") as given:
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the commands of this benchmark
            command.argv,
            cwd=command.cwd,
            env={**_as_users_have_it(), **command.environment},
            stdin=given,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        _, waited, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        # What `wait4` has reaped, Popen cannot wait for any more.
        process.returncode = status = os.waitstatus_to_exitcode(waited)
        if status not in command.statuses:
            said.seek(0)
            text = said.read().decode("utf-8", "replace")[-2000:]
            raise MeasureError(f"{shlex.join(command.argv)}: exit status {status}\n{text}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _MAXRSS_UNIT)


def settled(command: Command) -> Command:
    """The command as it is the second time in a row.

    A run just after a change cannot tell by the times of a file that it holds what it held.
    """

    def once() -> None:
        run_once(command)

    return replace(command, before=once)


def _as_users_have_it() -> dict[str, str]:
    """The environment without what changes how Python starts: `PYTHONDONTWRITEBYTECODE`, for one.

    With that, a working tree is compiled anew in each run, and an installed package is not.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


#: getrusage(2): kilobytes on Linux, bytes on macOS.
_MAXRSS_UNIT = 1 if os.uname().sysname == "Darwin" else 1024
