from __future__ import annotations

from itertools import pairwise, permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.edits import apply_edits, choose

TEXT = "result = asyncio.run(fetch())\nprint(result)\n"


def fix(*edits: Edit, message: str = "") -> Fix:
    return Fix(Applicability.SAFE, message, edits)


def insertion(offset: int, text: str) -> Edit:
    return Edit(offset, offset, text)


def test_edits_count_in_the_original() -> None:
    edits = [Edit(30, 35, "log"), Edit(9, 21, "await "), Edit(28, 29, "")]
    assert apply_edits(TEXT, edits) == "result = await fetch()\nlog(result)\n"


def test_insertions_at_one_point_keep_their_order() -> None:
    edits = [insertion(9, "("), insertion(9, "await "), Edit(9, 16, "aio")]
    assert apply_edits(TEXT, edits).startswith("result = (await aio.run(")


def test_whole_lines_go_before_what_is_inserted_in_the_line() -> None:
    edits = [insertion(0, "await "), insertion(0, "import asyncio\n")]
    assert apply_edits("go()", edits) == "import asyncio\nawait go()"


def test_whole_lines_behind_an_unfinished_line_go_after_what_is_inserted_in_it() -> None:
    edits = [insertion(4, "\nimport asyncio"), insertion(4, ".x")]
    assert apply_edits("go()", edits) == "go().x\nimport asyncio"


def test_identical_edits_are_applied_once() -> None:
    added = insertion(0, "import asyncio\n")
    assert apply_edits(TEXT, [added, Edit(30, 35, "log"), added]).count("import") == 1


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(0, 4, "a"), Edit(3, 5, "b")],
        [Edit(0, 4, "a"), insertion(2, "b")],
        [Edit(0, 4, "a"), Edit(0, 4, "b")],
        [Edit(4, 3, "a")],
        [Edit(-1, 3, "a")],
        [Edit(0, len(TEXT) + 1, "a")],
    ],
)
def test_edits_that_overlap_or_do_not_fit_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps another edit or lies outside"):
        apply_edits(TEXT, edits)


def test_the_first_of_two_overlapping_fixes_is_taken_whatever_their_order() -> None:
    first = fix(Edit(0, 5, "a"), Edit(20, 25, "b"))
    second = fix(Edit(3, 6, "c"), Edit(40, 41, "d"))
    third = fix(Edit(10, 12, "e"))
    for order in permutations([first, second, third]):
        assert choose(order) == ((first, third), (second,))


def test_a_refused_fix_blocks_no_other() -> None:
    first = fix(Edit(0, 5, "a"))
    refused = fix(Edit(3, 6, "b"), Edit(20, 25, "c"))
    third = fix(Edit(20, 25, "d"))
    assert choose([first, refused, third]) == ((first, third), (refused,))


def test_a_shared_import_is_no_overlap() -> None:
    added = insertion(0, "import asyncio\n")
    one, two = fix(Edit(9, 21, "await "), added), fix(added, Edit(30, 35, "log"))
    taken, refused = choose([two, one])
    assert (taken, refused) == ((one, two), ())
    text = apply_edits(TEXT, [edit for each in taken for edit in each.edits])
    assert text == "import asyncio\nresult = await fetch())\nlog(result)\n"


def test_an_import_alone_and_an_import_with_a_helper_go_together_in_order() -> None:
    added, helper = insertion(0, "import asyncio\n"), insertion(0, "\n\ndef helper(): ...\n")
    one, two = fix(Edit(9, 10, "x"), added), fix(Edit(30, 35, "y"), added, helper)
    assert choose([one, two]) == ((one, two), ())
    text = apply_edits(TEXT, [*one.edits, *two.edits])
    assert text.startswith("import asyncio\n\n\ndef helper(): ...\nresult")


def test_different_lines_at_one_point_wait_as_their_order_would_be_a_guess() -> None:
    one = fix(Edit(9, 10, "x"), insertion(0, "import asyncio\n"))
    two = fix(Edit(30, 35, "y"), insertion(0, "import contextlib\n"))
    assert choose([two, one]) == ((one,), (two,))


def test_the_lines_of_all_taken_fixes_count_not_only_of_the_last() -> None:
    added = insertion(0, "import asyncio\n")
    one = fix(Edit(9, 10, "x"), added, insertion(0, "def one(): ...\n"))
    two = fix(Edit(20, 21, "y"), added)
    three = fix(Edit(30, 35, "z"), added, insertion(0, "def three(): ...\n"))
    assert choose([one, two, three]) == ((one, two), (three,))


