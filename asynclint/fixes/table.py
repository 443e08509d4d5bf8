"""Cures tables of coroutine objects: they hold functions, which are called at each look-up."""

from __future__ import annotations

from itertools import chain

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.annotating import as_factory
from asynclint.fixes.calling import is_maker, meanings
from asynclint.fixes.factory import as_function
from asynclint.fixes.kit import Kit
from asynclint.fixes.variables import Load, held

_LOOKING = frozenset({"keys", "__contains__", "__len__"})


def table_of_functions(kit: Kit, display: cst.CSTNode | None) -> Fix | None:
    """`{"a": work()}` becomes `{"a": work}`, and `await table[key]` becomes `await table[key]()`.

    None unless the table is a variable's, holds nothing but calls, and is only looked up and asked
    for its keys. Unsafe: what was done once is done at each look-up.
    """
    calls = _values(kit, display)
    variable = held(kit, display)
    if not calls or variable is None or len(variable.statements) > 1 or not variable.loads:
        return None
    changed = frozenset(chain(*(load.changed for load in variable.loads)))
    parts = [as_function(kit, call, lazily=_is_the_same(kit, call, changed)) for call in calls]
    parts += [_look_up(kit, load) for load in variable.loads]
    statement = variable.statements[0]
    if isinstance(statement, cst.AnnAssign):
        parts.append(as_factory(kit, statement.annotation))
    edits = [part for part in parts if part is not None]
    if len(edits) < len(parts):
        return None
    message = "Keep functions and call them; unsafe, as each look-up does the work again"
    return Fix(Applicability.UNSAFE, message, tuple(dict.fromkeys(chain(*edits))))


def _values(kit: Kit, display: cst.CSTNode | None) -> list[cst.Call]:
    """The calls that a display of keys, or of positions, holds; none if it holds anything else."""
    if not isinstance(display, cst.Dict | cst.List | cst.Tuple):
        return []
    values = [
        element.value
        for element in display.elements
        if isinstance(element, cst.DictElement | cst.Element)
    ]
    calls = [value for value in values if isinstance(value, cst.Call) and is_maker(kit, value)]
    return calls if len(calls) == len(display.elements) else []


def _is_the_same(kit: Kit, call: cst.Call, changed: frozenset[str]) -> bool:
    """Whether a call means at the look-ups what it means where the table is made."""
    read = meanings(kit, call)
    return read is not None and read.isdisjoint(changed)


def _look_up(kit: Kit, load: Load) -> tuple[Edit, ...] | None:
    """Calls what is looked up; () where the table is only asked for its keys."""
    above = kit.parent(load.node)
    if isinstance(above, cst.Subscript) and above.value is load.node and _is_consumed(kit, above):
        _, end = kit.span(above)
        return (Edit(end, end, "()"),)
    keys = isinstance(above, cst.For | cst.CompFor) and above.iter is load.node
    asked = isinstance(above, cst.Attribute) and above.attr.value in _LOOKING
    member = isinstance(above, cst.ComparisonTarget) and isinstance(
        above.operator, cst.In | cst.NotIn
    )
    counted = isinstance(above, cst.Arg) and _is_counted(kit, above)
    return () if keys or asked or member or counted else None


def _is_consumed(kit: Kit, node: cst.CSTNode) -> bool:
    return any(entry.node is node for entry in kit.story.consumptions)


def _is_counted(kit: Kit, argument: cst.Arg) -> bool:
    call = kit.parent(argument)
    function = call.func if isinstance(call, cst.Call) else None
    return isinstance(function, cst.Name) and function.value == "len"
