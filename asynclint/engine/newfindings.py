"""Whether edits brought a finding that was not there: findings have no identity but their looks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from asynclint.findings import Edit, Finding
from asynclint.source.text import Source


@dataclass(frozen=True, slots=True)
class Checked:
    """A file's text and what was found in it."""

    source: Source
    findings: Sequence[Finding]


def brought(
    before: Checked, cured: Sequence[Finding], edits: Sequence[Edit], after: Checked
) -> str:
    """Why a text must not take the place of another, "" if nothing speaks against it.

    `edits` lead from the one to the other (offsets in `before`, in the order of the text) and were
    to cure some of its findings. It is wrong for one of these to be found again where it was, and
    for a finding to be there that none of the old ones can be. The number of a line tells nothing,
    so old and new are paired by code, message (without its numbers) and text of the line; then by
    code and one of these; then by code and the row that the old one has moved to. A cured finding
    is paired by its message alone: the next of a series shows up when the first is gone. What is
    caused by the edited lines, and is of the group of a cured finding, is the rest of its story: a
    loop that is closed now, but is still made for every call.
    """
    was_cured = {id(finding) for finding in cured}
    staying = [each for each in before.findings if id(each) not in was_cured]
    old = [_look(before.source, finding, edits, after.source) for finding in staying]
    new = [_look(after.source, finding) for finding in after.findings]
    for key in _KEYS:
        old, new = _unpaired(old, new, key)
    gone = [_look(before.source, finding, edits, after.source) for finding in cured]
    places = {(look.code, look.row) for look in gone}
    for look in new:
        if (look.code, look.row) in places:
            return f"{look.code} would still be found"
    _, new = _unpaired(gone, new, lambda look: look.message)
    edited = _rows(edits, after.source)
    groups = {look.code[:_GROUP] for look in gone}
    new = [look for look in new if look.code[:_GROUP] not in groups or look.cause not in edited]
    return f"it would bring {new[0].code}: {new[0].text}" if new else ""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a finding can be known by; `message` is `text` without numbers.

    cause: the row of a cause that stands elsewhere in the file, 0 where there is none.
    """

    code: str
    text: str
    message: str
    line: str
    row: int
    cause: int = 0


_GROUP = len("ASL1")


# Narrow before wide, so that each finding is paired with the one that it resembles most.
_KEYS: tuple[Callable[[_Look], Hashable], ...] = (
    lambda look: (look.message, look.line),
    lambda look: look.message,
    lambda look: look.line,
    lambda look: look.row,
)


def _look(
    source: Source, finding: Finding, edits: Iterable[Edit] = (), result: Source | None = None
) -> _Look:
    """A finding's looks, with the row that it has once the edits made `result` of `source`."""
    row = finding.start.row
    if result is not None and row <= len(source.line_starts):
        offset = source.offset(row, finding.start.column - 1)
        row = result.position(_moved(offset, edits)).row
    message = re.sub(r"\d+", "0", finding.message)
    line = source.line(finding.start.row).strip()
    near = finding.root is not None and finding.root.path == finding.path
    cause = finding.root.start.row if finding.root is not None and near else 0
    return _Look(finding.code, finding.message, message, line, row, cause)


def _rows(edits: Sequence[Edit], result: Source) -> set[int]:
    """The rows of the result that edits have written."""
    found: set[int] = set()
    for edit in edits:
        first = result.position(_moved(edit.start, edits)).row
        found.update(range(first, first + edit.text.count("\n") + 1))
    return found


def _moved(offset: int, edits: Iterable[Edit]) -> int:
    """Where the character at an offset is once the edits, in the order of the text, are made."""
    shift = 0
    for edit in edits:
        if edit.start <= offset < edit.end:
            return edit.start + shift + min(offset - edit.start, len(edit.text))
        if offset < edit.start:
            break
        shift += len(edit.text) - (edit.end - edit.start)
    return offset + shift


def _unpaired(
    old: Iterable[_Look], new: Iterable[_Look], key: Callable[[_Look], Hashable]
) -> tuple[list[_Look], list[_Look]]:
    """What is left of both when each new finding took an old one with the same code and key."""
    return _without(old, new, key), _without(new, old, key)


def _without(
    looks: Iterable[_Look], others: Iterable[_Look], key: Callable[[_Look], Hashable]
) -> list[_Look]:
    taken = Counter((look.code, key(look)) for look in others)
    left: list[_Look] = []
    for look in looks:
        taken[look.code, key(look)] -= 1
        if taken[look.code, key(look)] < 0:
            left.append(look)
    return left
