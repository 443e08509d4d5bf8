"""Cures a run on a running loop: awaits what was to be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Fix
from asynclint.fixes.apart_by_value import run_apart_by_value
from asynclint.fixes.awaiting import awaited, room_to_await, trust
from asynclint.fixes.kit import Kit
from asynclint.fixes.roots import own_loop
from asynclint.fixes.run_block import await_instead
from asynclint.model.values import ASYNC_GENERATOR
from asynclint.visitor.ops import Arg, Call

if TYPE_CHECKING:
    from asynclint.flow.story import LoopStart


def await_run(kit: Kit, start: LoopStart) -> Fix | None:
    """`await x` for `asyncio.run(x)` and its like.

    None where `await` cannot stand, where what is run is no awaitable for sure, or where the call
    has arguments that would be lost.
    """
    call, op = start.node, start.op
    if not isinstance(call, cst.Call) or not isinstance(op, Call):
        return None
    if not start.sure:
        return run_apart_by_value(kit)
    picked = isinstance(call.func, (cst.Subscript, cst.Call))
    if not picked and not runs_surely(kit, call):
        return None
    made = own_loop(kit, start, call)
    if made is not None:
        return await_instead(kit, made)
    run = run_argument(op)
    room = room_to_await(kit, call)
    if run is None or room is None or _is_generator(kit, start):
        return None
    edits = awaited(kit, call, run.node)
    if edits is None:
        return None
    applicability, why = trust(kit, call)
    if room:
        applicability, why = Applicability.UNSAFE, "; unsafe, as all elements are then computed"
    if picked:
        applicability, why = Applicability.UNSAFE, "; unsafe, as other things may be called there"
    message = f"Await the coroutine in place of `{start.callee}()`{why}"
    return Fix(applicability, message, (*room, *edits))


def run_argument(op: Call) -> Arg | None:
    """What a call that runs a loop is told to run; None if it takes more than that.

    A constant `debug=` does not count: the mode of a loop that runs already stays as it is.
    """
    positional = [arg for arg in op.args if not arg.keyword]
    named = [arg for arg in op.args if arg.keyword and not _is_debug(arg)]
    rest = [*positional, *named]
    if len(rest) != 1 or rest[0].star or rest[0].keyword not in ("", "main", "future", "coro"):
        return None
    return rest[0]


def runs_surely(kit: Kit, call: cst.Call) -> bool:
    """Whether it cannot be something else that is called here on another path."""
    if isinstance(call.func, cst.Attribute):
        return True
    if not isinstance(call.func, cst.Name):
        return False
    resolver = kit.program.resolver
    facts = [resolver.fact_of(each) for each in resolver.name(call.func.value, kit.unit.scope)]
    return all(fact is not None and fact.starts_loop for fact in facts)


def _is_debug(arg: Arg) -> bool:
    constant = isinstance(arg.node, cst.Name) and arg.node.value in ("True", "False", "None")
    return arg.keyword == "debug" and constant


def _is_generator(kit: Kit, start: LoopStart) -> bool:
    return any(
        entry.by.node is start.node and entry.subject.cls == ASYNC_GENERATOR
        for entry in kit.story.consumptions
    )
