"""Measures asynclint beside other tools, and how its time grows; writes benchmarks/RESULTS.md.

    python benchmarks/run.py                             every part
    python benchmarks/run.py --part single               this part
    python benchmarks/run.py --part tools --package aiohttp --repetitions 3

Parts: `tools` (whole packages, beside ruff, flake8 and pyright), `single` (one file, start of the
process), `growth` (time by size). Each replaces its section of the file and leaves the others.
Packages and tools are fetched once into a cache folder outside the repository.
"""
# ruff: noqa: INP001 - a script, not a module of a package

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import click
from comparing import compare_tools
from growing import grow
from measure import MeasureError
from packages import PACKAGES, ROOT, MissingError
from single import compare_single
from tables import write_section

from alarms import AlarmsError, default_cache
from asynclint import __version__

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
HEAD = """\
# Results

Written by `benchmarks/run.py`; [the page beside it](README.md) says how. Times depend on the
machine, and on what else runs there: the ratios are what to compare.
"""
PARTS = ("tools", "single", "growth")
DEFAULT_SETS = (("aiohttp", "distributed"), ("homeassistant",))


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), help="Only this part.")
@click.option(
    "--package",
    "names",
    multiple=True,
    type=click.Choice(list(PACKAGES)),
    help="Of `tools`: only this one; several are measured as one tree.",
)
@click.option("--repetitions", type=click.IntRange(min=1), default=5, show_default=True)
@click.option(
    "--without-flake8", is_flag=True, help="Leave flake8 out, which takes an hour on homeassistant."
)
@click.option("--without-pyright", is_flag=True, help="Leave pyright out, which takes minutes.")
@click.option("--most-lines", type=int, default=1_000_000, show_default=True, help="Of `growth`.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), default=RESULTS, show_default=True
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_cache,
    help="Where packages and tools are kept; by default in the user's folder for caches.",
)
def main(  # noqa: PLR0913, PLR0917 - one parameter an option
    parts: tuple[str, ...],
    names: tuple[str, ...],
    repetitions: int,
    without_flake8: bool,
    without_pyright: bool,
    most_lines: int,
    output: Path,
    cache: Path,
) -> None:
    """Runs the parts and writes their sections."""
    cache = cache.absolute()

    def write(title: str, body: str) -> None:
        write_section(output, HEAD, title, f"{_circumstances(repetitions)}\n\n{body}")
        click.echo(f"{body}\n")

    sets = (names,) if names else DEFAULT_SETS
    todo: dict[str, Callable[[Path], None]] = {
        "tools": lambda scratch: compare_tools(
            sets,
            cache,
            scratch,
            repetitions,
            write,
            with_flake8=not without_flake8,
            with_pyright=not without_pyright,
        ),
        "single": lambda scratch: compare_single(cache, scratch, repetitions, write),
        "growth": lambda scratch: grow(scratch, repetitions, most_lines, write),
    }
    try:
        for part in parts or PARTS:
            with tempfile.TemporaryDirectory() as scratch:
                todo[part](Path(scratch))
    except (AlarmsError, MeasureError, MissingError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)


def _circumstances(repetitions: int) -> str:
    """When and where: one line."""
    day = datetime.now(tz=timezone.utc).date().isoformat()
    load = os.getloadavg()[0]
    return (
        f"{day}; asynclint {__version__}{_commit()}; CPython {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, load {load:.1f} "
        f"at the end; medians of {repetitions} interleaved runs."
    )


def _commit() -> str:
    """The commit of the working tree, in brackets; nothing where that cannot be told."""
    git = shutil.which("git")
    if git is None:
        return ""
    argv = (git, "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - git
    return f" ({done.stdout.strip()})" if done.returncode == 0 else ""


if __name__ == "__main__":
    main()
