"""Takes the statements of a loop block out of the text; what they enclose moves to the left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import LoopBlock
from asynclint.fixes.passages import comments_in, indentation_of, is_pragma, rows_of, shifted_left


def without_loop(kit: Kit, block: LoopBlock) -> tuple[Edit, ...]:
    """The edits that remove a block's statements about the loop itself; comments stay."""
    edits: list[Edit] = []
    gone: set[int] = set()
    for clause in [*block.unwrapped, *block.trimmed]:
        if isinstance(clause, cst.Try):
            edits.extend(_without_finally(kit, clause, gone))
    for statement in block.unwrapped:
        edits.extend(_without_header(kit, statement, gone))
    for line in block.dropped:
        if rows_of(kit, line)[0] not in gone:
            edits.extend(without_rows(kit, *rows_of(kit, line), gone))
    edits.extend(_without_spare_blanks(kit, block, gone))
    return _merged(edits)


def _without_finally(kit: Kit, statement: cst.Try, gone: set[int]) -> Iterator[Edit]:
    assert statement.finalbody is not None
    body = statement.finalbody.body
    last = body.body[-1] if isinstance(body, cst.IndentedBlock) else statement.finalbody
    yield from without_rows(kit, rows_of(kit, statement.finalbody)[0], rows_of(kit, last)[1], gone)


def _without_header(kit: Kit, statement: cst.Try | cst.With, gone: set[int]) -> Iterator[Edit]:
    """Removes the line of a `try` or `with`, and moves its body to where the line began."""
    first, _ = rows_of(kit, statement)
    body = statement.body.body
    colon = rows_of(kit, statement.items[-1])[1] if isinstance(statement, cst.With) else first
    yield from without_rows(kit, first, colon, gone)
    by = len(indentation_of(kit, rows_of(kit, body[0])[0])) - len(indentation_of(kit, first))
    last = rows_of(kit, body[-1])[1]
    clause = statement.finalbody if isinstance(statement, cst.Try) else None
    if clause is not None:  # comments may stand below the last statement
        last = rows_of(kit, clause)[0] - 1
    for edit in shifted_left(kit, colon + 1, last, by):
        if kit.source.position(edit.start).row not in gone:
            yield edit


def without_rows(kit: Kit, first: int, last: int, gone: set[int]) -> Iterator[Edit]:
    """Removes rows (1-based, inclusive), and leaves their comments on rows of their own.

    gone: gets the rows that are removed.
    """
    source = kit.source
    starts = source.line_starts
    end = starts[last] if last < len(starts) else len(source.text)
    indent = indentation_of(kit, first)
    comments = comments_in(source.text[starts[first - 1] : end])
    kept = [comment for comment in comments if not is_pragma(comment)]
    gone.update(range(first, last + 1))
    text = "".join(f"{indent}{comment}{source.newline}" for comment in kept)
    yield Edit(starts[first - 1], end, text)


def _without_spare_blanks(kit: Kit, block: LoopBlock, gone: set[int]) -> Iterator[Edit]:
    """Removes the blank rows behind removed ones that open a block or follow other blank rows."""
    openings = {rows_of(kit, line)[0] for line in block.dropped if _opens(kit, line)}
    for row in sorted(gone):
        if row + 1 in gone:
            continue
        above = row
        while above in gone:
            above -= 1
        if above + 1 not in openings and kit.source.line(above).strip():
            continue
        behind = row + 1
        while behind < len(kit.source.line_starts) and not kit.source.line(behind).strip():
            behind += 1
        starts = kit.source.line_starts
        if behind > row + 1 and behind <= len(starts):
            yield Edit(starts[row], starts[behind - 1], "")


def _opens(kit: Kit, line: cst.SimpleStatementLine) -> bool:
    """Whether nothing is left before a statement in its block."""
    suite = kit.parent(line)
    if not isinstance(suite, (cst.IndentedBlock, cst.Module)):
        return False
    return suite.body[0] is line


def _merged(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits in order, without what stands within a removed range."""
    found: list[Edit] = []
    for edit in sorted(edits, key=lambda each: (each.start, -each.end)):
        if found and edit.end <= found[-1].end and found[-1].start < found[-1].end:
            continue
        found.append(edit)
    return tuple(found)
