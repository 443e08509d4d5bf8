"""Cures a loop that is not closed on every path: closes it in a `finally`."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.header import indentation
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import (
    binding_of,
    is_seen_elsewhere,
    last_name,
    small_line,
)
from asynclint.fixes.mentions import mentions
from asynclint.fixes.passages import indentation_of, indented, rows_of, shifted_right
from asynclint.fixes.unwrapping import without_rows

_MESSAGE = "Close the loop in a `finally`; unsafe, as others may have used it as the current one"


def closed_in_finally(kit: Kit, made: cst.CSTNode) -> Fix | None:
    """`try: ... finally: loop.close()` around all that uses the loop.

    None where the variable gets another loop meanwhile, or where others may see it.
    """
    edits = closing_edits(kit, made)
    return Fix(Applicability.UNSAFE, _MESSAGE, edits) if edits is not None else None


def closing_edits(kit: Kit, made: cst.CSTNode) -> tuple[Edit, ...] | None:
    """The edits of that."""
    bound = binding_of(kit, made)
    if bound is None or is_seen_elsewhere(kit, bound[0]):
        return None
    name, statement = bound
    suite = kit.parent(statement)
    if not isinstance(suite, (cst.IndentedBlock, cst.Module)):
        return None
    place = [each is statement for each in suite.body].index(True)
    using = [index for index, each in enumerate(suite.body) if any(mentions(each, name))]
    if using[0] < place or using[-1] == place:
        return None
    start = place + 1 + _is_setting(kit, suite.body[place + 1], name)
    region = suite.body[start : using[-1] + 1]
    everywhere = sum(1 for _ in mentions(kit.unit.node, name))
    if everywhere != sum(1 for each in suite.body for _ in mentions(each, name)) or not region:
        return None
    return _wrapped(kit, name, rows_of(kit, suite.body[start - 1])[1] + 1, region)


def _is_setting(kit: Kit, statement: cst.CSTNode, name: str) -> bool:
    """Whether a statement is `set_event_loop(loop)`."""
    found = list(mentions(statement, name))
    above = kit.parent(found[0]) if len(found) == 1 else None
    call = kit.parent(above) if isinstance(above, cst.Arg) else None
    if call is None or last_name(call) != "set_event_loop":
        return False
    return small_line(kit, kit.parent(call)) is statement


def _wrapped(
    kit: Kit, name: str, first: int, region: Sequence[cst.CSTNode]
) -> tuple[Edit, ...] | None:
    """The edits that put a region from a row on into a `try`, without its own closing."""
    gone: set[int] = set()
    edits: list[Edit] = []
    unit = indentation(kit.source, kit.tree)
    for mention in [each for part in region for each in mentions(part, name)]:
        above = kit.parent(mention)
        if isinstance(above, (cst.AssignTarget, cst.AsName, cst.For)):
            return None
        if not isinstance(above, cst.Attribute) or above.attr.value != "close":
            continue
        call = kit.parent(above)
        line = small_line(kit, kit.parent(call)) if call is not None else None
        suite = kit.parent(line) if line is not None else None
        if not isinstance(suite, (cst.IndentedBlock, cst.Module)) or len(suite.body) == 1:
            return None
        assert line is not None
        removed = without_rows(kit, *rows_of(kit, line), gone)
        edits.extend(indented(edit, unit) for edit in removed)
    last = rows_of(kit, region[-1])[1]
    while last in gone:
        last -= 1
    while not kit.source.line(first).strip():
        first += 1
    opening, closing = _frame(kit, name, first, last)
    left = [each for each in region if rows_of(kit, each)[0] not in gone]
    if len(left) == 1 and isinstance(left[0], cst.Try) and left[0].finalbody is None:
        return (*edits, closing)
    shifted = shifted_right(kit, first, last, unit)
    kept = [edit for edit in shifted if kit.source.position(edit.start).row not in gone]
    return (*edits, opening, *kept, closing)


def _frame(kit: Kit, name: str, first: int, last: int) -> tuple[Edit, Edit]:
    """The edits that put `try:` above some rows, and `finally:` with the close below them."""
    source = kit.source
    indent, unit = indentation_of(kit, first), indentation(source, kit.tree)
    top = source.offset(first, 0)
    bottom = source.offset(last, 0) + len(source.line(last))
    closing = f"{indent}finally:{source.newline}{indent}{unit}{name}.close()"
    return (
        Edit(top, top, f"{indent}try:{source.newline}"),
        Edit(bottom, bottom, f"{source.newline}{closing}"),
    )
