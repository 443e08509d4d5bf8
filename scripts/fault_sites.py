"""Chooses the sites: at random, but the same in every run with one seed."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from fault_evidence import Record, files
from fault_injecting import Injected, inject
from fault_kinds import Fault, Finder
from package_suites import Suite

from asynclint.source.text import Source, decode

SEED = 4

#: How many sites each kind gets at most. A kind with fewer of them has all of its sites; the rest
#: is drawn so that each package gives one in turn.
SHARES: Mapping[str, int] = {
    "run": 120,
    "dropped": 120,
    "for": 90,
    "comprehension": 60,
    "hoisted": 80,
    "generator": 50,
    "loop": 40,
}


@dataclass(frozen=True, slots=True)
class Site:
    """A fault at a place of a package. file: inside the package, with slashes."""

    suite: Suite
    file: str
    fault: Fault

    @property
    def id(self) -> str:
        """A text that is the site's own."""
        at = f"{self.fault.row}:{self.fault.column}"
        return f"{self.suite.name} {self.file}:{at} {self.fault.kind}"


class Sources:
    """The files of the packages, each read and parsed once."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        """folders: of the packages, by name."""
        self._folders = folders
        self._known: dict[tuple[str, str], tuple[Source, ast.Module]] = {}

    def get(self, package: str, file: str) -> tuple[Source, ast.Module]:
        """A file and its tree."""
        key = (package, file)
        if key not in self._known:
            path = self._folders[package] / file
            source = decode(path.read_bytes(), str(path))
            self._known[key] = (source, ast.parse(source.text))
        return self._known[key]

    def inject(self, site: Site) -> Injected | None:
        """The file of a site, with the fault; None where that text does not parse."""
        source, tree = self.get(site.suite.name, site.file)
        return inject(source, tree, site.fault)


def sites(suite: Suite, folder: Path, record: Record, sources: Sources) -> Iterator[Site]:
    """All places of a package at which a fault can stand and would happen, in a fixed order."""
    for path in files(suite, folder):
        name = path.relative_to(folder).as_posix()
        for fault in Finder(*sources.get(suite.name, name)).faults():
            if all(record.shows(name, each) for each in fault.evidence):
                yield Site(suite, name, fault)


def sample(
    found: Sequence[Site],
    usable: Callable[[Site], bool],
    shares: Mapping[str, int] = SHARES,
) -> list[Site]:
    """The sites that are judged: of each kind its share, the packages taking turns.

    usable: whether a file parses with the fault; asked of no more sites than are needed.
    """
    chosen: list[Site] = []
    for kind, share in shares.items():
        by_package: dict[str, list[Site]] = {}
        for site in found:
            if site.fault.kind == kind:
                by_package.setdefault(site.suite.name, []).append(site)
        for name, group in by_package.items():
            random.Random(f"{SEED} {kind} {name}").shuffle(group)  # noqa: S311 - no secret
        chosen.extend(islice(filter(usable, _in_turn(list(by_package.values()))), share))
    return chosen


def _in_turn(groups: list[list[Site]]) -> Iterator[Site]:
    for index in range(max(map(len, groups), default=0)):
        yield from (group[index] for group in groups if index < len(group))
