"""Verdicts on what asynclint reports on real packages: their data, their file, and comparing them.

The file is TOML: `[[package]]` names what was read, `[[verdict]]` judges one alarm.
"""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: true: the fault happens if the line runs as reported. arguable: the line is as the rule says, but
#: an engineer may want it so. false: the analysis is wrong.
JUDGEMENTS = ("true", "arguable", "false")

_CODE = re.compile(r"ASL\d{3}")
_ONE_LINE = re.compile(r"\S(?:.*\S)?")


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A distribution as the index knows it."""

    name: str
    version: str

    @property
    def folder(self) -> str:
        """Name and version as file names of wheels spell them."""
        return f"{re.sub(r'[-_.]+', '_', self.name).lower()}-{self.version}"


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """One line of a package on which a rule reports something.

    file: path inside the package, with slashes. line: 1-based. text: the line without the white
    space around it. Several reports of one rule on one line are one alarm. The message is not part
    of what makes two alarms equal, for it may be reworded.
    """

    package: Package
    file: str
    line: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reader thinks of an alarm, and why. gone: the alarm does not come any more."""

    alarm: Alarm
    verdict: str
    reason: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Record:
    """The file of verdicts: the packages that were read, and the verdicts on them, in order."""

    packages: tuple[Package, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Alarms of a run beside the record.

    new: no verdict. moved: no verdict on this line, but one on the same text elsewhere in the file,
    for which no alarm came. lost: a verdict says that the alarm comes, and it does not. back: it
    says that the alarm is gone, and it came. reported: verdicts on alarms that came.
    """

    new: tuple[Alarm, ...]
    moved: tuple[tuple[Verdict, Alarm], ...]
    lost: tuple[Verdict, ...]
    back: tuple[Verdict, ...]
    reported: tuple[Verdict, ...]

    @property
    def holds(self) -> bool:
        """Whether the record says what is."""
        return not (self.new or self.moved or self.lost or self.back)


class RecordError(ValueError):
    """The file of verdicts is not in its form."""


def read_record(text: str) -> Record:
    """The record in a TOML text. Raises RecordError, naming the entry that is not in the form."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecordError(str(error)) from error
    _only(tables, "the file", {"package": list, "verdict": list}, {})
    packages = tuple(_package(entry) for entry in tables["package"])
    verdicts = tuple(_verdict(entry, packages) for entry in tables["verdict"])
    for kind, keys in (("package", packages), ("verdict", [each.alarm for each in verdicts])):
        twice = [key for key, count in Counter[object](keys).items() if count > 1]
        if twice:
            raise RecordError(f"{kind} stands twice: {twice[0]}")
    return Record(packages, verdicts)


def _package(entry: dict[str, Any]) -> Package:
    _only(entry, f"package {entry}", {"name": str, "version": str}, {})
    return Package(entry["name"], entry["version"])


def _verdict(entry: dict[str, Any], packages: Sequence[Package]) -> Verdict:
    where = f"verdict {entry}"
    _only(
        entry,
        where,
        {
            "package": str,
            "version": str,
            "file": str,
            "line": int,
            "code": str,
            "text": str,
            "verdict": str,
            "reason": str,
        },
        {"gone": bool},
    )
    package = Package(entry["package"], entry["version"])
    file = PurePosixPath(entry["file"])
    wrong = {
        "package": package not in packages,
        "file": file.is_absolute() or ".." in file.parts or str(file) != entry["file"],
        "line": entry["line"] < 1,
        "code": not _CODE.fullmatch(entry["code"]),
        "text": not _ONE_LINE.fullmatch(entry["text"]),
        "verdict": entry["verdict"] not in JUDGEMENTS,
        "reason": not _ONE_LINE.fullmatch(entry["reason"]),
    }
    for key, is_wrong in wrong.items():
        if is_wrong:
            raise RecordError(f"{where}: wrong {key}")
    alarm = Alarm(package, entry["file"], entry["line"], entry["code"], entry["text"])
    return Verdict(alarm, entry["verdict"], entry["reason"], entry.get("gone", False))


def _only(
    entry: dict[str, Any], where: str, needed: dict[str, type], allowed: dict[str, type]
) -> None:
    """Raises RecordError unless the entry has the keys that it must have, and no unknown one."""
    if not isinstance(entry, dict):
        raise RecordError(f"{where}: not a table")
    types = needed | allowed
    if missing := sorted(needed.keys() - entry.keys()):
        raise RecordError(f"{where}: no {missing[0]}")
    if unknown := sorted(entry.keys() - types.keys()):
        raise RecordError(f"{where}: unknown key {unknown[0]}")
    for key, value in entry.items():
        if type(value) is not types[key]:
            raise RecordError(f"{where}: {key} is no {types[key].__name__}")


def compare(alarms: Iterable[Alarm], verdicts: Iterable[Verdict]) -> Comparison:
    """Which alarms have no verdict, and which verdicts no longer say what is."""
    came = set(alarms)
    known = {verdict.alarm: verdict for verdict in verdicts}
    reported = [each for alarm, each in known.items() if alarm in came]
    lost = {v.alarm: v for alarm, v in known.items() if not v.gone and alarm not in came}
    new, moved = [], []
    for alarm in sorted(came - known.keys()):
        old = next((each for each in lost if replace(each, line=alarm.line) == alarm), None)
        if old is None:
            new.append(alarm)
        else:
            moved.append((lost.pop(old), alarm))
    return Comparison(
        new=tuple(new),
        moved=tuple(moved),
        lost=tuple(lost.values()),
        back=tuple(each for each in reported if each.gone),
        reported=(*reported, *(verdict for verdict, _ in moved)),
    )


def as_toml(alarm: Alarm) -> str:
    """An entry of the record for an alarm that a reader has yet to judge."""
    fields = {
        "package": alarm.package.name,
        "version": alarm.package.version,
        "file": alarm.file,
        "line": alarm.line,
        "code": alarm.code,
        "text": alarm.text,
        "verdict": "",
        "reason": "",
    }
    # The strings of JSON are strings of TOML.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return "\n".join(["[[verdict]]", *lines, ""])


def shares(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """A table: of each rule's alarms, and of all, how many are true, arguable and false."""
    counts: dict[str, Counter[str]] = {}
    for each in verdicts:
        counts.setdefault(each.alarm.code, Counter())[each.verdict] += 1
    for code, by in sorted(counts.items()):
        yield _share(code, by)
    if counts:
        yield _share("all", sum(counts.values(), Counter[str]()))


def _share(name: str, by: Counter[str]) -> str:
    """One line of the table."""
    numbers = "  ".join(f"{by[judgement]:3} {judgement}" for judgement in JUDGEMENTS)
    good = (by["true"] + by["arguable"]) / by.total()
    return f"{name:6}  {numbers}  {good:6.1%} true or arguable"
