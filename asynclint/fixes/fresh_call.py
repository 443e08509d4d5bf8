"""Cures reuse: calls the function anew wherever the one object that it gave was consumed."""

from __future__ import annotations

from itertools import chain

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.calling import meanings
from asynclint.fixes.kit import Kit
from asynclint.fixes.multiplied import put_call
from asynclint.fixes.placing import moved
from asynclint.fixes.removing import removal
from asynclint.fixes.repeatable import bound_in
from asynclint.fixes.variables import Load, goes_into_container, held, is_consumed


def calls_in_place(kit: Kit, call: cst.Call) -> Fix | None:
    """Puts a call in the place of the variable that holds what it made, wherever that is read.

    None unless all uses consume the object or put it into a container, and the names in the call
    mean the same there. Always unsafe: what was done once, or failed, is done again.
    """
    read = meanings(kit, call)
    edits = _edits(kit, call, call, read) if read is not None else None
    if edits is None:
        return None
    message = f"Call `{kit.text(call.func)}` anew each time; unsafe, as it does its work again"
    return Fix(Applicability.UNSAFE, message, edits)


def _edits(
    kit: Kit, call: cst.Call, value: cst.BaseExpression, read: frozenset[str]
) -> tuple[Edit, ...] | None:
    """The edits for the variable that holds a value, and for those that it is assigned to.

    value: the call, or a variable that holds what it made. read: the names in the call.
    """
    variable = held(kit, value)
    if variable is None or len(variable.statements) > 1 or not variable.loads:
        return None
    gone = removal(kit, variable.statements[0])
    parts = [_put(kit, call, load, read) for load in variable.loads]
    known = [part for part in parts if part is not None]
    return (gone, *chain(*known)) if gone is not None and len(known) == len(parts) else None


def _put(kit: Kit, call: cst.Call, load: Load, read: frozenset[str]) -> tuple[Edit, ...] | None:
    """Calls where the variable was read, if that is the same there."""
    if (load.changed | _bound_around(kit, load.node)) & read:
        return None
    if not is_consumed(kit, call, load.node) and not goes_into_container(kit, load.node):
        return _edits(kit, call, load.node, read)
    text = moved(kit, call, load.node)
    edit = put_call(kit, load.node, text, read) if text is not None else None
    return None if edit is None else (edit,)


def _bound_around(kit: Kit, node: cst.CSTNode) -> frozenset[str]:
    """The variables of the comprehensions around a node."""
    found: frozenset[str] = frozenset()
    for above in kit.parents(node):
        if isinstance(above, cst.FunctionDef | cst.Lambda):
            break
        if isinstance(above, cst.BaseComp):
            found |= bound_in(above)
    return found
