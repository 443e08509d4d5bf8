"""Writes statements as the body of a coroutine function in their own place, with its run below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.header import indentation, row_with_comments
from asynclint.fixes.imports import Reached
from asynclint.fixes.kit import Kit
from asynclint.fixes.mentions import mentions
from asynclint.fixes.passages import indentation_of, rows_of, shifted_right
from asynclint.model.declared import Function


@dataclass(frozen=True, slots=True)
class Passage:
    """Statements that become the body of a coroutine function, in the very place.

    around: the function whose body they are, None where they are taken out of a body. declared:
    what goes before them, `nonlocal x` say, or "". given: the variable that it takes as a
    parameter, or "".
    """

    statements: Sequence[cst.CSTNode]
    around: cst.FunctionDef | None
    name: str
    declared: str
    returns: bool
    given: str = ""

    def within(self, kit: Kit, node: cst.CSTNode) -> cst.CSTNode | None:
        """What of the passage a node stands in: the function, or the statement; None outside."""
        moved = {id(each) for each in self.statements}
        for above in kit.parents(node):
            if above is self.around or (self.around is None and id(above) in moved):
                return above
        return None


def framed(kit: Kit, passage: Passage, run: Reached, changes: Sequence[Edit]) -> Iterator[Edit]:
    """The edits that put the coroutine function's head above the passage, and its run below."""
    source = kit.source
    newline, unit = source.newline, indentation(source, kit.tree)
    first, last = _rows(kit, passage.statements)
    indent = indentation_of(kit, first)
    head = [
        f"async def {passage.name}({passage.given}):",
        *([unit + passage.declared] if passage.declared else []),
    ]
    top = source.offset(first, 0)
    blanks = newline * _missing_blanks(kit, passage, first, 1 if indent else 2)
    if any(edit.start == top for edit in run.edits):
        blanks = newline  # the import leaves one above a statement that is no definition
    yield Edit(top, top, blanks + "".join(f"{indent}{line}{newline}" for line in head))
    for edit in shifted_right(kit, first, last, unit):
        if not any(_takes_row(kit, other, edit.start) for other in changes):
            yield edit
    returned = "return " if passage.returns else ""
    call = f"{indent}{returned}{run.spelling}({passage.name}({passage.given}))"
    gap = newline if indent else newline * 2
    starts = source.line_starts
    if last < len(starts):
        yield Edit(starts[last], starts[last], f"{gap}{call}{newline}")
    else:
        end = len(source.text)
        left = not any(each.start <= source.offset(last, 0) and each.end == end for each in changes)
        yield Edit(end, end, f"{newline if left else ''}{gap}{call}")


def _missing_blanks(kit: Kit, passage: Passage, row: int, wanted: int) -> int:
    """How many blank lines a definition needs above a row, where another statement is there."""
    block = kit.parent(passage.statements[0])
    if not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return 0
    if block.body[0] is passage.statements[0] or passage.around is not None:
        return 0
    present = 0
    while present < wanted and not kit.source.line(row - 1 - present).strip():
        present += 1
    return wanted - present


def _takes_row(kit: Kit, edit: Edit, start: int) -> bool:
    """Whether an edit takes the row that begins at an offset out, or joins it to the one above."""
    end = start + len(kit.source.line(kit.source.position(start).row))
    return edit.start < start < edit.end or (edit.start == start and end <= edit.end)


def _rows(kit: Kit, statements: Sequence[cst.CSTNode]) -> tuple[int, int]:
    """The rows of statements, with the comments right above them."""
    first = row_with_comments(kit.source, rows_of(kit, statements[0])[0])
    return first, rows_of(kit, statements[-1])[1]


def rebound(function: Function) -> list[str]:
    """The parameters that a function's body binds anew."""
    bindings = function.scope.bindings
    return [each.name for each in function.parameters if len(bindings[each.name]) > 1]


def is_annotated(kit: Kit, node: cst.CSTNode, names: Sequence[str]) -> bool:
    """Whether one is: then it cannot be `global` or `nonlocal` (language reference, 7.12, 7.13)."""
    above = [kit.parent(mention) for name in names for mention in mentions(node, name)]
    return any(isinstance(each, cst.AnnAssign) and kit.text(each.target) in names for each in above)


def returns_value(body: cst.CSTNode) -> bool:
    """Whether a statement of a function's own returns something."""
    return any(isinstance(each, cst.Return) and each.value is not None for each in own_nodes(body))


def own_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes of a body, without those of the functions in it."""
    yield node
    if not isinstance(node, (cst.FunctionDef, cst.Lambda)):
        for child in node.children:
            yield from own_nodes(child)
