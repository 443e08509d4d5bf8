"""Kills `asynclint fix` at many moments, and looks at what became of each file.

    python scripts/kills.py                          500 kills, on a tree of 300 files
    python scripts/kills.py --kills 20 --files 30    fewer

The tree is made of the fixtures that show a fault, some of them with CRLF. It is repaired once
without any disturbance; then, for each kill, it is as it was at first, a process repairs it and is
ended by SIGKILL. The moments are of three kinds:

run     the command line, at a random time
write   the part of a run that writes files, in a process that has done all before, at a random time
step    the same part for two files that one fix has edited, at one call or return of a function
        written in C after another: system calls are among these, so no state of the files is missed

Each file must then hold its old bytes or its new ones; beside the files of the tree only
`.asynclint-*.tmp` may lie there, which nothing reads.

Exit status: 0 all files are whole; 1 one is not, or a file is there that should not be.
"""
# ruff: noqa: INP001 - a script, not a module of a package

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import click

from asynclint.engine.discovery import discover
from asynclint.engine.repaired import How, Repaired
from asynclint.engine.run_fix import fix_file
from asynclint.engine.run_spread import repair_across
from asynclint.engine.settings import Settings
from asynclint.engine.workspace import Workspace
from asynclint.engine.writing import write_repaired

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "tests" / "fixtures"
COMMAND = ("-m", "asynclint", "fix", "--isolated", "--unsafe-fixes", "--exit-zero", "-q", ".")

Content = dict[Path, bytes]
Together = list[frozenset[str]]


def planted(files: int) -> Content:
    """The contents of a tree of that many files or, so that no case is cut in two, some fewer."""
    content: Content = {}
    for case in sorted(FIXTURES.glob("*/raises_*"), key=lambda each: (-_repaired(each), each)):
        found = sorted(case.rglob("*.py")) if case.is_dir() else [case]
        if len(content) + len(found) > files:
            continue
        for path in found:
            data = path.read_bytes()
            crlf = data.replace(b"\n", b"\r\n") if len(content) % 5 == 0 else data
            content[path.relative_to(FIXTURES)] = crlf
    return content


def _repaired(case: Path) -> int:
    """In how many files the repair of a fixture differs from it."""
    cure = case.with_name(case.name.replace("raises_", "fixed_"))
    files = [case] if case.is_file() else case.rglob("*.py")
    pairs = [(file, cure / file.relative_to(case)) for file in files] if cure.exists() else []
    return sum(new.is_file() and new.read_bytes() != old.read_bytes() for old, new in pairs)


def put(content: Content) -> None:
    """Makes the current folder's files what `content` says, and removes all others."""
    for path in _files():
        if path not in content:
            path.unlink()
    for path, data in content.items():
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def present() -> Content:
    """The files of the current folder with what they hold."""
    return {path: path.read_bytes() for path in _files()}


def _files() -> list[Path]:
    return [path for path in Path().rglob("*") if path.is_file()]


# --- what a kill has left ----------------------------------------------------------------------


