"""Compares what is found with gate, screen, cache and pool with what is found without any of them.

    python scripts/nothing_lost.py                   twelve packages; takes half an hour
    python scripts/nothing_lost.py aiohttp textual   these of tests/alarms/verdicts.toml

Each package is checked four times, by all rules: by two processes into an empty cache; again from
that cache; by one process with neither; and so that each function of each file is parsed and
analysed. Every finding must be the same in all of its parts.

Exit status: 0 nothing is lost; 1 something is, or comes in addition; 2 a package could not be had.
"""
# ruff: noqa: INP001 - a script, not a module of a package

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from unittest import mock

import click
from verdicts import read_record

from alarms import RECORD, AlarmsError, default_cache, provide
from asynclint.engine.cache.cached import Cache
from asynclint.engine.cache.folder import Folder
from asynclint.engine.cache.seal import Seal
from asynclint.engine.run import Manner, check_paths
from asynclint.engine.settings import Settings
from asynclint.engine.workspace import Workspace
from asynclint.findings import Finding
from asynclint.rules import all_rules

TWELVE = (
    *("aiohttp", "crewai", "deepeval", "distributed", "homeassistant", "llama-index-core"),
    *("metagpt", "nicegui", "prefect", "ragas", "streamlit", "textual"),
)
ALONE = Manner(jobs=1)


@contextmanager
def without_screen() -> Iterator[None]:
    """Has every function of every file analysed, meanwhile in this process."""
    own = mock.Mock(side_effect=lambda function: not function.scope.module.library)
    always = mock.Mock(return_value=True)
    with mock.patch.multiple(Workspace, gate=always, matters=own, leads=own, body_matters=always):
        yield


def found(settings: Settings, manner: Manner, cache: Cache | None = None) -> list[Finding]:
    """What a run over a folder, the root of its settings, reports.

    Raises AlarmsError where something could not be analysed.
    """
    result = check_paths([settings.root], settings, manner, cache)
    if result.failures:
        raise AlarmsError(f"{settings.root}: {result.failures[0].message}")
    return result.findings


def compare(folder: Path) -> Iterator[tuple[str, list[Finding], float]]:
    """The kinds of run, with what each finds and how many seconds it takes."""
    codes = tuple(rule.code for rule in all_rules())
    settings = replace(Settings.defaults(str(folder)), extend_select=codes)
    with tempfile.TemporaryDirectory() as kept:

        def cached() -> Cache:
            return Cache(Folder(Path(kept, "cache"), Seal(b"0" * 32)), "key")

        kinds: dict[str, Callable[[], list[Finding]]] = {
            "pool and cache": lambda: found(settings, Manner(jobs=2), cached()),
            "from the cache": lambda: found(settings, Manner(jobs=2), cached()),
            "one process": lambda: found(settings, ALONE),
            "every function": lambda: found(settings, ALONE),
        }
        for name, run in kinds.items():
            start = time.perf_counter()
            with without_screen() if name == "every function" else nullcontext():
                findings = run()
            yield name, findings, time.perf_counter() - start


def is_same(name: str, folder: Path) -> bool:
    """Whether all kinds of run find the same in a folder; tells what differs from the first."""
    wanted: list[Finding] | None = None
    same = True
    for kind, findings, seconds in compare(folder):
        wanted = findings if wanted is None else wanted
        click.echo(f"{name}, {kind}: {len(findings)} findings, {seconds:.1f} s")
        lost = [("lost", each) for each in wanted if each not in findings]
        more = [("more", each) for each in findings if each not in wanted]
        for what, each in lost + more:
            click.echo(f"  {what}: {each.path}:{each.start.row} {each.code} {each.message}")
        same = same and findings == wanted
    return same


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.argument("names", nargs=-1, metavar="[PACKAGE]...")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_cache,
    help="Where packages are kept; by default in the user's folder for caches.",
)
def main(names: tuple[str, ...], cache: Path) -> None:  # noqa: D103 - click shows `help`
    packages = {p.name: p for p in read_record(RECORD.read_text(encoding="utf-8")).packages}
    if unknown := set(names) - packages.keys():
        raise click.BadParameter(f"{min(unknown)} is not in {RECORD.name}")
    same = True
    try:
        for name in names or TWELVE:
            same &= is_same(name, provide(packages[name], cache))
    except AlarmsError as error:
        click.echo(error, err=True)
        sys.exit(2)
    sys.exit(not same)


if __name__ == "__main__":
    main()
