"""Fixtures that execute: reads tests/fixtures/<rule-name>/<kind>_<slug>.py, runs them, judges them.

A fixture is a program: one file, or a folder <kind>_<slug> whose `main.py` is run, with the modules
and packages that it imports. Its kind says what CPython and the linter make of it:

* raises: CPython shows the fault; the linter reports exactly the marked lines.
* fixed: what `asynclint fix --unsafe-fixes` makes of the raises_ program with the same slug.
* quiet: looks like the fault, runs clean; nothing is reported.
* missed: CPython shows the fault, the linter does not report it yet.

The first lines (of `main.py` in a folder) are a header of comments, which no linter sees:

* `# shows: REGEX`: what stdout and stderr must contain (raises, missed).
* `# prints: LINE`, repeated: the exact lines of stdout (fixed; wanted for quiet).
* `# needs: 3.11`, `# until: 3.12`: first and last Python version that can run it.
* `# fix: safe|unsafe|none`: what is known about the cure (raises).

A line on which a report is expected ends in `  # ! ASL101`; `  # ! ASL101, ASL101` expects two.
Such a line may stand in any file of a folder. A folder is linted as a project of its own.
Every judge returns its complaints as a list of lines: an empty list is a pass.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from asynclint.findings import Applicability, Finding, Place
from fixture_linter import Asynclint, Linter, Texts
from fixture_runs import OLDEST, Interpreter, Outcome, Version, raising_place, run

__all__ = ["Asynclint"]  # for tests that load fixtures to lint them

FIXTURES = Path(__file__).parent / "fixtures"
STUBS = FIXTURES / "_stubs"
MAIN = "main.py"
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


#: File, 1-based row in it, code.
Mark = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Fixture:
    """One fixture, taken apart.

    path: the file, or the folder. texts: what the linter sees of each file, without header and
    markers; the one that is run goes by the name `main.py`. offset: rows of that file that stand
    above its text, so row 1 of the text is row offset + 1 of the file. marks: how many reports are
    expected where, by rows of the files.
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
    is_folder: bool
    texts: Texts
    offset: int
    marks: Counter[Mark]

    @property
    def name(self) -> str:
        """Rule and file name: how test reports call the fixture."""
        return f"{self.rule}/{self.path.stem}"

    @property
    def paths(self) -> dict[str, Path]:
        """The path of each of its files, by its name in `texts`."""
        return {name: self.path / name if self.is_folder else self.path for name in self.texts}

    @property
    def program(self) -> str:
        """What the linter sees of the main file."""
        return self.texts[MAIN]

    def twin(self, kind: str) -> Path:
        """Path of the fixture of another kind with the same slug, whether it exists or not."""
        return self.path.with_name(f"{kind}_{self.slug}{self.path.suffix}")

    def runs_on(self, version: Version) -> bool:
        """Whether its header admits this Python version."""
        return self.needs <= version <= self.until

    def row(self, place: Finding | Place) -> tuple[str, int]:
        """The file in which a finding or related place begins, and its row there."""
        file = place.path if self.is_folder else MAIN
        return file, place.start.row + (self.offset if file == MAIN else 0)

    def spoken(self, file: str, row: int) -> str:
        """How a complaint names a row."""
        return f"{file} line {row}" if self.is_folder else f"line {row}"


def load(path: Path) -> Fixture:
    """Reads a fixture. Raises MalformedFixtureError with the reason."""
    kind, _, slug = path.stem.partition("_")
    if kind not in KINDS or not slug:
        raise MalformedFixtureError(f"{path.name}: is not named <kind>_<slug> with {KINDS=}")
    files = _files(path)
    header, rest = _split_header(files.get(MAIN, ""))
    body = rest.lstrip("\r\n")
    if not body.strip():
        raise MalformedFixtureError(f"{path.name}: holds no program")
    if unknown := _UNKNOWN_HEADER.match(body):
        raise MalformedFixtureError(f"{path.name}: unknown header {unknown.group()!r}")
    offset = files[MAIN][: len(files[MAIN]) - len(body)].count("\n")
    texts = files | {MAIN: body}
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
        is_folder=path.is_dir(),
        texts={file: _MARK.sub("", text) for file, text in texts.items()},
        offset=offset,
        marks=Counter(mark for file, text in files.items() for mark in _marks(file, text)),
    )
    if complaint := _form(fixture):
        raise MalformedFixtureError(f"{path.name}: {complaint}")
    return fixture


def _files(path: Path) -> dict[str, str]:
    """What the Python files of a fixture hold, by their names in its folder."""
    if not path.is_dir():
        return {MAIN: path.read_bytes().decode()}
    files = sorted(file for file in path.rglob("*.py*") if file.suffix in (".py", ".pyi"))
    return {file.relative_to(path).as_posix(): file.read_bytes().decode() for file in files}


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


