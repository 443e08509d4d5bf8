"""Cures a call that waits in code that cannot: calls the method that does the same at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Fix
from asynclint.fixes.awaiting import obstacle
from asynclint.fixes.kit import Kit

if TYPE_CHECKING:
    from asynclint.flow.story import Subject

_AT_ONCE = {
    "asyncio.Queue.put": ("put_nowait", "it raises QueueFull where the queue has no room"),
    "asyncio.Queue.get": ("get_nowait", "it raises QueueEmpty where nothing is there"),
}


def at_once(kit: Kit, subject: Subject) -> Fix | None:
    """`queue.put_nowait(x)` for `queue.put(x)` in a plain function."""
    call = subject.made
    by = subject.by
    fact = kit.program.resolver.fact_of(by) if by is not None else None
    found = _AT_ONCE.get(fact.name) if fact is not None else None
    if found is None or not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    if kit.story.on_loop or not obstacle(kit, call) or call.func.attr.value not in ("put", "get"):
        return None
    name, why = found
    edit = kit.replace(call.func.attr, name)
    return Fix(Applicability.UNSAFE, f"Use `{name}()`; unsafe, as {why}", (edit,))
