"""asynclint on whole packages, turn by turn with ruff, flake8, flake8-async and pyright."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from measure import Command, Runs, interleaved, settled
from packages import Tools, Tree, copied, tools
from tables import megabytes, seconds, table, times

_CHECK = (sys.executable, "-m", "asynclint", "check", "--isolated", "-q", "--output-format", "json")
_RUFF = ("check", "--isolated", "--select", "ASYNC,RUF006", "--preview", "--quiet")
#: All code of these packages, and nothing of how it is laid out.
_FLAKE8 = ("-m", "flake8", "--isolated", "--select", "F,ASYNC,ASL", "-q")


@dataclass(frozen=True, slots=True)
class _Line:
    """A command and what it is compared with: names of others."""

    command: Command
    against: tuple[str, ...] = ()


def compare_tools(  # noqa: PLR0913 - as the command line has it
    sets: Sequence[tuple[str, ...]],
    cache: Path,
    scratch: Path,
    repetitions: int,
    write: Callable[[str, str], None],
    *,
    with_flake8: bool = True,
    with_pyright: bool = True,
) -> None:
    """Measures each set of packages as one tree; hands one section for each to `write`."""
    known = tools(cache)
    for names in sets:
        home = scratch / "-".join(names)
        tree = copied(names, cache, home / "tree")
        lines = [
            *_lines(tree, known, home, with_flake8=with_flake8),
            *(_pyright(tree, known) if with_pyright else ()),
        ]
        runs = interleaved([line.command for line in lines], repetitions, _say)
        head = f"{tree.files:,} files, {tree.lines:,} lines. With {', '.join(known.versions)}."
        write(tree.name, f"{head}\n\n{_table(lines, runs, tree)}")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _lines(tree: Tree, known: Tools, home: Path, *, with_flake8: bool) -> Iterator[_Line]:
    """Every command but pyright. Those that are to be compared stand near each other."""
    # One cache and one file to change for all: each run then finds what the one before has left.
    kept = ("--cache-dir", str(home / "asynclint-cache"))
    ruff_kept = ("--cache-dir", str(home / "ruff-cache"))
    touch = _Touch(max(tree.folder.rglob("*.py")))
    for jobs, cores in ((1, "1 process"), (2, "2 processes")):
        ruff = partial(_ruff, tree, known, jobs)
        check = partial(_check, tree, jobs)
        yield _Line(ruff(f"ruff cold, {cores}", "--no-cache"))
        yield _Line(check(f"asynclint cold, {cores}", "--no-cache"), (f"ruff cold, {cores}",))
        warm = f"ruff warm, {cores}"
        yield _Line(settled(ruff(warm, *ruff_kept)))
        yield _Line(settled(check(f"asynclint warm, {cores}", *kept)), (warm,))
        changed = replace(check(f"asynclint one file changed, {cores}", *kept), before=touch)
        ruff_changed = f"ruff one file changed, {cores}"
        yield _Line(changed, (f"asynclint warm, {cores}", ruff_changed))
        yield _Line(ruff(ruff_changed, *ruff_kept))
        if with_flake8:
            yield from _flake8(tree, known, jobs, cores)


def _flake8(tree: Tree, known: Tools, jobs: int, cores: str) -> Iterator[_Line]:
    plugin = "flake8 with asynclint's plugin"
    for name, python, *options in (
        ("flake8", known.plain),
        ("flake8 with flake8-async", known.asynced),
        (f"{plugin}, cold", known.plugged, "--asynclint-no-cache"),
        (f"{plugin}, one file changed", known.plugged),
        (f"{plugin}, warm", known.plugged),
    ):
        argv = (str(python), *_FLAKE8, *options, "--jobs", str(jobs), ".")
        against = () if name == "flake8" else (f"flake8, {cores}", f"asynclint cold, {cores}")
        command = Command(f"{name}, {cores}", argv, tree.folder)
        yield _Line(settled(command) if name.endswith("warm") else command, against)


def _pyright(tree: Tree, known: Tools) -> Iterator[_Line]:
    if known.pyright:
        command = Command("pyright", (*known.pyright, "--level", "error", "."), tree.folder)
        yield _Line(command, ("asynclint cold, 1 process",))


def _ruff(tree: Tree, known: Tools, jobs: int, name: str, *options: str) -> Command:
    argv = (str(known.ruff), *_RUFF, *options, ".")
    return Command(name, argv, tree.folder, environment={"RAYON_NUM_THREADS": str(jobs)})


def _check(tree: Tree, jobs: int, name: str, *options: str) -> Command:
    return Command(name, (*_CHECK, "--jobs", str(jobs), *options, "."), tree.folder)


class _Touch:
    """Makes a file another one before each run, by a comment at its end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._text = file.read_bytes()
        self._count = 0

    def __call__(self) -> None:
        self._count += 1
        self._file.write_bytes(self._text + b"# changed %d times\n" % self._count)


def _table(lines: Sequence[_Line], runs: dict[str, Runs], tree: Tree) -> str:
    head = ["run", "wall", "processor", "lines a second", "peak memory", "times as long as"]
    rows = []
    for line in lines:
        mine = runs[line.command.name]
        ratios = [f"{times(mine.ratio(runs[other]))} of {other}" for other in line.against]
        rows.append(
            [
                line.command.name,
                seconds(mine.wall),
                seconds(mine.cpu),
                f"{tree.lines / mine.wall:,.0f}",
                megabytes(mine.peak),
                "<br>".join(ratios),
            ]
        )
    return table(head, rows)
