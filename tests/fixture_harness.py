"""Fixtures that execute: reads tests/fixtures/<rule-name>/<kind>_<slug>.py, runs them, judges them.

A fixture is a program. Its kind says what CPython and the linter make of it:

* raises: CPython shows the fault; the linter reports exactly the marked lines.
* fixed: what `asynclint fix --unsafe-fixes` makes of the raises_ file with the same slug.
* quiet: looks like the fault, runs clean; nothing is reported.
* missed: CPython shows the fault, the linter does not report it yet.

Its first lines are a header of comments, which no linter sees:

* `# shows: REGEX`: what stdout and stderr must contain (raises, missed).
* `# prints: LINE`, repeated: the exact lines of stdout (fixed; wanted for quiet).
* `# needs: 3.11`, `# until: 3.12`: first and last Python version that can run it.
* `# fix: safe|unsafe|none`: what is known about the cure (raises).

A line on which a report is expected ends in `  # ! ASL101`; `  # ! ASL101, ASL101` expects two.
Every judge returns its complaints as a list of lines: an empty list is a pass.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from asynclint.findings import Applicability, Finding, Place
from fixture_runs import OLDEST, Interpreter, Outcome, Version, raising_row, run

FIXTURES = Path(__file__).parent / "fixtures"
STUBS = FIXTURES / "_stubs"
KINDS = ("raises", "fixed", "quiet", "missed")
FAULTY = ("raises", "missed")

_HEADER = re.compile(r"# (shows|prints|needs|until|fix):(?: (.*?))?\r?\n")
_UNKNOWN_HEADER = re.compile(r"# ?\w+ ?:")
_MARK = re.compile(r"[ \t]+# ! (ASL\d{3}(?:, ?ASL\d{3})*)[ \t]*(?=\r?$)", re.MULTILINE)
_NOISE = re.compile(
    r"never awaited|Traceback|ResourceWarning|unclosed|was destroyed|never retrieved"
    r"|Exception ignored|RuntimeWarning"
)


class MalformedFixtureError(ValueError):
    """A fixture file does not keep the format that this module's docstring describes."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """One fixture file, taken apart.

    offset: rows of the file that stand above `program`, so row 1 of `program` is row offset + 1 of
    the file. marks: (1-based row of the file, code) with the number of reports expected there.
    program: what the linter sees, without header and markers.
    """

    path: Path
    rule: str
    kind: str
    slug: str
    shows: str | None
    prints: tuple[str, ...] | None
    needs: Version
    until: Version
    fix: str | None
    offset: int
    marks: Counter[tuple[int, str]]
    program: str

    @property
    def name(self) -> str:
        """Rule and file name: how test reports call the fixture."""
        return f"{self.rule}/{self.path.stem}"

    def twin(self, kind: str) -> Path:
        """Path of the fixture of another kind with the same slug, whether it exists or not."""
        return self.path.with_name(f"{kind}_{self.slug}.py")

    def runs_on(self, version: Version) -> bool:
        """Whether its header admits this Python version."""
        return self.needs <= version <= self.until


class Linter(Protocol):
    """The two things the harness asks of the tool; rows count from the program's first line."""

    def check(self, path: Path, program: str, /) -> Sequence[Finding]:
        """Findings of one file."""

    def fix(self, path: Path, program: str, /, *, unsafe: bool) -> str:
        """The file's text after `asynclint fix`, with `--unsafe-fixes` where `unsafe` says so."""


class Asynclint:
    """The linter under test, with its default settings.

    The engine is imported at the first call: the fixtures can be run without it.
    """

    def check(self, path: Path, program: str, /) -> Sequence[Finding]:
        """Findings of one file."""
        from asynclint.engine.check import check_source
        from asynclint.engine.settings import Settings
        from asynclint.source.text import decode

        return check_source(decode(program.encode(), str(path)), Settings.defaults())

    def fix(self, path: Path, program: str, /, *, unsafe: bool) -> str:
        """The file's text after all fixes."""
        from asynclint.engine.fixing import fix_source
        from asynclint.engine.settings import Settings
        from asynclint.source.text import decode

        source = decode(program.encode(), str(path))
        return fix_source(source, Settings.defaults(), unsafe=unsafe).text


