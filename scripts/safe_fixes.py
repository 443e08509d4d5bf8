"""Applies the safe fixes to real packages, and says whether their own tests pass as before.

    python scripts/safe_fixes.py            all of tests/injected/packages.toml; writes the figures
    python scripts/safe_fixes.py anyio      only this package; nothing is written

The tests of each package run on a copy of its files, with and without `asynclint fix`, and their
outcomes are compared one by one. Where some differ the untouched tests run once more, so that what
comes and goes by itself is not taken for an effect of the fixes. Where nothing is fixed the files
are the same, byte by byte, and no tests are run.

Exit status: 0 all outcomes are the same; 1 some differ; 2 a package could not be had or run.
"""
# ruff: noqa: INP001 - a script, not a module of a package

from __future__ import annotations

import sys
from pathlib import Path

import click
from package_suites import Suite, SuiteError, copied, read_suites
from safe_fix_outcomes import Unchanged, write_unchanged

from alarms import AlarmsError, default_cache
from asynclint.engine.config import find_settings
from asynclint.engine.repaired import How
from asynclint.engine.run_fix import fix_paths

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "injected"


def compare(suite: Suite, cache: Path) -> Unchanged:
    """What the safe fixes do to one package. Raises SuiteError."""
    with copied(suite, cache) as copy:
        paths = [str(copy.folder / part) for part in suite.code]
        result = fix_paths(paths, find_settings(copy.folder), How(unsafe=False, write=True))
        if result.remaining.failures:
            raise SuiteError(f"{suite.name}: {result.remaining.failures[0].message}")
        if not result.changes:
            return Unchanged(suite.name, suite.package.version)
        after = copy.run()
    before: dict[str, str] = {}
    differing: list[str] = []
    for _ in range(2):  # what comes and goes by itself is no effect of the fixes
        with copied(suite, cache) as copy:
            before = copy.run()
        names = before | after
        differing = [name for name in names if before.get(name) != after.get(name)]
        if not differing:
            break
    return Unchanged(
        suite.name,
        suite.package.version,
        len(result.changes),
        result.applied,
        len(before),
        tuple(differing),
    )


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.argument("names", nargs=-1, metavar="[PACKAGE]...")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_cache,
    help="Where packages and environments are kept; by default in the user's folder for caches.",
)
def main(names: tuple[str, ...], cache: Path) -> None:
    """Compares, and writes what was compared if it was all."""
    suites = read_suites((DATA / "packages.toml").read_text(encoding="utf-8"))
    if unknown := sorted(set(names) - {suite.name for suite in suites}):
        raise click.UsageError(f"{DATA / 'packages.toml'} has no package {unknown[0]}")
    entries = []
    for suite in suites:
        if names and suite.name not in names:
            continue
        try:
            entry = compare(suite, cache.absolute())
        except (SuiteError, AlarmsError) as error:
            click.echo(str(error), err=True)
            sys.exit(2)
        entries.append(entry)
        click.echo(
            f"{entry.package} {entry.version}: {entry.fixes} fixes in {entry.files} files,"
            f" {entry.tests} tests, {len(entry.differing)} outcomes differ"
        )
        for name in entry.differing:
            click.echo(f"  {name}")
    if not names:
        write_unchanged(entries, DATA / "safe_fixes.json")
    sys.exit(1 if any(entry.differing for entry in entries) else 0)


if __name__ == "__main__":
    main()
