"""Real bugs of public code: their data, their file, and what of them a run reported.

The file is TOML: each `[[bug]]` says where a fault stands in the faulty version of a program.
"""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from verdicts import Package

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: The families of faults, and the group of rules that reports each: the first digit of their codes.
FAMILIES = {"reuse": "1", "agen": "2", "nested": "3", "loops": "4", "driven": "5"}

#: found: reported at one of the bug's lines by a rule of its family. failed: the analysis did not
#: come to an end.
OUTCOMES = ("found", "missed", "not fetched", "failed")

_COMMIT = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_URL = re.compile(r"https://\S+")
_ONE_LINE = re.compile(r"\S(?:.*\S)?")
_NEEDED = {"id": str, "family": str, "path": str, "line": int, "thread": str, "fault": str}
_ALLOWED = {"package": str, "version": str, "repository": str, "commit": str, "also": list}


@dataclass(frozen=True, slots=True, order=True)
class Commit:
    """A commit of a repository on GitHub. repository: `owner/name`. commit: 40 hex digits."""

    repository: str
    commit: str

    @property
    def folder(self) -> str:
        """A name for the folder with its files."""
        return f"{self.repository.replace('/', '+')}-{self.commit}"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file. path: inside the package, with slashes. line: 1-based."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Bug:
    """A fault: where to get the code, the lines on which a report is right, and what it is.

    places: the first is where the fault shows. thread: address of the report or of the mending.
    """

    id: str
    family: str
    origin: Package | Commit
    places: tuple[Place, ...]
    thread: str
    fault: str


@dataclass(frozen=True, slots=True, order=True)
class Report:
    """What a rule reported: where, and its code."""

    place: Place
    code: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a bug.

    reports: those of its family at its lines. others: those of other families at its lines, which
    do not count: they tell of something else. why: one line on what went wrong, if no run came to
    its end.
    """

    bug: Bug
    outcome: str
    reports: tuple[Report, ...] = ()
    others: tuple[Report, ...] = ()
    why: str = ""


class BugListError(ValueError):
    """The file of bugs is not in its form."""


def read_bugs(text: str) -> tuple[Bug, ...]:
    """The bugs in a TOML text, in order. Raises BugListError, naming the entry out of the form."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BugListError(str(error)) from error
    entries = tables.pop("bug", None)
    if tables or not isinstance(entries, list):
        raise BugListError("the file is no list of [[bug]]")
    bugs = tuple(_bug(entry) for entry in entries)
    twice = [key for key, count in Counter(bug.id for bug in bugs).items() if count > 1]
    if twice:
        raise BugListError(f"id stands twice: {twice[0]}")
    return bugs


def _bug(entry: dict[str, Any]) -> Bug:
    where = f"bug {entry.get('id', entry)}"
    _check_keys(entry, where)
    for key, is_wrong in {
        "id": not _ID.fullmatch(entry["id"]),
        "family": entry["family"] not in FAMILIES,
        "thread": not _URL.fullmatch(entry["thread"]),
        "fault": not _ONE_LINE.fullmatch(entry["fault"]),
    }.items():
        if is_wrong:
            raise BugListError(f"{where}: wrong {key}")
    places = [f"{entry['path']}:{entry['line']}", *entry.get("also", ())]
    if len(set(places)) < len(places):
        raise BugListError(f"{where}: a place stands twice")
    return Bug(
        id=entry["id"],
        family=entry["family"],
        origin=_origin(entry, where),
        places=tuple(_place(place, where) for place in places),
        thread=entry["thread"],
        fault=entry["fault"],
    )


def _check_keys(entry: dict[str, Any], where: str) -> None:
    types = _NEEDED | _ALLOWED
    if missing := sorted(_NEEDED.keys() - entry.keys()):
        raise BugListError(f"{where}: no {missing[0]}")
    if unknown := sorted(entry.keys() - types.keys()):
        raise BugListError(f"{where}: unknown key {unknown[0]}")
    for key, value in entry.items():
        if type(value) is not types[key]:
            raise BugListError(f"{where}: {key} is no {types[key].__name__}")


def _origin(entry: dict[str, Any], where: str) -> Package | Commit:
    match sorted(entry.keys() & {"package", "version", "repository", "commit"}):
        case ["package", "version"]:
            return Package(entry["package"], entry["version"])
        case ["commit", "repository"]:
            commit = Commit(entry["repository"], entry["commit"])
            if _REPOSITORY.fullmatch(commit.repository) and _COMMIT.fullmatch(commit.commit):
                return commit
            raise BugListError(f"{where}: wrong repository or commit")
        case _:
            raise BugListError(f"{where}: either package and version, or repository and commit")


def _place(text: object, where: str) -> Place:
    path, _, line = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    pure = PurePosixPath(path)
    ok = path == str(pure) and not pure.is_absolute() and ".." not in pure.parts
    if not (ok and line.isdecimal() and int(line) > 0):
        raise BugListError(f"{where}: wrong place {text!r}")
    return Place(path, int(line))


def judge(bug: Bug, reports: Iterable[Report]) -> Result:
    """What a run that came to an end says of a bug: found, or missed.

    reports: all that the run reported in the bug's package.
    """
    here = sorted({report for report in reports if report.place in bug.places})
    group = f"ASL{FAMILIES[bug.family]}"
    own = tuple(report for report in here if report.code.startswith(group))
    others = tuple(report for report in here if report not in own)
    return Result(bug, "found" if own else "missed", own, others)


def counts(results: Collection[Result]) -> dict[str, dict[str, int]]:
    """How many bugs had each outcome: of each family, and of all ('all')."""
    rows = {family: dict.fromkeys(OUTCOMES, 0) for family in (*FAMILIES, "all")}
    for result in results:
        for row in (result.bug.family, "all"):
            rows[row][result.outcome] += 1
    return rows


def table(results: Collection[Result]) -> Iterator[str]:
    """A line for each family and one for all: counts, and the share found of what was analysed."""
    for family, row in counts(results).items():
        seen = row["found"] + row["missed"]
        share = f"{row['found'] / seen:4.0%} of {seen}" if seen else "   - of 0"
        numbers = "  ".join(f"{row[outcome]:2} {outcome}" for outcome in OUTCOMES)
        yield f"{family:6}  {numbers}  {share}"


def line(result: Result) -> str:
    """What became of a bug, for people."""
    bug, first = result.bug, result.bug.places[0]
    head = f"{result.outcome:11}  {bug.family:6}  {bug.id}"
    if result.outcome == "found":
        return f"{head}  {', '.join(_told(report) for report in result.reports)}"
    if result.why:
        return f"{head}  {result.why}"
    beside = f" (there: {', '.join(_told(r) for r in result.others)})" if result.others else ""
    return f"{head}  {first.path}:{first.line}: {bug.fault}{beside}"


def _told(report: Report) -> str:
    return f"{report.place.path}:{report.place.line} {report.code}"
