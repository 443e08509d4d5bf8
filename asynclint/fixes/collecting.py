"""A list of all that an async generator gives: as a comprehension, or by a helper coroutine."""

from __future__ import annotations

from itertools import chain, count

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.awaiting import awaited_text, may_await, room_to_await
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.kit import Kit
from asynclint.fixes.placing import replace_by_atom
from asynclint.fixes.repeatable import names_mentioned

_NAME = "_collect"
_HELPER = f"""\
async def {_NAME}(stream):
    return [item async for item in stream]
"""
_VARIABLES = ("item", "element", "entry")
# What must be in parentheses behind `in` (language reference, "Displays for lists, sets and
# dictionaries": an `or_test`).
_LOOSE = (cst.IfExp, cst.Lambda, cst.NamedExpr, cst.Yield)
#: The brackets of the displays that are as good as calls of these builtins.
BRACKETS = {"list": ("[", "]"), "set": ("{", "}")}
_AROUND = {**BRACKETS, "tuple": ("tuple([", "])")}


def by_helper(kit: Kit, stream: cst.BaseExpression) -> tuple[Edit, ...]:
    """Makes an async generator a coroutine object whose result is the list of its items."""
    helper = helper_edit(kit.source, kit.tree, _NAME, _HELPER)
    text = kit.text(stream)
    start, end = kit.span(stream)
    if isinstance(stream, cst.GeneratorExp) and stream.lpar:
        # One pair of parentheses does for the only argument.
        start, end = kit.span(stream.lpar[0])[0], kit.span(stream.rpar[-1])[1]
    edit = Edit(start, end, f"{helper.name}({text})")
    return (edit, helper.edit) if helper.edit is not None else (edit,)


def listed(
    kit: Kit, place: cst.BaseExpression, stream: cst.BaseExpression, kind: str = "list"
) -> tuple[Edit, ...] | None:
    """Puts a list, set or tuple of the items of an async generator in the place of an expression.

    None where the list cannot be awaited for.
    """
    room = room_to_await(kit, place)
    if room is None:
        return None
    if within_comprehension(kit, place):
        return _awaited_from_helper(kit, place, stream, room) if kind == "list" else None
    text = _iterable(kit, stream)
    names = names_mentioned(stream)
    variable = next(name for name in _candidates() if name not in names)
    left, right = _AROUND[kind]
    edit = replace_by_atom(kit, place, f"{left}{variable} async for {variable} in {text}{right}")
    return None if edit is None else (*room, edit)


def _awaited_from_helper(
    kit: Kit, place: cst.BaseExpression, stream: cst.BaseExpression, room: tuple[Edit, ...]
) -> tuple[Edit, ...]:
    """Before Python 3.11 an async comprehension could not stand within another one."""
    helper = helper_edit(kit.source, kit.tree, _NAME, _HELPER)
    edit = awaited_text(kit, place, f"{helper.name}({kit.text(stream)})")
    return (*room, edit) if helper.edit is None else (*room, edit, helper.edit)


def within_comprehension(kit: Kit, node: cst.CSTNode) -> bool:
    """Whether a node is evaluated by a comprehension, that is, not as its first iterable."""
    below: cst.CSTNode = node
    beneath: cst.CSTNode | None = None
    for above in kit.parents(node):
        if isinstance(above, cst.FunctionDef | cst.Lambda):
            return False
        if isinstance(above, cst.BaseComp):
            first = above.for_in
            if below is not first or beneath is not first.iter:
                return True
        below, beneath = above, below
    return False


def comprehension_around(kit: Kit, clause: cst.CompFor) -> cst.BaseComp | None:
    """The comprehension that a `for` clause belongs to."""
    return next((above for above in kit.parents(clause) if isinstance(above, cst.BaseComp)), None)


def can_be_async(kit: Kit, comprehension: cst.BaseComp) -> bool:
    """Whether a list, set or dict comprehension may have an `async for`."""
    if isinstance(comprehension, cst.GeneratorExp):
        return False
    return may_await(kit, comprehension) and not within_comprehension(kit, comprehension)


def _iterable(kit: Kit, stream: cst.BaseExpression) -> str:
    text = kit.text(stream)
    bare = isinstance(stream, cst.GeneratorExp) and not text.startswith("(")
    return f"({text})" if bare or isinstance(stream, _LOOSE) or "\n" in text else text


def _candidates() -> chain[str]:
    return chain(_VARIABLES, (f"item_{number}" for number in count(2)))
