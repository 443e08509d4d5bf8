"""Cures `async for` over a coroutine, where its result was meant."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaited_value import offers
from asynclint.fixes.awaiting import awaited, may_await
from asynclint.fixes.calling import is_maker
from asynclint.fixes.collecting import comprehension_around
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.kit import Kit
from asynclint.flow.story import Iteration
from asynclint.model.values import ASYNC_GENERATOR, Func, Thing
from asynclint.visitor import ops

_NAME = "_items_of"
_HELPER = f"""\
async def {_NAME}(coroutine):
    for item in await coroutine:
        yield item
"""


def iterated_result(kit: Kit, entry: Iteration) -> Fix | None:
    """`async for` over a coroutine becomes `for` over its result, which may be asynchronous too."""
    match entry.op:
        case ops.Call() if isinstance(entry.node, cst.Call):
            return _streamed(kit, entry, entry.node)
        case ops.Start(node=cst.For() as loop):
            iterable, keyword = loop.iter, loop.asynchronous
        case ops.Start(node=cst.CompFor() as clause):
            iterable, keyword = clause.iter, clause.asynchronous
        case _:
            return None
    if keyword is None or not may_await(kit, iterable) or _awaits_generator(kit, entry.subject.by):
        return None
    edits = awaited(kit, iterable, iterable)
    if edits is None:
        return None
    if offers(kit, entry.subject, "__aiter__"):
        message = "Await it first; unsafe, as what it gives may be something else"
        return Fix(Applicability.UNSAFE, message, edits)
    if isinstance(entry.op.node, cst.CompFor) and _makes_generator(kit, entry.op.node):
        return None
    start, end = kit.span(keyword)
    removed = Edit(start, end + len(keyword.whitespace_after.value), "")
    message = "Iterate what it gives; unsafe, as that may be an async iterable"
    return Fix(Applicability.UNSAFE, message, (removed, *edits))


def _streamed(kit: Kit, entry: Iteration, made: cst.Call) -> Fix | None:
    """Gives an async generator to a function that iterates its argument."""
    if not is_maker(kit, made):
        return None
    if offers(kit, entry.subject, "__aiter__"):
        edits = awaited(kit, made, made) if may_await(kit, made) else None
    else:
        helper = helper_edit(kit.source, kit.tree, _NAME, _HELPER)
        edit = kit.replace(made, f"{helper.name}({kit.text(made)})")
        edits = (edit,) if helper.edit is None else (edit, helper.edit)
    message = "Give it the items of the result; unsafe, as what that is may be something else"
    return Fix(Applicability.UNSAFE, message, edits) if edits is not None else None


def _awaits_generator(kit: Kit, by: Thing | None) -> bool:
    """Whether a decorator's wrapper made the coroutine, and awaits an async generator in it."""
    held = [thing for _, value in by.env for thing in value] if isinstance(by, Func) else []
    for function in [thing.function for thing in held if isinstance(thing, Func)]:
        wrapped = kit.program.applied(function)
        for entry in wrapped.consumptions if wrapped is not None else ():
            inner = entry.subject.by
            if entry.how == "await" and isinstance(inner, Func) and inner.function is function:
                return entry.subject.cls == ASYNC_GENERATOR
    return False


def _makes_generator(kit: Kit, clause: cst.CompFor) -> bool:
    """Whether a clause belongs to a generator expression, which would no longer be asynchronous."""
    return isinstance(comprehension_around(kit, clause), cst.GeneratorExp)