@dataclass
class Tally:
    """What the kills of one kind have left; harmed: what should not be, one line each."""

    stages: Counter[str] = field(default_factory=Counter)
    survived: int = 0
    leftovers: int = 0
    halves: int = 0
    harmed: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The figures on one line."""
        stages = ", ".join(f"{self.stages[name]} {name}" for name in ("before", "amid", "after"))
        return (
            f"{self.stages.total()} kills ({stages} the first and last change;"
            f" {self.survived} too late), {self.leftovers} temporary files left,"
            f" {self.halves} fixes made in a part of their files, {len(self.harmed)} files harmed"
        )


@dataclass(frozen=True)
class Tree:
    """The files before and after, and those that one fix has edited."""

    before: Content
    after: Content
    together: Together

    def judge(self, tally: Tally, *, killed: bool) -> None:
        """Looks at what is there and counts it."""
        now = present()
        changed = {path for path in self.before if self.before[path] != self.after[path]}
        new = {path for path in changed if now.get(path) == self.after[path]}
        for path, old in self.before.items():
            if now.get(path) not in (old, self.after[path]):
                tally.harmed.append(f"{path}: {'mixed or cut' if path in now else 'gone'}")
        for path in now.keys() - self.before.keys():
            if path.name.startswith(".asynclint-") and path.suffix == ".tmp":
                tally.leftovers += 1
            else:
                tally.harmed.append(f"{path}: should not be there")
        groups = [{Path(each) for each in group} & changed for group in self.together]
        tally.halves += sum(0 < len(group & new) < len(group) for group in groups)
        tally.stages["after" if new == changed else "amid" if new else "before"] += 1
        tally.survived += not killed


# --- kills -------------------------------------------------------------------------------------


def kill_run(chance: random.Random, seconds: float) -> bool:
    """Starts the command line and kills it; False if it had ended by itself."""
    running = subprocess.Popen([sys.executable, *COMMAND], stdout=subprocess.DEVNULL)  # noqa: S603
    with contextlib.suppress(subprocess.TimeoutExpired):
        running.wait(chance.uniform(0, seconds))
    running.kill()
    return running.wait() == -signal.SIGKILL


def kill_writing(work: Callable[[], object], chance: random.Random, seconds: float) -> bool:
    """Does work in a copy of this process and kills that; False if it had ended by itself."""
    child = _forked(work)
    time.sleep(chance.uniform(0, seconds))
    os.kill(child, signal.SIGKILL)
    return _ended_by_kill(child)


def kill_at_step(work: Callable[[], object], step: int) -> bool:
    """Does work in a copy of this process that kills itself; False if it has fewer steps."""
    left = step

    def count(_frame: FrameType, event: str, _argument: Any) -> None:  # noqa: ANN401 - as sys has it
        nonlocal left
        if event.startswith("c_"):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def counted() -> None:
        sys.setprofile(count)
        work()

    return _ended_by_kill(_forked(counted))


def _forked(work: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            work()
        os._exit(0)
    return child


def _ended_by_kill(child: int) -> bool:
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


# --- the measurement ---------------------------------------------------------------------------


def repaired_tree() -> tuple[list[Repaired], Together]:
    """What `fix` is about to write in the current folder."""
    settings, how = Settings.defaults("."), How(unsafe=True, write=True)
    files = discover(["."], settings).files
    space = Workspace(settings)
    alone = [fix_file(each, settings, how, space) for each in files]
    return repair_across(alone, files, settings, how)


def measure(files: int, kills: int, seed: int) -> Iterator[tuple[str, Tally]]:
    """The tallies by kind of moment, in the current folder, which must be empty."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of moments
    before = planted(files)
    put(before)
    repaired, together = repaired_tree()
    start = time.perf_counter()
    subprocess.run([sys.executable, *COMMAND], stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - this project's own tool
    run_seconds = time.perf_counter() - start
    tree = Tree(before, present(), together)
    put(before)
    start = time.perf_counter()
    write_repaired(repaired, together)
    write_seconds = time.perf_counter() - start
    if present() != tree.after:
        raise click.ClickException("two runs on the same files wrote different things")
    changed = sum(tree.after[path] != data for path, data in before.items())
    click.echo(
        f"{len(before)} files, of which fix changes {changed}"
        f" ({sum(map(len, together))} by fixes of several files); a run takes"
        f" {run_seconds:.1f} s, its writing {write_seconds:.2f} s"
    )

    def repeat(number: int, kill: Callable[[], bool]) -> Tally:
        tally = Tally()
        for _ in range(number):
            put(before)
            tree.judge(tally, killed=kill())
        return tally

    runs, steps = kills // 8, kills * 3 // 8
    work = partial(write_repaired, repaired, together)
    yield "run", repeat(runs, lambda: kill_run(chance, run_seconds))
    writing = kills - runs - steps
    yield "write", repeat(writing, lambda: kill_writing(work, chance, write_seconds))
    pair = _smallest(repaired, together)
    moments = _moments(pair, before, steps)
    yield "step", repeat(steps, lambda: kill_at_step(pair, next(moments)))


def _smallest(repaired: list[Repaired], together: Together) -> Callable[[], object]:
    """The writing of the files of one fix, of those that several files need."""
    group = min(together, key=lambda paths: (len(paths), sorted(paths)))
    return partial(write_repaired, [r for r in repaired if r.examined.path in group], together)


def _moments(work: Callable[[], object], before: Content, number: int) -> Iterator[int]:
    """That many steps, spread over all that there are."""
    low, high = 1, 2
    while _still_going(work, before, high):
        low, high = high, high * 2
    while low + 1 < high:
        middle = (low + high) // 2
        if _still_going(work, before, middle):
            low = middle
        else:
            high = middle
    click.echo(f"the writing of one fix of several files has {low} steps")
    return iter(1 + index * low // max(number, 1) for index in range(number))


def _still_going(work: Callable[[], object], before: Content, step: int) -> bool:
    put(before)
    return kill_at_step(work, step)


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--files", default=300, show_default=True, help="Size of the tree.")
@click.option("--kills", default=500, show_default=True, help="Number of kills.")
@click.option("--seed", default=1, show_default=True, help="Chooses the moments.")
def main(files: int, kills: int, seed: int) -> None:
    """Kills and counts."""
    harmed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for kind, tally in measure(files, kills, seed):
            click.echo(f"{kind}: {tally.line()}")
            harmed += tally.harmed
        os.chdir(ROOT)
    for line in harmed:
        click.echo(line, err=True)
    sys.exit(1 if harmed else 0)


if __name__ == "__main__":
    main()
