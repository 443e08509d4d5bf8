"""How a line of code looks on a terminal: tabs, wide characters, lines without end."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from asynclint.report.safe_text import visible

_TAB = 4
_WIDE = frozenset("WF")
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})
#: Of longer lines, a piece around the mark is shown.
_LONGEST = 160
_BEFORE_MARK = 40
_CUT = "…"


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line as it is shown; its mark starts at column `start` (0-based) and is `width` wide."""

    text: str
    start: int
    width: int


def lay_out(line: str, first: int, last: int) -> MarkedLine:
    """Shows a line with its characters `first` to `last` (0-based, end exclusive) marked.

    The mark is one column wide at least, also behind the end of the line.
    """
    begin, end = _window(len(line), first)
    shown: list[str] = [_CUT] if begin else []
    column = len(shown)
    start, stop = column, column
    for index in range(begin, end):
        if index == first:
            start = column
        text, width = _cell(line[index], column)
        shown.append(text)
        column += width
        if index == last - 1:
            stop = column
    if first >= end:
        start = column
    if end < len(line):
        shown.append(_CUT)
    return MarkedLine(
        "".join(shown), start, max(stop if last <= end else column, start + 1) - start
    )


def _window(length: int, first: int) -> tuple[int, int]:
    if length <= _LONGEST:
        return 0, length
    begin = max(0, min(first - _BEFORE_MARK, length - _LONGEST))
    return begin, begin + _LONGEST


def _cell(character: str, column: int) -> tuple[str, int]:
    """What is shown for a character at a column, and how wide it is."""
    if character == "\t":
        width = _TAB - column % _TAB
        return " " * width, width
    shown = visible(character)
    if unicodedata.east_asian_width(shown) in _WIDE:
        return shown, 2
    return shown, 0 if unicodedata.category(shown) in _NO_WIDTH else 1
