"""Cures reuse: calls the function anew wherever the one object that it gave was consumed."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.calling import meanings
from asynclint.fixes.kit import Kit
from asynclint.fixes.multiplied import called_for_each, comprehension, multiplication
from asynclint.fixes.placing import moved
from asynclint.fixes.removing import removal
from asynclint.fixes.repeatable import bound_in
from asynclint.fixes.variables import Load, goes_into_container, held


def fresh_calls(kit: Kit, call: cst.CSTNode | None) -> Fix | None:
    """Replaces every use of a variable by the call that made its value, and drops the variable.

    None unless all uses consume the object or put it into a container, and the names in the
    call mean the same at all of them. Always unsafe: what was done once, or failed, is done again.
    """
    variable = held(kit, call)
    read = meanings(kit, call) if isinstance(call, cst.Call) else None
    if not isinstance(call, cst.Call) or variable is None or read is None or not variable.loads:
        return None
    edits = [_replacement(kit, call, load, read) for load in variable.loads]
    edits.append(removal(kit, variable.statement))
    known = [edit for edit in edits if edit is not None]
    if len(known) < len(edits):
        return None
    message = f"Call `{kit.text(call.func)}` anew each time, which does its work again"
    return Fix(Applicability.UNSAFE, message, tuple(known))


def call_for_each(kit: Kit, call: cst.CSTNode | None) -> Fix | None:
    """Makes one object for each place of a container that holds the same one several times."""
    return called_for_each(kit, call) or fresh_calls(kit, call)


def _replacement(kit: Kit, call: cst.Call, load: Load, read: frozenset[str]) -> Edit | None:
    """Calls where the variable was read, if that is the same there."""
    if not load.sure or load.changed & read or _bound_around(kit, load.node) & read:
        return None
    if not _is_consumed(kit, call, load.node) and not goes_into_container(kit, load.node):
        return None
    text = moved(kit, call, load.node)
    if text is None:
        return None
    product = multiplication(kit, load.node)
    if product is not None:
        return comprehension(kit, product, text, read)
    return kit.replace(load.node, text)


def _bound_around(kit: Kit, node: cst.CSTNode) -> frozenset[str]:
    """The variables of the comprehensions around a node."""
    found: frozenset[str] = frozenset()
    for above in kit.parents(node):
        if isinstance(above, cst.FunctionDef | cst.Lambda):
            break
        if isinstance(above, cst.BaseComp):
            found |= bound_in(above)
    return found


def _is_consumed(kit: Kit, call: cst.Call, node: cst.Name) -> bool:
    entries = kit.story.consumptions
    return any(entry.node is node and entry.subject.made is call for entry in entries)
