"""Takes a statement out of the text, and leaves comments and blank lines as a person would."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import comments_in, indentation_of, is_pragma


def removal(kit: Kit, statement: cst.Assign | cst.AnnAssign) -> Edit | None:
    """The edit that removes an assignment; None where its block would be left empty.

    The comments behind it, and those around its value, stay on lines of their own. Those within the
    value go with it: they are at its new place.
    """
    line = kit.parent(statement)
    if not isinstance(line, cst.SimpleStatementLine):
        return None
    if len(line.body) > 1:
        return _from_series(kit, line, statement)
    block = kit.parent(line)
    if not isinstance(block, cst.IndentedBlock | cst.Module) or len(block.body) == 1:
        return None
    first = kit.range(statement)[0].row
    behind = kit.range(statement)[1].row + 1
    source = kit.source
    kept = "".join(
        f"{indentation_of(kit, first)}{comment}{source.newline}"
        for comment in _comments(kit, line, statement)
        if not is_pragma(comment)
    )
    if not kept and not any(above.comment for above in line.leading_lines):
        behind += _spare_blanks(kit, first, behind, opens=block.body[0] is line)
    starts = source.line_starts
    end = starts[behind - 1] if behind <= len(starts) else len(source.text)
    return Edit(starts[first - 1], end, kept)


def _comments(
    kit: Kit, line: cst.SimpleStatementLine, statement: cst.Assign | cst.AnnAssign
) -> list[str]:
    """The comments that belong to a statement but not to its value."""
    found = comments_in(kit.text(statement))
    for comment in comments_in(kit.text(statement.value)) if statement.value else ():
        found.remove(comment)
    behind = line.trailing_whitespace.comment
    return [*found, behind.value] if behind is not None else found


def _from_series(
    kit: Kit, line: cst.SimpleStatementLine, statement: cst.BaseSmallStatement
) -> Edit:
    """Removes one of several statements that stand on a line, with its semicolon."""
    index = [part is statement for part in line.body].index(True)
    if index + 1 < len(line.body):
        return Edit(kit.span(statement)[0], kit.span(line.body[index + 1])[0], "")
    return Edit(kit.span(line.body[index - 1])[1], kit.span(statement)[1], "")


def _spare_blanks(kit: Kit, first: int, behind: int, *, opens: bool) -> int:
    """How many of the blank lines behind a removed line are one too many without it."""
    below = _blanks(kit, behind, 1)
    return below if opens else min(below, _blanks(kit, first - 1, -1))


def _blanks(kit: Kit, row: int, step: int) -> int:
    count = 0
    while 1 <= row < len(kit.source.line_starts) and not kit.source.line(row).strip():
        count, row = count + 1, row + step
    return count