def load(path: Path) -> Fixture:
    """Reads a fixture file. Raises MalformedFixtureError with the reason."""
    kind, _, slug = path.stem.partition("_")
    if kind not in KINDS or not slug:
        raise MalformedFixtureError(f"{path.name}: is not named <kind>_<slug>.py with {KINDS=}")
    text = path.read_bytes().decode()
    header, rest = _split_header(text)
    body = rest.lstrip("\r\n")
    if not body.strip():
        raise MalformedFixtureError(f"{path.name}: holds no program")
    if unknown := _UNKNOWN_HEADER.match(body):
        raise MalformedFixtureError(f"{path.name}: unknown header {unknown.group()!r}")
    offset = text[: len(text) - len(body)].count("\n")
    fixture = Fixture(
        path=path,
        rule=path.parent.name,
        kind=kind,
        slug=slug,
        shows=_single(header, "shows", path),
        prints=tuple(value for key, value in header if key == "prints") or None,
        needs=_version(_single(header, "needs", path), OLDEST, path),
        until=_version(_single(header, "until", path), (sys.maxsize, 0), path),
        fix=_single(header, "fix", path),
        offset=offset,
        marks=Counter(_marks(body, offset)),
        program=_MARK.sub("", body),
    )
    if complaint := _form(fixture):
        raise MalformedFixtureError(f"{path.name}: {complaint}")
    return fixture


def _split_header(text: str) -> tuple[list[tuple[str, str]], str]:
    header = []
    at = 0
    while match := _HEADER.match(text, at):
        header.append((match[1], match[2] or ""))
        at = match.end()
    return header, text[at:]


def _single(header: list[tuple[str, str]], key: str, path: Path) -> str | None:
    values = [value for name, value in header if name == key]
    if len(values) > 1:
        raise MalformedFixtureError(f"{path.name}: more than one `# {key}:`")
    return values[0] if values else None


def _version(text: str | None, default: Version, path: Path) -> Version:
    if text is None:
        return default
    if not re.fullmatch(r"3\.\d+", text):
        raise MalformedFixtureError(f"{path.name}: {text!r} is no Python version")
    major, minor = text.split(".")
    return int(major), int(minor)


def _marks(body: str, offset: int) -> Iterator[tuple[int, str]]:
    for row, line in enumerate(body.split("\n"), offset + 1):
        if match := _MARK.search(line):
            for code in match[1].split(","):
                yield row, code.strip()


def _form(fixture: Fixture) -> str | None:
    """What is wrong with the form of a fixture, if anything: each kind has its own duties."""
    kind = fixture.kind
    faults = {
        "holds a marker that cannot be read": "# !" in fixture.program,
        "needs `# shows:`": kind in FAULTY and not fixture.shows,
        "has no fault to show": kind not in FAULTY and fixture.shows is not None,
        "needs `# prints:`": kind == "fixed" and fixture.prints is None,
        "prints what nobody checks": kind in FAULTY and fixture.prints is not None,
        "needs a marker `  # ! ASL...`": kind == "raises" and not fixture.marks,
        "has no line to mark": kind not in FAULTY and bool(fixture.marks),
        "needs `# fix: safe|unsafe|none`": kind == "raises"
        and fixture.fix not in ("safe", "unsafe", "none"),
        "has no cure to speak of": kind != "raises" and fixture.fix is not None,
    }
    return next((complaint for complaint, holds in faults.items() if holds), None)


def fixture_paths(root: Path = FIXTURES) -> list[Path]:
    """All fixture files under `root`, in order. Folders that start with `_` hold no fixtures."""
    return sorted(path for path in root.glob("[!_.]*/*.py"))


def run_fixture(fixture: Fixture, interpreter: Interpreter, timeout: float = 10.0) -> Outcome:
    """Runs a fixture; one that must be clean runs with every warning an error."""
    strict = fixture.kind not in FAULTY
    return run(fixture.path, interpreter, STUBS, strict=strict, timeout=timeout)


