"""Cures `await` on a generator of one item: takes the item, or enters it as a context manager."""

from __future__ import annotations

import libcst as cst

from asynclint.facts import Kind
from asynclint.findings import Applicability, Fix
from asynclint.fixes.awaiting import awaited_text, may_await
from asynclint.fixes.header import indentation
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import indentation_of, rows_of, shifted_right
from asynclint.fixes.returns import is_last, only_yield, stands_alone
from asynclint.flow.story import Consumption
from asynclint.model.values import Func, Lib, one

_MANAGER = "contextlib.asynccontextmanager"


def only_item(kit: Kit, entry: Consumption) -> Fix | None:
    """`await anext(f())`, or `async with` where the generator goes on behind its `yield`.

    None unless the generator function is known to yield once, and in no loop.
    """
    by, place = entry.subject.by, entry.by.node
    if not isinstance(by, Func) or by.function.kind is not Kind.ASYNC_GENERATOR:
        return None
    unit = kit.program.unit(by.function)
    node = unit.node if unit is not None else None
    item = only_yield(node) if isinstance(node, cst.FunctionDef) else None
    if unit is None or item is None or not isinstance(place, cst.Await):
        return None
    story = kit.program.story(unit)
    if story is None or item.value is None:
        return None
    goes_on = not _ends_there(Kit(kit.program, unit, kit.tree, story), item)
    return _entered(kit, place) if goes_on else _taken(kit, place)


def _ends_there(kit: Kit, item: cst.Yield) -> bool:
    """Whether nothing happens behind a `yield`."""
    statement = kit.parent(item)
    if not isinstance(statement, cst.Expr) or not is_last(kit, statement):
        return False
    around = kit.parents(statement)
    return not any(isinstance(above, cst.With | cst.Try | cst.TryStar) for above in around)


def _taken(kit: Kit, place: cst.Await) -> Fix | None:
    known = kit.program.resolver.name("anext", kit.unit.scope) == one(Lib("builtins.anext"))
    if not known or not may_await(kit, place):
        return None
    edit = awaited_text(kit, place, f"anext({kit.text(place.expression)})")
    message = "Await its only item; unsafe, as the generator is not run to its end"
    return Fix(Applicability.UNSAFE, message, (edit,))


def _entered(kit: Kit, place: cst.Await) -> Fix | None:
    """`async with asynccontextmanager(f)() as x:` around all that follows `x = await f()`."""
    statement, call = kit.parent(place), place.expression
    if not isinstance(statement, cst.Assign) or not isinstance(call, cst.Call):
        return None
    target = statement.targets[0].target
    if len(statement.targets) != 1 or not isinstance(target, cst.Name):
        return None
    line = kit.parent(statement)
    block = kit.parent(line) if line is not None else None
    if not stands_alone(kit, statement) or not isinstance(block, cst.IndentedBlock):
        return None
    rest = block.body[[each is line for each in block.body].index(True) + 1 :]
    row, last = rows_of(kit, statement)
    reached = reach(kit.source, kit.tree, _MANAGER, line=row)
    if not rest or row != last or reached.spelling is None:
        return None
    arguments = kit.source.text[kit.span(call.func)[1] : kit.span(call)[1]]
    manager = f"{reached.spelling}({kit.text(call.func)}){arguments}"
    head = kit.replace(statement, f"async with {manager} as {target.value}:")
    unit = indentation(kit.source, kit.tree)
    first, end = row + 1, rows_of(kit, rest[-1])[1]
    if isinstance(rest[-1], cst.BaseCompoundStatement):
        end = _last_row(kit, rest[-1], len(indentation_of(kit, row)))
    moved = tuple(shifted_right(kit, first, end, unit))
    message = "Enter it as a context manager; unsafe, as its end then runs behind the block"
    return Fix(Applicability.UNSAFE, message, (head, *moved, *reached.edits))


def _last_row(kit: Kit, statement: cst.CSTNode, indent: int) -> int:
    """The last row of a compound statement: that of its last line that is indented further."""
    row = rows_of(kit, statement)[1]
    while row < len(kit.source.line_starts):
        line = kit.source.line(row + 1)
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        row += 1
    while row > 1 and not kit.source.line(row).strip():
        row -= 1
    return row
