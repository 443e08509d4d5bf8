from __future__ import annotations

from dataclasses import replace

from asynclint.engine.newfindings import Checked, brought
from asynclint.findings import Edit, Finding, Place, Position
from asynclint.fixes.edits import apply_edits
from asynclint.source.text import decode

BEFORE = "first = make()\nfiller\nsecond = make()\n"


def finding(row: int, message: str, code: str = "ASL901") -> Finding:
    return Finding(code, "bad", message, "app.py", Position(row, 1), Position(row, 2))


def verdict(
    edits: list[Edit],
    before: list[Finding],
    after: list[Finding],
    cured: tuple[Finding, ...] = (),
) -> str:
    old = decode(BEFORE.encode(), "app.py")
    new = decode(apply_edits(BEFORE, edits).encode(), "app.py")
    return brought(Checked(old, before), cured, edits, Checked(new, after))


def test_a_finding_is_known_by_its_message_whatever_the_numbers_in_it() -> None:
    edits = [Edit(0, 0, "\n"), Edit(22, 28, "2nd")]
    moved = verdict(edits, [finding(3, "made on line 1")], [finding(4, "made on line 2")])
    assert moved == ""


def test_a_finding_is_known_by_its_line_if_a_fix_carried_that_elsewhere() -> None:
    edits = [Edit(0, 15, ""), Edit(22, 22, "first = make()\n")]
    assert verdict(edits, [finding(1, "above filler")], [finding(2, "below filler")]) == ""


def test_a_finding_is_known_by_the_row_it_has_moved_to() -> None:
    edits = [Edit(0, 0, "import x\n\n\n"), Edit(31, 35, "build")]
    before, after = finding(3, "`make` is bad"), finding(6, "`build` is bad")
    assert verdict(edits, [before], [after]) == ""
    elsewhere = finding(5, "`build` is bad")
    assert verdict(edits, [before], [elsewhere]) == "it would bring ASL901: `build` is bad"


def test_another_code_is_another_finding() -> None:
    reason = verdict([], [finding(1, "bad")], [finding(1, "bad", "ASL902")])
    assert reason == "it would bring ASL902: bad"


def test_each_old_finding_stands_for_one_new() -> None:
    before, after = [finding(1, "bad")], [finding(1, "bad"), finding(3, "bad")]
    assert verdict([], before, after) == "it would bring ASL901: bad"
    assert verdict([], after, before) == ""
    assert verdict([], after, after) == ""


def test_a_cured_finding_must_be_gone_but_may_uncover_the_next() -> None:
    cured = finding(1, "bad")
    assert verdict([], [cured], [finding(1, "bad")], (cured,)) == "ASL901 would still be found"
    assert verdict([], [cured], [finding(1, "worse")], (cured,)) == "ASL901 would still be found"
    assert verdict([], [cured], [finding(3, "bad")], (cured,)) == ""
    assert verdict([], [cured], [finding(3, "worse")], (cured,)) == "it would bring ASL901: worse"


def test_a_twin_on_the_row_of_a_cured_finding_is_not_taken_for_it() -> None:
    cured, twin = finding(1, "bad"), finding(1, "bad")
    assert verdict([], [cured, twin], [twin], (cured,)) == ""


def test_what_the_edited_lines_still_cause_is_the_rest_of_their_story() -> None:
    """Only of the group of the cured finding, and only if its cause stands in an edited line."""
    edits = [Edit(8, 14, "build()")]
    cured = finding(1, "never closed", "ASL403")

    def caused(code: str, row: int) -> Finding:
        root = Place("app.py", Position(row, 1), Position(row, 2), "the cause")
        return replace(finding(3, "each time", code), root=root)

    assert verdict(edits, [cured], [caused("ASL402", 1)], (cured,)) == ""
    for other in (caused("ASL302", 1), caused("ASL402", 2)):
        wanted = f"it would bring {other.code}: each time"
        assert verdict(edits, [cured], [other], (cured,)) == wanted
