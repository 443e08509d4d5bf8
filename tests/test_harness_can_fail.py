"""The harness proves that it can fail: each case spoils a good fixture and must be complained of.

The programs are written to a temporary folder. In place of the linter under test stands one whose
answers are given, so that these tests say something about the harness alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from asynclint.findings import Applicability, Edit, Finding, Fix, Place, Position
from fixture_harness import (
    MalformedFixtureError,
    fixture_paths,
    judge_cure,
    judge_findings,
    judge_place,
    judge_run,
    judge_stable,
    judge_twins,
    load,
    run_fixture,
)
from fixture_linter import Texts
from fixture_runs import Interpreter, Outcome, current, elected

RULE = "reused-coroutine"

RAISES = """\
# shows: RuntimeError: cannot reuse already awaited coroutine
# fix: unsafe
import asyncio


async def toll():
    return "dong"


async def main():
    bell = toll()
    print(await bell)
    print(await bell)  # ! ASL101


asyncio.run(main())
"""

FIXED = """\
# prints: dong
# prints: dong
import asyncio


async def toll():
    return "dong"


async def main():
    print(await toll())
    print(await toll())


asyncio.run(main())
"""

#: Row of the program, without its header, on which the second `await` stands.
SECOND_AWAIT = 11


@dataclass
class Scripted:
    """A linter whose answers are given: findings, and the texts of the two fixes."""

    findings: Sequence[Finding] = ()
    unsafe: str | None = None
    safe: str | None = None
    file: str = "main.py"

    def check(self, _path: Path, _program: str, /) -> Sequence[Finding]:
        """The given findings."""
        return self.findings

    def fix(self, _path: Path, program: str, /, *, unsafe: bool) -> str:
        """The given text, or the program as it was."""
        text = self.unsafe if unsafe else self.safe
        return program if text is None else text

    def check_folder(self, _texts: Texts, /) -> Sequence[Finding]:
        """The given findings."""
        return self.findings

    def fix_folder(self, texts: Texts, /, *, unsafe: bool) -> Texts:
        """The given text for one of the files, or all as they were."""
        text = self.unsafe if unsafe else self.safe
        return texts if text is None else {**texts, self.file: text}


def reported(
    row: int,
    *,
    code: str = "ASL101",
    name: str = RULE,
    trust: Applicability | None = Applicability.UNSAFE,
    related: int | None = None,
) -> Finding:
    """A finding on a row of the program, with a place further up or down if `related` names one."""
    start, end = Position(row, 5), Position(row, 9)
    places = []
    if related is not None:
        places.append(Place("x.py", Position(related, 1), Position(related, 2), "made here"))
    fix = None if trust is None else Fix(trust, "call again", (Edit(0, 0, ""),))
    return Finding(code, name, "spent", "x.py", start, end, tuple(places), fix)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rule's folder without fixtures."""
    made = tmp_path / RULE
    made.mkdir()
    return made


