"""Edits of one text: which fixes may be applied together, and applying them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from asynclint.findings import Edit, Fix

_NEWLINES = ("\n", "\r")


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after the edits, whose offsets all count in `text` as it is given.

    Insertions at one point keep the order in which they come, but whole lines go before the line
    that they are inserted at, whatever else is inserted there. Of identical edits only one is
    applied, so that two fixes may bring the same import; a fix that wants the same insertion
    twice at one point writes it as one edit. Raises ValueError where edits overlap or lie outside
    of the text.
    """
    pieces: list[str] = []
    behind = 0
    for edit in in_order(edits):
        if not behind <= edit.start <= edit.end <= len(text):
            raise ValueError(f"{edit} overlaps another edit or lies outside of the text")
        pieces += (text[behind : edit.start], edit.text)
        behind = edit.end
    return "".join((*pieces, text[behind:]))


def in_order(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits in the order in which their texts stand in the result, each one once."""
    # The sort is stable: that keeps the order of insertions at one point.
    return tuple(sorted(dict.fromkeys(edits), key=_sort_key))


def choose(fixes: Iterable[Fix]) -> tuple[tuple[Fix, ...], tuple[Fix, ...]]:
    """Parts fixes into those that can be applied together and those that must wait a round.

    Both parts come in the order of the places that they change, whatever the order of `fixes`, and
    the first fix at a place is the one taken. A fix is refused whole if one of its edits overlaps
    an edit of a taken fix or of its own. Not an overlap: a fix with the very edits of a taken one
    (two findings, one cure), and whole lines that both insert at the same point in the same order
    (an import, a helper). A fix without edits is refused.
    """
    taken: list[Fix] = []
    refused: list[Fix] = []
    ground = _Ground()
    for fix in sorted(fixes, key=_place):
        (taken if ground.take(in_order(fix.edits)) else refused).append(fix)
    return tuple(taken), tuple(refused)


@dataclass(slots=True)
class _Ground:
    """What the fixes taken so far change."""

    known: set[tuple[Edit, ...]] = field(default_factory=set)
    #: Edits within lines; no two of them touch but as neighbours that both replace. Sorted.
    edits: list[Edit] = field(default_factory=list)
    #: Whole lines that are inserted, by the offset at which they are.
    lines: dict[int, tuple[str, ...]] = field(default_factory=dict)
    #: The same offsets, sorted.
    offsets: list[int] = field(default_factory=list)

    def take(self, ordered: tuple[Edit, ...]) -> bool:
        """Adds the edits of one fix if they fit, and says whether they did."""
        if ordered in self.known:
            return True
        within = [edit for edit in ordered if not _lines_rank(edit)]
        lines: dict[int, tuple[str, ...]] = {}
        for edit in ordered:
            if _lines_rank(edit):
                lines[edit.start] = (*lines.get(edit.start, ()), edit.text)
        if not self._free(ordered, within, lines):
            return False
        self.known.add(ordered)
        for edit in within:
            insort(self.edits, edit, key=_sort_key)
        for offset, texts in lines.items():
            self.lines[offset] = max(texts, self.lines.get(offset, ()), key=len)
        self.offsets = sorted(self.lines)
        return True

    def _free(
        self, ordered: tuple[Edit, ...], within: list[Edit], lines: dict[int, tuple[str, ...]]
    ) -> bool:
        """Whether the edits of one fix go with one another and with all that is taken."""
        return (
            bool(ordered)
            and all(one.end <= two.start for one, two in pairwise(ordered))
            and not any(self._touched(edit) for edit in within)
            and not any(self._within(offset) for offset in lines)
            and all(_agree(texts, self.lines.get(offset, ())) for offset, texts in lines.items())
        )

    def _touched(self, edit: Edit) -> bool:
        """Whether an edit within lines meets a taken edit, or has taken lines in its midst."""
        first = bisect_left(self.edits, edit.start, key=_end)
        last = bisect_right(self.edits, edit.end, key=_start)
        if any(_collide(edit, other) for other in self.edits[first:last]):
            return True
        next_offset = bisect_right(self.offsets, edit.start)
        return next_offset < len(self.offsets) and self.offsets[next_offset] < edit.end

    def _within(self, offset: int) -> bool:
        """Whether a taken edit replaces the text on both sides of an offset."""
        first = bisect_right(self.edits, offset, key=_end)
        return first < len(self.edits) and self.edits[first].start < offset


def _collide(one: Edit, other: Edit) -> bool:
    """Whether two fixes' edits within lines change the same characters or the same gap.

    An insertion that touches a replaced range counts too: which of the two comes first would be a
    guess, and it is the difference between `(await x)` and `await (x)`.
    """
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one sequence begins the other: then the longer does the work of both."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _lines_rank(edit: Edit) -> int:
    """-1 for whole lines inserted before a line, 1 for such behind the last line, 0 for the rest.

    Behind a last line that has no newline, the newline comes first and the text ends without one.
    """
    if edit.start < edit.end or not edit.text:
        return 0
    if edit.text.endswith(_NEWLINES):
        return -1
    return 1 if edit.text.startswith(_NEWLINES) else 0


def _sort_key(edit: Edit) -> tuple[int, int, int]:
    return edit.start, edit.end, _lines_rank(edit)


def _start(edit: Edit) -> int:
    return edit.start


def _end(edit: Edit) -> int:
    return edit.end


def _place(fix: Fix) -> tuple[list[tuple[bool, int, int, str]], str, str]:
    """Sorts fixes by the code that they change; the lines that they add decide last."""
    edits = [(bool(_lines_rank(edit)), edit.start, edit.end, edit.text) for edit in fix.edits]
    return sorted(edits), fix.message, fix.applicability.value
