"""Checks what the facts say about other people's packages against the source of these packages.

    python scripts/check_facts.py            all facts about packages of the index
    python scripts/check_facts.py aiohttp    those that were read in this distribution

Each fact names the distribution and version in which it was read. That distribution is downloaded
once into a cache folder outside the repository (the one of `alarms.py`) and unpacked there. Its
source is parsed, never imported: the callable must exist, through re-exports, and be of the stated
kind; the parameters that the fact names must be there, and so must other classes that it names.

Exit status: 0 nothing speaks against the facts; 1 something does; 2 a package could not be fetched.
"""
# ruff: noqa: INP001 - a script, not a module of a package

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from importlib import resources
from pathlib import Path

import click
from package_source import Sources
from source_claims import SOURCE, Verdict, judge, missing_file
from verdicts import Package

from alarms import AlarmsError, default_cache, provide
from asynclint.facts import Fact
from asynclint.facts.loader import parse_facts


def third_party_facts() -> list[Fact]:
    """The facts about packages that are not of the standard library, file by file."""
    found: dict[str, Fact] = {}
    for entry in sorted(resources.files("asynclint.facts").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            facts = parse_facts(entry.read_text(encoding="utf-8"), entry.name).values()
            found |= {fact.name: fact for fact in facts}
    standard = sys.stdlib_module_names
    return [fact for fact in found.values() if fact.name.partition(".")[0] not in standard]


def package_of(fact: Fact) -> Package | None:
    """The distribution in which a fact was read, None where its source names none."""
    match = SOURCE.fullmatch(fact.source)
    return Package(match["name"], match["version"]) if match is not None else None


def judged(
    facts: Iterable[Fact], folders: Mapping[Package, Path]
) -> Iterator[tuple[Fact, Verdict]]:
    """What the packages in some folders say of each fact that was read in one of them.

    The folder of the fact's own package is searched first: others may hold a copy of it.
    """
    known: dict[Package, Sources] = {}
    for fact in facts:
        package = package_of(fact)
        if package is None or package not in folders:
            continue
        folder = folders[package]
        if package not in known:
            known[package] = Sources([folder, *(f for f in folders.values() if f != folder)])
        verdict = judge(fact, known[package])
        if complaint := missing_file(fact, partial(_is_file, folder)):
            verdict.wrong.append(complaint)
        yield fact, verdict


def _is_file(folder: Path, name: str) -> bool:
    return (folder / name).is_file()


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.argument("names", nargs=-1, metavar="[DISTRIBUTION]...")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_cache,
    help="Where packages are kept; by default in the user's folder for caches.",
)
def main(names: tuple[str, ...], cache: Path) -> None:
    """Checks the facts and prints what is wrong with them, and what could not be verified."""
    facts = third_party_facts()
    packages = sorted({package for fact in facts if (package := package_of(fact))})
    if unknown := sorted(set(names) - {package.name for package in packages}):
        raise click.UsageError(f"no fact was read in {unknown[0]}")
    # Facts name classes of other packages, so all are needed to check those of one.
    folders = _folders(packages, cache.absolute())
    wrong = sum(_of_no_package(fact) for fact in facts)
    wanted = [f for f in facts if not names or ((p := package_of(f)) and p.name in names)]
    wrong += _report(wanted, folders)
    sys.exit(2 if len(folders) < len(packages) else 1 if wrong else 0)


def _of_no_package(fact: Fact) -> bool:
    """Says so where a fact's source is no file of a distribution."""
    if package_of(fact) is not None:
        return False
    click.echo(f"{fact.name}: {missing_file(fact, bool)}")
    return True


def _report(facts: list[Fact], folders: Mapping[Package, Path]) -> int:
    """Writes what there is to say of the facts; returns the number of complaints."""
    wrong = unclear = 0
    for fact, verdict in judged(facts, folders):
        for text in verdict.wrong:
            click.echo(f"{fact.name}: {text}")
        for text in verdict.unclear:
            click.echo(f"  not verified: {fact.name}: {text}")
        wrong += len(verdict.wrong)
        unclear += len(verdict.unclear)
    click.echo(f"facts: {len(facts)}, wrong: {wrong}, not verified: {unclear}")
    return wrong


def _folders(packages: list[Package], cache: Path) -> dict[Package, Path]:
    """The unpacked packages, without those that could not be had."""
    folders: dict[Package, Path] = {}
    for package in packages:
        try:
            folders[package] = provide(package, cache)
        except AlarmsError as error:  # noqa: PERF203 - the others are still checked
            click.echo(f"{package.name} {package.version}: {error}", err=True)
    return folders


if __name__ == "__main__":
    main()