def test_lines_inserted_into_a_replaced_range_are_an_overlap() -> None:
    one, two = fix(Edit(0, 40, "")), fix(insertion(30, "x = 1\n"), Edit(41, 42, ""))
    assert choose([one, two]) == ((one,), (two,))
    lines_first = fix(insertion(30, "x = 1\n"), Edit(1, 2, ""))
    whole = fix(Edit(20, 40, ""))
    assert choose([lines_first, whole]) == ((lines_first,), (whole,))


def test_the_same_insertion_within_a_line_is_shared_only_by_equal_fixes() -> None:
    inner = fix(insertion(9, "(await "), insertion(20, ")"))
    outer = fix(insertion(9, "(await "), insertion(29, ")"))
    assert choose([inner, outer]) == ((inner,), (outer,))
    twin = fix(insertion(20, ")"), insertion(9, "(await "), message="found by another rule")
    assert choose([inner, twin]) == ((inner, twin), ())


def test_an_insertion_at_the_border_of_a_replaced_range_waits() -> None:
    replaced = fix(Edit(9, 16, "aio"))
    for offset in (9, 16):
        inserted = fix(insertion(offset, "await "))
        taken, refused = choose([inserted, replaced])
        assert len(taken) == len(refused) == 1


def test_neighbours_that_both_replace_go_together() -> None:
    one, two = fix(Edit(0, 5, "a")), fix(Edit(5, 9, "b"))
    assert choose([two, one]) == ((one, two), ())


def test_a_fix_that_overlaps_itself_and_one_without_edits_are_refused() -> None:
    broken, nothing = fix(Edit(0, 5, "a"), Edit(4, 6, "b")), fix()
    assert choose([broken, nothing]) == ((), (nothing, broken))


TEXTS = st.text(alphabet="ab\n\r\u00e9\U0001f40d", max_size=12)


@st.composite
def texts_and_fixes(draw: st.DrawFn) -> tuple[str, list[Fix]]:
    text = draw(TEXTS)
    offsets = st.integers(0, len(text))
    edits = st.builds(
        lambda one, two, new: Edit(min(one, two), max(one, two), new), offsets, offsets, TEXTS
    )
    fixes = draw(st.lists(st.lists(edits, min_size=1, max_size=3), max_size=6))
    return text, [fix(*each, message=str(number)) for number, each in enumerate(fixes)]


def by_slots(text: str, edits: list[Edit]) -> str:
    """The same result from a model without offsets: a slot a character, a gap before each."""
    kept = [*list(text), ""]
    gaps: list[list[str]] = [[] for _ in kept]
    unique = list(dict.fromkeys(edits))
    lines = [edit for edit in unique if edit.start == edit.end and edit.text[-1:] in {"\n", "\r"}]
    behind = [
        edit
        for edit in unique
        if edit.start == edit.end and edit not in lines and edit.text[:1] in {"\n", "\r"}
    ]
    within = [edit for edit in unique if edit.start == edit.end and edit not in lines + behind]
    for edit in lines + within + behind:
        gaps[edit.start].append(edit.text)
    for edit in unique:
        if edit.start < edit.end:
            gaps[edit.start].append(edit.text)
            kept[edit.start : edit.end] = [""] * (edit.end - edit.start)
    return "".join("".join(gap) + character for gap, character in zip(gaps, kept, strict=True))


@given(texts_and_fixes())
def test_what_is_chosen_can_be_applied_and_means_what_the_model_says(
    case: tuple[str, list[Fix]],
) -> None:
    text, fixes = case
    taken, _ = choose(fixes)
    edits = [edit for each in taken for edit in each.edits]
    assert apply_edits(text, edits) == by_slots(text, edits)


@given(texts_and_fixes(), st.randoms(use_true_random=False))
def test_every_fix_is_either_taken_or_refused_whatever_the_order(
    case: tuple[str, list[Fix]], random: Random
) -> None:
    _, fixes = case
    taken, refused = choose(fixes)
    assert sorted(taken + refused, key=lambda each: each.message) == sorted(
        fixes, key=lambda each: each.message
    )
    shuffled = fixes[:]
    random.shuffle(shuffled)
    assert choose(shuffled) == (taken, refused)


@given(texts_and_fixes())
def test_a_fix_is_refused_for_a_reason(case: tuple[str, list[Fix]]) -> None:
    """Each refused fix clashes with the taken ones: it touches, encloses or disagrees."""
    _, fixes = case
    taken, refused = choose(fixes)
    changed = [edit for each in taken for edit in each.edits]
    for each in refused:
        own = sorted(set(each.edits), key=lambda edit: (edit.start, edit.end))
        itself = any(one.end > two.start for one, two in pairwise(own))
        met = any(
            edit.start <= other.end and other.start <= edit.end
            for edit in each.edits
            for other in changed
        )
        assert itself or met
