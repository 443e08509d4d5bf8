"""Injects faults into real packages, and says which of them are found and which are given back.

    python scripts/injected_faults.py               measures all of tests/injected/packages.toml
    python scripts/injected_faults.py anyio         only this package; nothing is written
    python scripts/injected_faults.py --show ID     a site: the fault, what is found, the fix

A package comes as an sdist and is unpacked into a cache folder outside the repository, where it
gets a virtual environment with what its tests need. Its tests run once on a copy that counts what
each awaited expression gives: a fault is injected only where that shows that it would happen. The
sites are drawn at random with a fixed seed; each kind of fault has a share, so that the many
`await`s do not drown the rest, and in each kind the packages take turns.

One fault is injected at a time. It is found if `check` says something at its line that it did not
say before. It is given back if `fix --unsafe-fixes` makes the sound program of it again (the same
syntax tree), or, where the text differs, if tests that evaluate the line fail with the fault and
pass after the fix.

Without arguments the outcome of all sites is written to tests/injected/outcomes.json, and
docs/injected-faults.md from it. Each site that is not found has a reason in
tests/injected/reasons.toml; the script names those that have none.
"""
# ruff: noqa: INP001 - a script, not a module of a package

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from math import ceil
from pathlib import Path
from time import monotonic

import click
from fault_evidence import provide_record
from fault_judging import Judge
from fault_outcomes import Outcome, read_reasons, table, write_outcomes
from fault_page import page
from fault_sites import Site, Sources, sample, sites
from package_suites import (
    Suite,
    SuiteError,
    copied,
    provide_environment,
    provide_sdist,
    read_suites,
)
from safe_fix_outcomes import read_unchanged

from alarms import AlarmsError, default_cache
from asynclint.engine.config import find_settings
from asynclint.engine.environment import site_folders
from asynclint.engine.settings import Settings

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "injected"
_CHUNK = 12  # sites that one process is given at a time
_TESTS = 6  # that are run again for one site
_SECONDS = 30  # that they may take at least: some faults hang
_SLOWER = 10  # times as long as without the fault they may take
PAGE = ROOT / "docs" / "injected-faults.md"


@dataclass(frozen=True, slots=True)
class Bench:
    """A package that is ready to be measured."""

    suite: Suite
    folder: Path
    cache: Path

    @property
    def settings(self) -> Settings:
        """Those of a developer who works on the package, its environment included."""
        settings = find_settings(self.folder)
        environment = str(provide_environment(self.suite, self.cache))
        site = site_folders(environment, settings.root, {})
        return replace(settings, root=str(self.folder), site=site)


def prepare(suites: list[Suite], cache: Path) -> list[Bench]:
    """The packages, fetched and installed. Raises SuiteError."""
    return [Bench(suite, provide_sdist(suite, cache), cache) for suite in suites]


def choose(benches: list[Bench]) -> list[Site]:
    """The sample of all sites."""
    sources = Sources({bench.suite.name: bench.folder for bench in benches})
    found: list[Site] = []
    for bench in benches:
        record = provide_record(bench.suite, bench.cache)
        found.extend(sites(bench.suite, bench.folder, record, sources))
    return sample(found, lambda site: sources.inject(site) is not None)


def measure(bench: Bench, chosen: list[Site], *, run_tests: bool) -> list[Outcome]:
    """What becomes of the sites of one package."""
    tools = _tools(bench)
    record = provide_record(bench.suite, bench.cache)
    outcomes = []
    for site in chosen:
        injected = tools.sources.inject(site)
        assert injected is not None
        judged = tools.judge.judge(injected)
        back = "same" if judged.same else ""
        if run_tests and not back and judged.text != injected.faulty.text:
            tests = record.tests(site.file, site.fault)[:_TESTS]
            if _pass_again(bench, site, injected.faulty.text, judged.text, tests):
                back = "tests"
        outcomes.append(Outcome.of(site, judged, back))
    return outcomes


@dataclass(frozen=True, slots=True)
class _Tools:
    """What one process reads of a package once."""

    sources: Sources
    judge: Judge


@lru_cache(maxsize=2)
def _tools(bench: Bench) -> _Tools:
    return _Tools(Sources({bench.suite.name: bench.folder}), Judge(bench.settings))


