"""Programs of the fixtures, joined and written differently, are repaired with the same care.

`COMPOSITIONS=20000` in the environment tries so many, others each time, and looks for the smallest
one that fails.
"""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from asynclint.engine.fixing import Fixed, fix_source
from asynclint.engine.settings import Settings
from asynclint.findings import Edit
from asynclint.fixes.edits import apply_edits
from asynclint.source.text import decode
from compositions import PATH, Composition, compositions
from reformatting import comments, tree_of

MORE = int(os.environ.get("COMPOSITIONS", "0"))
FEW = 80
SETTINGS = Settings.defaults(str(Path(PATH).parent))
NEWLINES = ("\n", "\r\n", "\r")
#: What a fix may be taken back for; edits that break a program are faults of the cure.
ACCEPTED = ("it would bring", "would still be found")

Made = dict[str, tuple[str, tuple[Edit, ...]]]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """What edits made of which text, by the outcome; the first way to it counts."""
    found: Made = {}

    def apply(text: str, edits: Iterable[Edit]) -> str:
        every = tuple(edits)
        after = apply_edits(text, every)
        found.setdefault(after, (text, every))
        return after

    monkeypatch.setattr("asynclint.engine.fixing.apply_edits", apply)
    return found


def test_fix_keeps_what_it_does_not_mean_to_change(made: Made) -> None:
    @settings(
        max_examples=MORE or FEW,
        derandomize=not MORE,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if MORE else [Phase.generate],
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(composition=compositions())
    def holds(composition: Composition) -> None:
        judge(composition, made)

    holds()


def judge(composition: Composition, made: Made) -> None:
    """Fails if the repair did anything that a careful colleague would not."""
    source = composition.source
    made.clear()
    fixed = fix_source(source, SETTINGS, unsafe=True)
    assert_untouched_outside_of_edits(source.text, fixed.text, made)
    assert_only_accepted(fixed.notes)
    assert tree_of(fixed.text) is not None
    after = decode(source.bom + fixed.text.encode(source.encoding), PATH)
    assert (after.text, after.encoding, after.bom) == (fixed.text, source.encoding, source.bom)
    assert newlines(fixed.text) <= newlines(source.text)
    assert fixed.text.endswith(NEWLINES) == source.text.endswith(NEWLINES)
    assert lost(comments(source.text), comments(fixed.text)) == []
    assert lost(long_strings(source.text), long_strings(fixed.text)) == []
    again = fix_source(after, SETTINGS, unsafe=True)
    assert (again.text, again.applied) == (fixed.text, 0)
    plain = fix_source(decode(composition.plain.encode(), PATH), SETTINGS, unsafe=True)
    if composition.alike and codes(fixed) == codes(plain):
        assert dumped(fixed.text) == dumped(plain.text)


def assert_untouched_outside_of_edits(first: str, last: str, made: Made) -> None:
    """All that stands outside of a round's edits stands in its result, in the same order."""
    for before, after, edits in rounds(first, last, made):
        at = behind = 0
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
            kept = before[behind : edit.start]
            assert after[at : at + len(kept)] == kept
            at += len(kept) + len(edit.text)
            behind = edit.end
        assert after[at:] == before[behind:]


def rounds(first: str, last: str, made: Made) -> Iterator[tuple[str, str, tuple[Edit, ...]]]:
    """The rounds from one text to another, the last one first: text before, text after, edits."""
    while last != first:
        before, edits = made[last]
        yield before, last, edits
        last = before


def assert_only_accepted(notes: Iterable[str]) -> None:
    assert [note for note in notes if not any(reason in note for reason in ACCEPTED)] == []


def newlines(text: str) -> set[str]:
    return set(re.findall(r"\r\n|\r|\n", text))


def lost(before: Iterable[str], after: Iterable[str]) -> list[str]:
    return sorted((Counter(before) - Counter(after)).elements())


def long_strings(text: str) -> list[str]:
    """The strings of a program that go over several lines."""
    values = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    return [value for value in values if isinstance(value, str) and "\n" in value]


def codes(fixed: Fixed) -> Counter[str]:
    """What remains to be reported."""
    return Counter(finding.code for finding in fixed.findings)


def dumped(text: str) -> str:
    return ast.dump(ast.parse(text))
