"""How the time of a run grows: with lines of a tree, lines of a file, and parts of a function."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

from measure import Command, Runs, interleaved
from tables import megabytes, seconds, table
from trees import branches, module, nested_loops, variables, write_tree

_TREES = (10_000, 100_000, 1_000_000)
_FILES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
_FUNCTIONS = (
    ("Branches of one function", branches, (10, 50, 200, 500, 1_000, 2_000)),
    ("Loops inside one another", nested_loops, (5, 10, 20, 50, 98)),
    ("Coroutine objects of one function", variables, (10, 100, 500, 1_000, 2_000, 5_000)),
)


@dataclass(frozen=True, slots=True)
class _Point:
    """One size of a series, and where the code of that size is."""

    size: int
    path: Path


def grow(
    scratch: Path, repetitions: int, most_lines: int, write: Callable[[str, str], None]
) -> None:
    """Measures every series; hands one section to `write`."""
    parts = []
    trees = []
    for lines in _TREES:
        if lines <= most_lines:
            trees.append(_Point(lines, scratch / f"tree{lines}"))
            write_tree(trees[-1].path, lines)
    parts.append(_series("Lines of a tree (two processes)", trees, repetitions, jobs=2))
    files = [_point(scratch, "file", size, module(1, size)) for size in _FILES]
    parts.append(_series("Lines of one file", files, repetitions))
    for title, text, sizes in _FUNCTIONS:
        points = [_point(scratch, text.__name__, size, text(size)) for size in sizes]
        parts.append(_series(title, points, repetitions))
    write("Growth", "\n\n".join(parts))


def _point(scratch: Path, name: str, size: int, text: str) -> _Point:
    path = scratch / f"{name}{size}.py"
    path.write_text(text, encoding="utf-8")
    return _Point(size, path)


def _series(title: str, points: Sequence[_Point], repetitions: int, jobs: int = 1) -> str:
    """The table of one series.

    The exponent says how the processor's time grows from one size to the next, without what a start
    takes: 1 for twice as long on twice as much, 2 for four times as long.
    """
    start = Command("start", (sys.executable, "-c", "import libcst"))
    commands = [start, *(Command(str(p.size), _argv(str(p.path), jobs)) for p in points)]
    runs = interleaved(commands, repetitions, _say)
    net = [_net(runs[str(point.size)], runs["start"]) for point in points]
    rows = []
    for number, point in enumerate(points):
        mine = runs[str(point.size)]
        grown = ""
        if number:
            times, size = net[number] / net[number - 1], point.size / points[number - 1].size
            grown = f"{log(times) / log(size):.2f}"
        each = f"{net[number] / point.size * 1e6:,.0f} µs"
        times_taken = (seconds(mine.wall), seconds(mine.cpu))
        rows.append([f"{point.size:,}", *times_taken, each, grown, megabytes(mine.peak)])
    head = ["size", "wall", "processor", "each, without the start", "exponent", "peak memory"]
    return f"### {title}\n\n{table(head, rows)}"


def _net(mine: Runs, start: Runs) -> float:
    """Seconds beyond those that every run takes, one millisecond at least."""
    return max(mine.cpu - start.cpu, 0.001)


def _argv(path: str, jobs: int) -> tuple[str, ...]:
    options = ("--isolated", "-q", "--no-cache", "--output-format", "json", "--jobs", str(jobs))
    return (sys.executable, "-m", "asynclint", "check", *options, path)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
