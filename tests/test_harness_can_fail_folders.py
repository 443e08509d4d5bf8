"""The harness proves that it can fail with programs of several files, as it does with single ones.

What is the same for both (headers, markers, exit statuses, hangs) is tested there; here it is told
which file a report, an exception or a repaired text belongs to.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from asynclint.findings import Applicability, Edit, Finding, Fix, Place, Position
from fixture_harness import (
    Fixture,
    MalformedFixtureError,
    fixture_folders,
    fixture_paths,
    judge_cure,
    judge_findings,
    judge_place,
    judge_run,
    judge_stable,
    judge_twins,
    load,
    reports,
    run_fixture,
)
from fixture_linter import Asynclint
from fixture_runs import current
from test_harness_can_fail import Scripted

RULE = "reused-coroutine"

MAIN = """\
# shows: RuntimeError: cannot reuse already awaited coroutine
# fix: unsafe
import asyncio

from tower.bells import strike

asyncio.run(strike())
"""
BELLS = """\
async def toll():
    return "dong"


async def strike():
    bell = toll()
    print(await bell)
    print(await bell)  # ! ASL101
"""
FIXED_MAIN = "# prints: dong\n# prints: dong\n" + MAIN.partition("# fix: unsafe\n")[2]
FIXED_BELLS = BELLS.replace("    bell = toll()\n", "").replace("await bell", "await toll()")
FIXED_BELLS = FIXED_BELLS.replace("  # ! ASL101", "")
MODULE = "tower/bells.py"
SECOND_AWAIT = 8


def write(root: Path, name: str, main: str = MAIN, bells: str = BELLS) -> Fixture:
    """Writes a fixture folder and loads it."""
    folder = root / RULE / name
    folder.joinpath("tower").mkdir(parents=True)
    folder.joinpath("main.py").write_text(main, encoding="utf-8")
    folder.joinpath(MODULE).write_text(bells, encoding="utf-8")
    return load(folder)


def reported(row: int, path: str = MODULE, *places: tuple[str, int]) -> Finding:
    """A finding on a row of a file, with related places."""
    start, end = Position(row, 5), Position(row, 9)
    related = tuple(Place(p, Position(r, 1), Position(r, 2), "made here") for p, r in places)
    fix = Fix(Applicability.UNSAFE, "call again", (Edit(0, 0, ""),))
    return Finding("ASL101", RULE, "spent", path, start, end, related, fix)


def test_the_good_pair_passes(tmp_path: Path) -> None:
    """Without this, the complaints below could come from anywhere."""
    raises = write(tmp_path, "raises_bell")
    fixed = write(tmp_path, "fixed_bell", FIXED_MAIN, FIXED_BELLS)
    findings = [reported(SECOND_AWAIT)]
    linter = Scripted(findings, unsafe=FIXED_BELLS, file=MODULE)
    outcome = run_fixture(raises, current())
    assert judge_run(raises, outcome) == []
    assert judge_run(fixed, run_fixture(fixed, current())) == []
    assert judge_twins(raises) == judge_twins(fixed) == []
    assert list(reports(raises, linter)) == findings
    assert judge_findings(raises, findings) == judge_findings(fixed, []) == []
    assert judge_place(raises, outcome, findings) == []
    assert judge_cure(raises, findings, linter, fixed) == []
    assert judge_stable(fixed, linter) == []
    assert fixture_folders(tmp_path) == [fixed.path, raises.path]
    assert fixture_paths(tmp_path) == []


def test_the_linter_sees_the_folder_as_a_project(tmp_path: Path) -> None:
    """The very files, without markers and header, and their findings under their names in it."""
    raises = write(tmp_path, "raises_bell")
    linter = Asynclint()
    (finding,) = reports(raises, linter)
    assert (finding.path, finding.start.row) == (MODULE, SECOND_AWAIT)
    assert {place.path for place in finding.related} == {MODULE}
    assert linter.fix_folder(raises.texts, unsafe=True) == {
        "main.py": raises.program,
        MODULE: FIXED_BELLS,
    }


def test_folders_without_form_fail(tmp_path: Path) -> None:
    """No `main.py`, no modules, a marker that cannot be read in a module, a bad name."""
    with pytest.raises(MalformedFixtureError, match="needs a marker"):
        write(tmp_path / "a", "raises_bell", bells=FIXED_BELLS)
    with pytest.raises(MalformedFixtureError, match="cannot be read"):
        write(tmp_path / "b", "raises_bell", bells=BELLS + "print()  # ! reuse\n")
    with pytest.raises(MalformedFixtureError, match="is not named"):
        write(tmp_path / "c", "bell")
    raises = write(tmp_path, "raises_bell", main=MAIN + "print()  # ! ASL101\n")
    raises.path.joinpath(MODULE).unlink()
    with pytest.raises(MalformedFixtureError, match="without modules"):
        load(raises.path)
    raises = write(tmp_path / "d", "raises_bell")
    raises.path.joinpath("main.py").unlink()
    with pytest.raises(MalformedFixtureError, match="holds no program"):
        load(raises.path)


def test_a_fault_that_is_gone_from_a_module_fails(tmp_path: Path) -> None:
    """The program no longer does what it was written for."""
    gone = write(tmp_path, "raises_bell", bells=BELLS.replace("bell)  #", "toll())  #"))
    assert "does not show" in judge_run(gone, run_fixture(gone, current()))[0]


def test_a_report_in_the_wrong_file_fails(tmp_path: Path) -> None:
    """The row is right, the file is not; rows of the main file count its header."""
    raises = write(tmp_path, "raises_bell", main=MAIN + "\n\n\nprint()\n")
    complaints = "\n".join(judge_findings(raises, [reported(SECOND_AWAIT, "main.py")]))
    assert "tower/bells.py line 8: ASL101 not reported" in complaints
    assert "main.py line 10: ASL101 not expected" in complaints
    assert judge_findings(raises, [reported(SECOND_AWAIT), reported(1, "main.py")])


def test_a_marker_counts_in_the_file_in_which_it_stands(tmp_path: Path) -> None:
    """So a report that is missing in one file is not made good by one in another."""
    main = MAIN.replace("strike())", "strike())  # ! ASL101")
    raises = write(tmp_path, "raises_bell", main)
    in_main = reported(5, "main.py")
    assert judge_findings(raises, [reported(SECOND_AWAIT), in_main]) == []
    assert judge_findings(raises, [reported(SECOND_AWAIT)] * 2)
    assert judge_findings(raises, [in_main] * 2)


def test_a_raising_line_that_no_finding_names_fails(tmp_path: Path) -> None:
    """The deepest line of the program stands in a module; that row of another file is not it."""
    raises = write(tmp_path, "raises_bell")
    outcome = run_fixture(raises, current())
    assert judge_place(raises, outcome, [reported(SECOND_AWAIT - 1)])
    elsewhere = reported(5, "main.py", ("main.py", SECOND_AWAIT - 2))
    assert "tower/bells.py line 8 raised" in judge_place(raises, outcome, [elsewhere])[0]
    assert judge_place(raises, outcome, [reported(5, "main.py", (MODULE, SECOND_AWAIT))]) == []


def test_wrong_cures_fail(tmp_path: Path) -> None:
    """Another text in a module, a module left as it was, a change of a file that has no fault."""
    raises = write(tmp_path, "raises_bell")
    fixed = write(tmp_path, "fixed_bell", FIXED_MAIN, FIXED_BELLS)
    here = [reported(SECOND_AWAIT)]
    assert "not there" not in judge_cure(raises, here, Scripted(), fixed)[0]
    assert judge_cure(raises, here, Scripted(unsafe=FIXED_BELLS + "\n", file=MODULE), fixed)
    assert judge_cure(raises, here, Scripted(unsafe=FIXED_BELLS, file="main.py"), fixed)
    good = Scripted(unsafe=FIXED_BELLS, file=MODULE)
    longer = replace(fixed, texts={**fixed.texts, "tower/more.py": ""})
    assert "tower/more.py\nis not there" in judge_cure(raises, here, good, longer)[0]


def test_twins_and_second_fixes_that_are_wrong_fail(tmp_path: Path) -> None:
    """A cure without a fault; a fix that does not come to rest."""
    fixed = write(tmp_path, "fixed_bell", FIXED_MAIN, FIXED_BELLS)
    assert judge_twins(fixed)
    assert judge_twins(write(tmp_path, "raises_knell"))
    assert judge_stable(fixed, Scripted(unsafe=FIXED_BELLS.replace("dong", "ding"), file=MODULE))


def test_a_fault_that_is_no_longer_missed_fails(tmp_path: Path) -> None:
    """In whatever file it is found."""
    missed = write(tmp_path, "missed_bell", MAIN.replace("# fix: unsafe\n", ""))
    assert judge_findings(missed, []) == []
    assert "raises_bell" in judge_findings(missed, [reported(SECOND_AWAIT)])[0]
