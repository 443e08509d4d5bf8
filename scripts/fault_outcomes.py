"""What became of the injected faults: the data, their file, and the figures."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fault_judging import Judged
from fault_kinds import KINDS
from fault_sites import Site

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class Outcome:
    """One site.

    row: 1-based, in the untouched file. codes: of what is found at the line. elsewhere: of what
    else is new. back: how the program came back: 'same' (the same syntax tree), 'tests' (its tests
    pass again) or '' (it did not).
    """

    package: str
    version: str
    kind: str
    file: str
    row: int
    column: int
    codes: tuple[str, ...]
    elsewhere: tuple[str, ...]
    back: str

    @classmethod
    def of(cls, site: Site, judged: Judged, back: str) -> Outcome:
        """The outcome of a site."""
        package, fault = site.suite.package, site.fault
        place = (fault.kind, site.file, fault.row, fault.column)
        return cls(package.name, package.version, *place, judged.codes, judged.elsewhere, back)

    @property
    def found(self) -> bool:
        """Whether something is said at the line."""
        return bool(self.codes)

    @property
    def id(self) -> str:
        """As `Site.id`."""
        return f"{self.package} {self.file}:{self.row}:{self.column} {self.kind}"

    @property
    def key(self) -> tuple[str, str, int, int, str]:
        """The order in the file of outcomes."""
        return self.package, self.file, self.row, self.column, self.kind


def write_outcomes(outcomes: Sequence[Outcome], path: Path) -> None:
    """Writes a line for each site."""
    lines = ",\n".join(json.dumps(asdict(each)) for each in outcomes)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def read_outcomes(text: str) -> list[Outcome]:
    """The outcomes of a file. Raises ValueError, TypeError or KeyError where it is malformed."""
    entries: list[dict[str, Any]] = json.loads(text)
    return [
        Outcome(**{**entry, "codes": tuple(entry["codes"]), "elsewhere": tuple(entry["elsewhere"])})
        for entry in entries
    ]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why sites are not found. sites: their ids."""

    text: str
    sites: tuple[str, ...]


def read_reasons(text: str) -> dict[str, Reason]:
    """The reasons of a TOML file by their names. Raises KeyError where it is malformed."""
    return {
        name: Reason(entry["text"], tuple(entry["sites"]))
        for name, entry in tomllib.loads(text).items()
    }


def share(outcomes: Collection[Outcome], good: int) -> str:
    """A number of sites and what part of all it is."""
    return f"{good} ({good / len(outcomes):.2f})" if outcomes else "0"


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """The figures, by kind and over all, as a table in Markdown."""
    lines = ["| kind of fault | sites | found at the line | given back |", "|---|--:|--:|--:|"]
    groups = [(text, [o for o in outcomes if o.kind == kind]) for kind, text in KINDS.items()]
    for text, group in [*groups, ("all", list(outcomes))]:
        found = share(group, sum(each.found for each in group))
        back = share(group, sum(bool(each.back) for each in group))
        lines.append(f"| {text} | {len(group)} | {found} | {back} |")
    return lines
