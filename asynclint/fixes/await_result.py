"""Cures a result that is asked for too early, or in a way that blocks the loop: awaits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaiting import awaited, awaited_text, room_to_await, trust
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import has_comment, holds_together, rows_of

if TYPE_CHECKING:
    from asynclint.flow.story import Waiting

_BLOCKED = "unsafe, as other tasks run while it waits"


def await_task(kit: Kit, entry: Waiting) -> Fix | None:
    """`await task` for `task.result()`."""
    call = entry.node
    if entry.method != "result" or not isinstance(call, cst.Call) or call.args:
        return None
    room = room_to_await(kit, call)
    if not isinstance(call.func, cst.Attribute) or room is None:
        return None
    edits = awaited(kit, call, call.func.value)
    if edits is None:
        return None
    applicability, why = trust(kit, call)
    return Fix(applicability, f"Await the task{why}", (*room, *edits))


def await_thread_future(kit: Kit, entry: Waiting) -> Fix | None:
    """`await` for a blocking `.result()` of what runs on the very loop that waits.

    What was only made a future to wait for it is awaited itself; other futures are wrapped. A time
    limit becomes that of `asyncio.wait_for`.
    """
    call = entry.node
    if entry.method != "result" or not isinstance(call, cst.Call):
        return None
    room = room_to_await(kit, call)
    if not isinstance(call.func, cst.Attribute) or room is None or len(call.args) > 1:
        return None
    coroutine = _scheduled(call.func.value)
    if coroutine is not None and not call.args:
        edits = awaited(kit, call, coroutine)
    else:
        edits = _wrapped(kit, call, call.func.value, coroutine)
    if edits is None:
        return None
    return Fix(Applicability.UNSAFE, f"Await the result; {_BLOCKED}", (*room, *edits))


def _scheduled(future: cst.BaseExpression) -> cst.BaseExpression | None:
    """The coroutine in `run_coroutine_threadsafe(coroutine, loop)`."""
    func = future.func if isinstance(future, cst.Call) else None
    name = func.attr if isinstance(func, cst.Attribute) else func
    if not isinstance(name, cst.Name) or name.value != "run_coroutine_threadsafe":
        return None
    assert isinstance(future, cst.Call)
    first = future.args[0]
    return first.value if not first.star and first.keyword is None else None


def _wrapped(
    kit: Kit, call: cst.Call, future: cst.BaseExpression, coroutine: cst.BaseExpression | None
) -> tuple[Edit, ...] | None:
    row, _ = rows_of(kit, call)
    wrap = reach(kit.source, kit.tree, "asyncio.wrap_future", line=row)
    limit = reach(kit.source, kit.tree, "asyncio.wait_for", line=row)
    edits = wrap.edits if coroutine is None else ()
    if wrap.spelling is None or limit.spelling is None or has_comment(kit.text(call)):
        return None
    awaitable = kit.text(coroutine) if coroutine is not None else kit.text(future)
    if not holds_together(awaitable):
        awaitable = f"({awaitable})"
    if coroutine is None:
        awaitable = f"{wrap.spelling}({awaitable})"
    if call.args:
        edits = (*edits, *(edit for edit in limit.edits if edit not in edits))
        argument = call.args[0]
        keyword = f"{argument.keyword.value}=" if argument.keyword is not None else ""
        awaitable = f"{limit.spelling}({awaitable}, {keyword}{kit.text(argument.value)})"
    return (*edits, awaited_text(kit, call, awaitable))