def _pass_again(bench: Bench, site: Site, faulty: str, fixed: str, tests: list[str]) -> bool:
    """Whether tests that evaluate the line fail with the fault, and pass as ever after the fix.

    Raises SuiteError where the tests do not even run without the fault: that says nothing of the
    fix, and must not count as a fault that is not given back.
    """
    if not tests:
        return False
    with copied(bench.suite, bench.cache) as copy:
        file = copy.folder / site.file
        began = monotonic()
        sound = copy.run(tests)
        seconds = max(_SECONDS, ceil(_SLOWER * (monotonic() - began)))

        def outcome(text: str) -> dict[str, str]:
            file.write_text(text, encoding="utf-8")
            try:
                return copy.run(tests, seconds=seconds)
            except SuiteError:
                return {}

        return outcome(fixed) == sound and outcome(faulty) != sound


def show(bench: Bench, site: Site) -> Iterator[str]:
    """The text of one site: the fault, what is said of it, and the fix."""
    injected = Sources({bench.suite.name: bench.folder}).inject(site)
    assert injected is not None
    judged = Judge(bench.settings).judge(injected)
    yield f"{site.id}: at the line {list(judged.codes)}, elsewhere {list(judged.elsewhere)}"
    yield from _diff("the fault", injected.sound.text, injected.faulty.text)
    yield from _diff("the fix", injected.faulty.text, judged.text)
    yield from _diff("what differs then", injected.sound.text, judged.text)


def _diff(title: str, before: str, after: str) -> Iterator[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    yield f"--- {title}"
    yield from [line for line in lines if not line.startswith(("---", "+++"))]


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.argument("names", nargs=-1, metavar="[PACKAGE]...")
@click.option("--show", "shown", default="", help="Show the sites whose id contains this text.")
@click.option("--kind", default="", help="Only this kind of fault; nothing is written.")
@click.option("--trees-only", is_flag=True, help="Run no tests; nothing is written.")
@click.option("--jobs", default=1, help="How many processes measure.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_cache,
    help="Where packages and environments are kept; by default in the user's folder for caches.",
)
def main(  # noqa: PLR0913, PLR0917 - the options
    names: tuple[str, ...], shown: str, kind: str, trees_only: bool, jobs: int, cache: Path
) -> None:
    """Measures, and writes what was measured if it was all."""
    suites = read_suites((DATA / "packages.toml").read_text(encoding="utf-8"))
    if unknown := sorted(set(names) - {suite.name for suite in suites}):
        raise click.UsageError(f"{DATA / 'packages.toml'} has no package {unknown[0]}")
    try:
        benches = prepare(suites, cache.absolute())
        chosen = [
            site
            for site in choose(benches)
            if (not names or site.suite.name in names) and kind in ("", site.fault.kind)
        ]
        if shown:
            for site in (each for each in chosen if shown in each.id):
                (bench,) = (each for each in benches if each.suite == site.suite)
                click.echo("\n".join(show(bench, site)))
            return
        work = partial(measure, run_tests=not trees_only)
        outcomes = _measured(benches, chosen, work, jobs)
    except (SuiteError, AlarmsError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    reasons = read_reasons((DATA / "reasons.toml").read_text(encoding="utf-8"))
    explained = {site for reason in reasons.values() for site in reason.sites}
    for outcome in outcomes:
        if not outcome.found and outcome.id not in explained:
            click.echo(f"no reason: {outcome.id} {outcome.elsewhere}")
        elif not outcome.back:
            click.echo(f"not given back: {outcome.id} {outcome.codes}")
    click.echo("\n".join(table(outcomes)))
    if not names and not kind and not trees_only:
        write_outcomes(outcomes, DATA / "outcomes.json")
        unchanged = read_unchanged((DATA / "safe_fixes.json").read_text(encoding="utf-8"))
        PAGE.write_text(page(outcomes, reasons, suites, unchanged), encoding="utf-8")


def _measured(
    benches: list[Bench],
    chosen: list[Site],
    work: Callable[[Bench, list[Site]], list[Outcome]],
    jobs: int,
) -> list[Outcome]:
    """The outcomes of all sites, in the order of their ids."""
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(jobs) as pool:
        results = [
            pool.submit(work, bench, mine[start : start + _CHUNK])
            for bench in benches
            if (mine := [site for site in chosen if site.suite == bench.suite])
            for start in range(0, len(mine), _CHUNK)
        ]
        with click.progressbar(as_completed(results), len(results), file=sys.stderr) as done:
            for each in done:
                outcomes.extend(each.result())
    return sorted(outcomes, key=lambda outcome: outcome.key)


if __name__ == "__main__":
    main()