def write(folder: Path, name: str, text: str) -> Path:
    """Writes a fixture file and returns its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def ran(path: Path, timeout: float = 10.0) -> list[str]:
    """The complaints about a run of the file."""
    return judge_run(load(path), run_fixture(load(path), current(), timeout))


def test_the_good_pair_passes(folder: Path) -> None:
    """Without this, the complaints below could come from anywhere."""
    raises = load(write(folder, "raises_bell.py", RAISES))
    fixed = load(write(folder, "fixed_bell.py", FIXED))
    findings = [reported(SECOND_AWAIT)]
    linter = Scripted(findings, unsafe=fixed.program)
    outcome = run_fixture(raises, current())
    assert judge_run(raises, outcome) == []
    assert judge_twins(raises) == judge_twins(fixed) == []
    assert judge_findings(raises, findings) == []
    assert judge_place(raises, outcome, findings) == []
    assert judge_cure(raises, findings, linter, fixed) == []
    assert ran(fixed.path) == []
    assert judge_findings(fixed, []) == []
    assert judge_stable(fixed, linter) == []
    assert fixture_paths(folder.parent) == [fixed.path, raises.path]


def test_a_fault_that_is_gone_fails(folder: Path) -> None:
    """The program of a raises_ file no longer reuses the coroutine."""
    text = RAISES.replace("print(await bell)  #", "print(await toll())  #")
    assert text != RAISES
    assert "does not show" in ran(write(folder, "raises_bell.py", text))[0]


def test_another_exception_fails(folder: Path) -> None:
    """It dies all right, but not of the fault."""
    text = RAISES.replace('return "dong"', 'raise RuntimeError("cracked")')
    assert "does not show" in ran(write(folder, "raises_bell.py", text))[0]


@pytest.mark.parametrize("text", ["", "\n\n", RAISES[: RAISES.index("import")]])
@pytest.mark.parametrize("kind", ["raises", "fixed", "quiet", "missed"])
def test_an_empty_file_fails(folder: Path, kind: str, text: str) -> None:
    """Nothing, blank lines, a header alone."""
    with pytest.raises(MalformedFixtureError, match="holds no program"):
        load(write(folder, f"{kind}_bell.py", text))


@pytest.mark.parametrize(
    ("file_name", "text", "reason"),
    [
        ("bell.py", RAISES, "is not named"),
        ("raises_bell.py", RAISES.replace("  # ! ASL101", ""), "needs a marker"),
        ("raises_bell.py", RAISES.replace("# ! ASL101", "# ! reuse"), "cannot be read"),
        ("raises_bell.py", RAISES.replace("# fix: unsafe\n", ""), "needs `# fix"),
        ("raises_bell.py", RAISES.replace("# fix: unsafe", "# fix: maybe"), "needs `# fix"),
        ("raises_bell.py", RAISES.replace("# shows", "# show"), "unknown header"),
        ("raises_bell.py", "# needs: later\n" + RAISES, "no Python version"),
        ("raises_bell.py", "# fix: safe\n" + RAISES, "more than one"),
        ("raises_bell.py", RAISES[RAISES.index("# fix") :], "needs `# shows"),
        ("fixed_bell.py", FIXED[FIXED.index("import") :], "needs `# prints"),
        ("quiet_bell.py", RAISES.replace("# fix: unsafe\n", ""), "no fault to show"),
        ("quiet_bell.py", RAISES[RAISES.index("import") :], "no line to mark"),
    ],
)
def test_a_file_without_form_fails(folder: Path, file_name: str, text: str, reason: str) -> None:
    """Typing errors in a header or a marker must not switch a check off."""
    with pytest.raises(MalformedFixtureError, match=reason):
        load(write(folder, file_name, text))


@pytest.mark.parametrize("kind", ["raises", "fixed", "quiet", "missed"])
def test_a_hang_fails(folder: Path, kind: str) -> None:
    """Even where all that was asked for has been shown by then."""
    text = {"raises": RAISES, "missed": RAISES, "fixed": FIXED, "quiet": FIXED}[kind]
    if kind == "missed":
        text = text.replace("# fix: unsafe\n", "")
    ending = "try:\n    asyncio.run(main())\nfinally:\n    while True:\n        pass\n"
    path = write(folder, f"{kind}_bell.py", text.replace("asyncio.run(main())\n", ending))
    assert "hangs" in ran(path, timeout=0.7)[0]


def test_a_strange_exit_fails(folder: Path) -> None:
    """The fault is shown, but something else ended the program."""
    text = RAISES.replace("asyncio.run(main())", "import os\nprint('RuntimeError: cannot reuse "
                          "already awaited coroutine', flush=True)\nos._exit(3)")  # fmt: skip
    assert "exit status 3" in ran(write(folder, "raises_bell.py", text))[0]


@pytest.mark.parametrize(
    ("findings", "complaint"),
    [
        ([reported(SECOND_AWAIT - 1)], "line 12: ASL101 not expected"),
        ([reported(SECOND_AWAIT - 1)], "line 13: ASL101 not reported"),
        ([reported(SECOND_AWAIT, code="ASL102")], "line 13: ASL102 not expected"),
        ([reported(SECOND_AWAIT), reported(1)], "line 3: ASL101 not expected"),
        ([reported(SECOND_AWAIT)] * 2, "line 13: ASL101 not expected"),
        ([reported(SECOND_AWAIT, name="shared-coroutine")], f"no finding of {RULE}"),
        ([], "line 13: ASL101 not reported"),
    ],
)
def test_wrong_reports_fail(folder: Path, findings: list[Finding], complaint: str) -> None:
    """A row too high, another code, one too many, twice the same, another rule, none."""
    raises = load(write(folder, "raises_bell.py", RAISES))
    assert complaint in "\n".join(judge_findings(raises, findings))


def test_a_marker_on_a_wrong_line_fails(folder: Path) -> None:
    """The linter is right and the fixture wrong: that shows as well."""
    text = RAISES.replace("  # ! ASL101", "").replace("toll()\n", "toll()  # ! ASL101\n", 1)
    assert text.count("# ! ASL101") == 1
    raises = load(write(folder, "raises_bell.py", text))
    assert judge_findings(raises, [reported(SECOND_AWAIT)])


def test_a_raising_line_that_no_finding_names_fails(folder: Path) -> None:
    """The first `await` is not where the exception came from; as a related place it may stand."""
    raises = load(write(folder, "raises_bell.py", RAISES))
    outcome = run_fixture(raises, current())
    first = SECOND_AWAIT - 1
    assert "line 13 raised" in judge_place(raises, outcome, [reported(first)])[0]
    assert judge_place(raises, outcome, [reported(SECOND_AWAIT, related=first)]) == []
    assert judge_place(raises, outcome, [reported(first, related=SECOND_AWAIT)]) == []


def test_the_traceback_of_the_fault_counts(folder: Path) -> None:
    """Not that of an exception raised on the way, in a group, or at the very end."""
    raises = load(write(folder, "raises_bell.py", RAISES))
    fault = "RuntimeError: cannot reuse already awaited coroutine"
    frame = f'  File "{raises.path}", line %d, in main\n    await bell\n'
    opening = "Traceback (most recent call last):\n"
    margin = "    | "
    group = "".join(
        f"{margin}{line}\n" for line in f"{opening}{frame % 11}{frame % 12}{fault}".splitlines()
    )
    stderr = (
        f"{opening}{frame % 3}ValueError: before\n\nDuring handling of the above exception:\n\n"
        f"  + Exception Group {opening}  | {frame % 4}  | ExceptionGroup: unhandled\n{group}"
        f"Exception ignored in: <x>\n{opening}{frame % 5}KeyError: after\n"
        f"sys:1: RuntimeWarning: never awaited\nCoroutine created at (most recent call last)\n"
        f"{frame % 6}"
    )
    outcome = Outcome(1, "", stderr)
    assert judge_place(raises, outcome, [reported(12 - raises.offset)]) == []
    for row in (3, 4, 5, 6, 11):
        assert judge_place(raises, outcome, [reported(row - raises.offset)])


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("print(await toll())", "toll()", "never awaited"),
        ("asyncio.run", "print('Traceback', file=__import__('sys').stderr); asyncio.run", "clean"),
        ("asyncio.run", "asyncio.new_event_loop()\nasyncio.run", "not clean"),
        ("asyncio.run(main())", "asyncio.run(main())\nprint('more')", "prints"),
        ("asyncio.run(main())", "asyncio.run(main())\nraise SystemExit(1)", "exit status 1"),
        ('"dong"', '"ding"', "prints"),
    ],
)
@pytest.mark.parametrize("kind", ["fixed", "quiet"])
def test_a_program_that_is_not_clean_fails(
    folder: Path, kind: str, old: str, new: str, complaint: str
) -> None:
    """A warning, a traceback, an open loop, output that nobody asked for, a bad exit status."""
    text = FIXED.replace(old, new)
    assert text != FIXED
    assert complaint in "\n".join(ran(write(folder, f"{kind}_bell.py", text)))


@pytest.mark.parametrize("kind", ["fixed", "quiet"])
def test_an_alarm_on_a_correct_program_fails(folder: Path, kind: str) -> None:
    """Any finding is one too many there."""
    correct = load(write(folder, f"{kind}_bell.py", FIXED))
    assert "not expected" in judge_findings(correct, [reported(9)])[0]


def test_a_fault_that_is_no_longer_missed_fails(folder: Path) -> None:
    """So that the list of known limits stays honest."""
    text = RAISES.replace("# fix: unsafe\n", "")
    missed = load(write(folder, "missed_bell.py", text))
    assert judge_findings(missed, []) == []
    assert "rename it to raises_bell.py" in judge_findings(missed, [reported(SECOND_AWAIT)])[0]
    gone = write(folder, "missed_bell.py", text.replace("bell)  #", "toll())  #"))
    assert "does not show" in ran(gone)[0]


def test_twins_that_are_missing_or_too_many_fail(folder: Path) -> None:
    """A cure without a fault, a fault that promises a cure, a cure for what has none."""
    fixed = load(write(folder, "fixed_bell.py", FIXED))
    assert judge_twins(fixed)
    incurable = load(write(folder, "raises_bell.py", RAISES.replace("unsafe", "none")))
    assert judge_twins(incurable)
    fixed.path.unlink()
    assert judge_twins(load(write(folder, "raises_bell.py", RAISES)))


def test_wrong_cures_fail(folder: Path) -> None:
    """Another text, another trust than the file states, a safe fix held back, an unsafe one not."""
    raises = load(write(folder, "raises_bell.py", RAISES))
    fixed = load(write(folder, "fixed_bell.py", FIXED))
    safe = load(write(folder, "raises_safe.py", RAISES.replace("unsafe", "safe")))
    none = load(write(folder, "raises_none.py", RAISES.replace("unsafe", "none")))
    here = [reported(SECOND_AWAIT)]
    as_safe = [reported(SECOND_AWAIT, trust=Applicability.SAFE)]
    shown = [reported(SECOND_AWAIT, trust=Applicability.DISPLAY_ONLY)]
    good = Scripted(unsafe=fixed.program)
    eager = Scripted(unsafe=fixed.program, safe=fixed.program)

    assert judge_cure(raises, here, Scripted(), fixed)
    assert judge_cure(raises, here, Scripted(unsafe=fixed.program + "\n"), fixed)
    assert judge_cure(raises, as_safe, good, fixed)
    assert judge_cure(raises, here, eager, fixed)
    assert judge_cure(safe, as_safe, eager, fixed) == []
    assert judge_cure(safe, as_safe, good, fixed)
    assert judge_cure(none, shown, Scripted(), None) == []
    assert judge_cure(none, here, Scripted(), None)
    assert judge_cure(none, shown, good, None)


def test_a_second_fix_that_changes_something_fails(folder: Path) -> None:
    """A fix has to come to rest."""
    fixed = load(write(folder, "fixed_bell.py", FIXED))
    assert judge_stable(fixed, Scripted(unsafe=fixed.program.replace("dong", "ding")))


def test_every_interpreter_gets_its_turn() -> None:
    """The first one runs everything, the others a part each; on request all run everything."""
    able = [Interpreter((3, minor), "python") for minor in (11, 10, 12, 13)]
    names = [f"rule/raises_{number}" for number in range(200)]
    plans = [elected(name, able) for name in names]
    assert all(plan[0] is able[0] for plan in plans)
    assert {len(plan) for plan in plans} == {1, 2}
    for other in able[1:]:
        assert 15 < sum(other in plan for plan in plans) < 60
    assert elected(names[0], able, everywhere=True) == able
    assert elected(names[0], able[2:3]) == able[2:3]
    assert elected(names[0], []) == []