def judge_run(fixture: Fixture, outcome: Outcome) -> list[str]:
    """Complaints about what running a fixture gave."""
    if outcome.status is None:
        return [f"hangs: {outcome.stderr}"]
    if fixture.kind in FAULTY:
        return _judge_faulty_run(fixture, outcome)
    complaints = []
    if outcome.status != 0:
        complaints.append(f"exit status {outcome.status}, expected 0")
    if noise := _NOISE.search(outcome.stderr):
        complaints.append(f"is not clean: {noise.group()!r} on standard error")
    if fixture.prints is not None and tuple(outcome.stdout.splitlines()) != fixture.prints:
        complaints.append(f"prints {outcome.stdout.splitlines()}, expected {list(fixture.prints)}")
    return [*complaints, outcome.output] if complaints else []


def _judge_faulty_run(fixture: Fixture, outcome: Outcome) -> list[str]:
    complaints = []
    if outcome.status not in (0, 1):
        complaints.append(f"exit status {outcome.status}, expected 0 or 1")
    if not re.search(fixture.shows or "", outcome.output):
        complaints.append(f"does not show {fixture.shows!r}")
    return [*complaints, outcome.output] if complaints else []


def judge_findings(fixture: Fixture, findings: Sequence[Finding]) -> list[str]:
    """Complaints about what was reported: exactly the marked lines, each as often as marked."""
    seen = Counter((finding.start.row + fixture.offset, finding.code) for finding in findings)
    if fixture.kind == "missed":
        return [f"is reported now, rename it to raises_{fixture.slug}.py: {seen}"] if seen else []
    complaints = [f"line {row}: {code} not reported" for row, code in fixture.marks - seen]
    for finding in findings:
        row = finding.start.row + fixture.offset
        if seen[row, finding.code] > fixture.marks[row, finding.code]:
            complaints.append(f"line {row}: {finding.code} not expected: {finding.message}")
    if fixture.kind == "raises" and all(each.name != fixture.rule for each in findings):
        complaints.append(f"no finding of {fixture.rule}")
    return complaints


def judge_place(fixture: Fixture, outcome: Outcome, findings: Sequence[Finding]) -> list[str]:
    """Complaints where the line that raised is none that a finding names."""
    row = raising_row(fixture.path, outcome, fixture.shows or "")
    if row is None:
        return []
    for finding in findings:
        places: tuple[Finding | Place, ...] = (finding, *finding.related)
        for place in places:
            first, last = place.start.row + fixture.offset, place.end.row + fixture.offset
            if place.path == finding.path and first <= row <= last:
                return []
    return [f"line {row} raised, which no finding names", outcome.output]


def judge_cure(
    fixture: Fixture, findings: Sequence[Finding], linter: Linter, twin: Fixture | None
) -> list[str]:
    """Complaints about the fix of a raises_ file: its text, and how much it asks to be trusted."""
    complaints = []
    fixes = {finding.fix.applicability for finding in findings if finding.fix is not None}
    offered = "safe" if Applicability.SAFE in fixes else "none"
    offered = "unsafe" if Applicability.UNSAFE in fixes else offered
    if offered != fixture.fix:
        complaints.append(f"the fix offered is {offered}, expected {fixture.fix}")
    wanted = fixture.program if twin is None else twin.program
    cured = linter.fix(fixture.path, fixture.program, unsafe=True)
    if cured != wanted:
        complaints.append(f"fix --unsafe-fixes makes this of it:\n{cured}")
    cautious = linter.fix(fixture.path, fixture.program, unsafe=False)
    if fixture.fix == "safe" and cautious != wanted:
        complaints.append(f"fix makes this of it without --unsafe-fixes:\n{cautious}")
    if fixture.fix == "unsafe" and cautious == wanted:
        complaints.append("fix applies an unsafe fix without being asked to")
    return complaints


def judge_twins(fixture: Fixture) -> list[str]:
    """Complaints about a missing or needless counterpart."""
    if fixture.kind == "fixed" and not fixture.twin("raises").exists():
        return ["has no raises_ twin"]
    if fixture.kind == "raises" and fixture.twin("fixed").exists() != (fixture.fix != "none"):
        return [f"`# fix: {fixture.fix}` and the presence of a fixed_ twin contradict each other"]
    return []


def judge_stable(fixture: Fixture, linter: Linter) -> list[str]:
    """Complaints where a second fix of a fixed_ file, or a fix of a quiet one, changes anything."""
    again = linter.fix(fixture.path, fixture.program, unsafe=True)
    return [] if again == fixture.program else [f"fix changes it again:\n{again}"]