def _marks(file: str, text: str) -> Iterator[Mark]:
    for row, line in enumerate(text.split("\n"), 1):
        if match := _MARK.search(line):
            for code in match[1].split(","):
                yield file, row, code.strip()


def _form(fixture: Fixture) -> str | None:
    """What is wrong with the form of a fixture, if anything: each kind has its own duties."""
    kind = fixture.kind
    faults = {
        "holds a marker that cannot be read": any("# !" in each for each in fixture.texts.values()),
        "is a folder without modules": fixture.is_folder and len(fixture.texts) == 1,
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
    """All fixtures of one file under `root`, in order; folders like `_stubs` hold none."""
    return sorted(root.glob("[!_.]*/*.py"))


def fixture_folders(root: Path = FIXTURES) -> list[Path]:
    """All fixtures under `root` that are folders, in order."""
    return sorted(path for path in root.glob("[!_.]*/[!_.]*") if path.is_dir())


def reports(fixture: Fixture, linter: Linter) -> Sequence[Finding]:
    """What a linter reports on a fixture."""
    if fixture.is_folder:
        return linter.check_folder(fixture.texts)
    return linter.check(fixture.path, fixture.program)


def _cured(fixture: Fixture, linter: Linter, *, unsafe: bool) -> Texts:
    if fixture.is_folder:
        return linter.fix_folder(fixture.texts, unsafe=unsafe)
    return {MAIN: linter.fix(fixture.path, fixture.program, unsafe=unsafe)}


def run_fixture(fixture: Fixture, interpreter: Interpreter, timeout: float = 10.0) -> Outcome:
    """Runs a fixture; one that must be clean runs with every warning an error."""
    strict = fixture.kind not in FAULTY
    return run(fixture.paths[MAIN], interpreter, STUBS, strict=strict, timeout=timeout)


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
    marks = [((*fixture.row(finding), finding.code), finding) for finding in findings]
    seen = Counter(mark for mark, _ in marks)
    if fixture.kind == "missed":
        return [f"is reported now, rename it to {fixture.twin('raises').name}: {seen}"] * bool(seen)
    complaints = [
        f"{fixture.spoken(file, row)}: {code} not reported"
        for file, row, code in fixture.marks - seen
    ]
    complaints += [
        f"{fixture.spoken(*mark[:2])}: {mark[2]} not expected: {finding.message}"
        for mark, finding in marks
        if seen[mark] > fixture.marks[mark]
    ]
    if fixture.kind == "raises" and all(each.name != fixture.rule for each in findings):
        complaints.append(f"no finding of {fixture.rule}")
    return complaints


def judge_place(fixture: Fixture, outcome: Outcome, findings: Sequence[Finding]) -> list[str]:
    """Complaints where the line that raised is none that a finding names."""
    files = {str(path): file for file, path in fixture.paths.items()}
    raising = raising_place(files, outcome, fixture.shows or "")
    if raising is None:
        return []
    path, row = raising
    for finding in findings:
        places: tuple[Finding | Place, ...] = (finding, *finding.related)
        for place in places:
            file, first = fixture.row(place)
            if file == files[path] and first <= row <= first + place.end.row - place.start.row:
                return []
    return [f"{fixture.spoken(files[path], row)} raised, which no finding names", outcome.output]


def judge_cure(
    fixture: Fixture, findings: Sequence[Finding], linter: Linter, twin: Fixture | None
) -> list[str]:
    """Complaints about the fix of a raises_ program: its text, and the trust that it asks for."""
    complaints = []
    fixes = {finding.fix.applicability for finding in findings if finding.fix is not None}
    offered = "safe" if Applicability.SAFE in fixes else "none"
    offered = "unsafe" if Applicability.UNSAFE in fixes else offered
    if offered != fixture.fix:
        complaints.append(f"the fix offered is {offered}, expected {fixture.fix}")
    wanted = fixture.texts if twin is None else twin.texts
    cured = _cured(fixture, linter, unsafe=True)
    if cured != wanted:
        complaints.append(f"fix --unsafe-fixes makes this of it:\n{_other(cured, wanted)}")
    cautious = _cured(fixture, linter, unsafe=False)
    if fixture.fix == "safe" and cautious != wanted:
        complaints.append(f"fix makes this of it without it:\n{_other(cautious, wanted)}")
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
    """Complaints where a second fix of a fixed_ program, or one of a quiet_ one, does anything."""
    again = _cured(fixture, linter, unsafe=True)
    if again == fixture.texts:
        return []
    return [f"fix changes it again:\n{_other(again, fixture.texts)}"]


def _other(texts: Texts, wanted: Texts) -> str:
    """The texts that are not as wanted, each under its name; names that only one side has."""
    names = sorted(texts.keys() ^ wanted.keys())
    names += [file for file in texts if file in wanted and texts[file] != wanted[file]]
    return "\n".join(f"--- {name}\n{texts.get(name, 'is not there')}" for name in names)
