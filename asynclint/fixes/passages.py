"""Passages of source text that a fix moves: their comments, their lines, their indentation."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.kit import Kit

_SPACE = re.compile(r"[ \t\f]*")
# Kinds of tokens that Python 3.12 brought.
_FSTRING_START: int = getattr(tokenize, "FSTRING_START", -1)
_FSTRING_END: int = getattr(tokenize, "FSTRING_END", -1)
_PRAGMA = re.compile(r"#\s*(noqa|type:|pylint:|pyright:|mypy:|pragma:|nosec|fmt:)", re.IGNORECASE)
_ROW = re.compile(r"(?:^|(?<=[\r\n]))(?=[^\r\n])")


def comments_in(text: str) -> list[str]:
    """The comments in a piece of source text, which need not be a whole statement."""
    if "#" not in text:
        return []
    found: list[str] = []
    # The tokenizer knows no other line end than "\n". In brackets it minds no indentation, and that
    # they have no partner only when all is read.
    rows = io.StringIO(f"({text}", newline=None)
    with suppress(tokenize.TokenError, SyntaxError):
        tokens = tokenize.generate_tokens(rows.readline)
        found.extend(token.string for token in tokens if token.type == tokenize.COMMENT)
    return found


def has_comment(text: str) -> bool:
    """Whether a piece of source text holds a comment."""
    return bool(comments_in(text))


def is_pragma(comment: str) -> bool:
    """Whether a comment speaks to a tool about the line that it stands on: it goes with it."""
    return _PRAGMA.match(comment) is not None


def holds_together(text: str) -> bool:
    """Whether an expression can stand by itself: a line break in it is within its own brackets."""
    if "\n" not in text and "\r" not in text:
        return True
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return True


def indentation_of(kit: Kit, row: int) -> str:
    """The white space at the beginning of a 1-based row."""
    found = _SPACE.match(kit.source.line(row))
    return found[0] if found else ""


def rows_of(kit: Kit, node: cst.CSTNode) -> tuple[int, int]:
    """The first and the last 1-based row of a node."""
    start, end = kit.range(node)
    return start.row, end.row


@lru_cache(maxsize=4)  # the fixes of one round ask for one text again and again
def rows_in_strings(text: str) -> frozenset[int]:
    """The 1-based rows of a program that begin within a string: their blanks do not indent.

    Read off the tokens, for the syntax tree that a fix looks at may lack the bodies of functions.
    """
    rows: set[int] = set()
    begun: list[
        int
    ] = []  # the rows of the f-strings around a token: those have tokens of their own
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type == tokenize.STRING:
            rows.update(range(token.start[0] + 1, token.end[0] + 1))
        elif token.type == _FSTRING_START:
            begun.append(token.start[0])
        elif token.type == _FSTRING_END:
            rows.update(range(begun.pop() + 1, token.end[0] + 1))
    return frozenset(rows)


def shifted_left(kit: Kit, first: int, last: int, by: int) -> Iterator[Edit]:
    """The edits that take up to `by` characters of indentation off some rows (inclusive).

    Rows that begin within a string stay as they are.
    """
    kept = rows_in_strings(kit.source.text)
    for row in range(first, last + 1):
        size = min(by, len(indentation_of(kit, row)))
        if size and row not in kept:
            start = kit.source.offset(row, 0)
            yield Edit(start, start + size, "")


def shifted_right(kit: Kit, first: int, last: int, by: str) -> Iterator[Edit]:
    """The edits that indent some rows (inclusive) further; blank ones and strings stay."""
    kept = rows_in_strings(kit.source.text)
    for row in range(first, last + 1):
        if kit.source.line(row).strip() and row not in kept:
            start = kit.source.offset(row, 0)
            yield Edit(start, start, by)


def indented(edit: Edit, by: str) -> Edit:
    """An edit whose text, if it is whole rows, is indented further."""
    if not edit.text.endswith(("\n", "\r")):
        return edit
    return Edit(edit.start, edit.end, _ROW.sub(by, edit.text))


def dedented(kit: Kit, place: cst.CSTNode, moved: cst.CSTNode) -> Iterator[Edit]:
    """The edits that move the further rows of a node to the left as it takes the place of another.

    Only where the node begins its row: else its rows are aligned with something that stays.
    """
    row, last = rows_of(kit, moved)
    start, _ = kit.span(moved)
    before = kit.source.text[kit.source.offset(row, 0) : start]
    by = len(before) - len(indentation_of(kit, rows_of(kit, place)[0]))
    if not before.strip() and by > 0:
        yield from shifted_left(kit, row + 1, last, by)


def added_up(kit: Kit, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits, with one for each row that several move to the left; none for rows that go."""
    others: list[Edit] = []
    shifts: dict[int, int] = {}
    for edit in edits:
        row, column = kit.source.position(edit.start).row, kit.source.position(edit.start).column
        if edit.text or column > 1 or edit.end - edit.start > len(indentation_of(kit, row)):
            others.append(edit)
        elif edit.end > edit.start:
            shifts[row] = shifts.get(row, 0) + edit.end - edit.start
    moved: list[Edit] = []
    for row, by in shifts.items():
        start = kit.source.offset(row, 0)
        if not any(other.start < start < other.end for other in others):
            moved.append(Edit(start, start + min(by, len(indentation_of(kit, row))), ""))
    return (*others, *moved)
