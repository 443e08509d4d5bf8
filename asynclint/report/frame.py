"""The code frame: the lines at fault, numbered, with carets below what is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.report.columns import MarkedLine, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asynclint.findings import Position
    from asynclint.report.colour import Paint
    from asynclint.source.text import Source

#: Rows of a finding that are shown: its beginning tells what it is about.
_MOST_ROWS = 4


def frame(source: Source, start: Position, end: Position, label: str, paint: Paint) -> list[str]:
    """The lines of the frame around a range; `label` stands behind the last carets."""
    last = _last_row(start, end)
    shown = min(last, start.row + _MOST_ROWS - 1)
    pad = " " * (len(str(shown)) + 1)
    bar = paint.frame(f"{pad}|")
    lines = [bar]
    if start.row > 1 and source.line(start.row - 1).strip():
        before = lay_out(source.line(start.row - 1), 0, 0)
        lines.append(_code_line(start.row - 1, pad, before, paint))
    for row in range(start.row, shown + 1):
        marked = _marked(source, row, start, end)
        lines.append(_code_line(row, pad, marked, paint))
        note = f" {label}" if label and row == shown else ""
        carets = paint.fault("^" * marked.width + note)
        lines.append(f"{bar} {' ' * marked.start}{carets}")
    lines.extend(_ending(bar, cut=shown < last))
    return lines


def gutter(start: Position, end: Position) -> str:
    """The blanks that bring the lines below a frame under its bar."""
    shown = min(_last_row(start, end), start.row + _MOST_ROWS - 1)
    return " " * (len(str(shown)) + 1)


def _last_row(start: Position, end: Position) -> int:
    """A range that ends before the first column of a row does not reach into that row."""
    return end.row - 1 if end.column == 1 and end.row > start.row else max(end.row, start.row)


def _code_line(row: int, pad: str, line: MarkedLine, paint: Paint) -> str:
    number = paint.frame(f"{row:>{len(pad) - 1}} |")
    return f"{number} {line.text}".rstrip()


def _marked(source: Source, row: int, start: Position, end: Position) -> MarkedLine:
    line = source.line(row)
    indent = len(line) - len(line.lstrip())
    first = start.column - 1 if row == start.row else indent
    last = end.column - 1 if row == end.row else len(line.rstrip())
    return lay_out(line, first, last)


def _ending(bar: str, *, cut: bool) -> Iterator[str]:
    if cut:
        yield f"{bar} ..."
    yield bar
