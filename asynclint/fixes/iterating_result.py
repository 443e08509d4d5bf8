"""Cures `async for` over a coroutine, where its result was meant."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaited_value import offers
from asynclint.fixes.awaiting import awaited, may_await
from asynclint.fixes.collecting import comprehension_around
from asynclint.fixes.kit import Kit
from asynclint.flow.story import Iteration
from asynclint.visitor import ops


def iterated_result(kit: Kit, entry: Iteration) -> Fix | None:
    """`async for` over a coroutine becomes `for` over its result, which may be asynchronous too."""
    match entry.op:
        case ops.Start(node=cst.For() as loop):
            iterable, keyword = loop.iter, loop.asynchronous
        case ops.Start(node=cst.CompFor() as clause):
            iterable, keyword = clause.iter, clause.asynchronous
        case _:
            return None
    if keyword is None or not may_await(kit, iterable):
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


def _makes_generator(kit: Kit, clause: cst.CompFor) -> bool:
    """Whether a clause belongs to a generator expression, which would no longer be asynchronous."""
    return isinstance(comprehension_around(kit, clause), cst.GeneratorExp)
