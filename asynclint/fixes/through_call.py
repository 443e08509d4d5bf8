"""Cures a call that leads to a nested run: awaits what it runs, or moves it to a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Fix
from asynclint.fixes.apart import run_apart
from asynclint.fixes.awaiting import awaited_text, room_to_await
from asynclint.fixes.in_thread import call_in_thread
from asynclint.fixes.kit import Kit
from asynclint.fixes.wrapper import inlined, wrapper_of

if TYPE_CHECKING:
    from asynclint.flow.story import LoopStart

_HOPS = 2  # the call, and the run in the function that it calls


def await_through(kit: Kit, start: LoopStart) -> Fix | None:
    """`await fetch(x)` for `load(x)`, where `load` only runs `fetch`; else a thread.

    The call goes to the thread if code can await it there, else the run of the loop itself.
    """
    cures = (_await_what_it_runs, call_in_thread, run_apart)
    found = (cure(kit, start) for cure in cures)
    return next((fix for fix in found if fix is not None), None)


def _await_what_it_runs(kit: Kit, start: LoopStart) -> Fix | None:
    """Awaits the coroutine that a call runs, if it does nothing else, not even with the result."""
    call = start.node
    if len(start.chain) != _HOPS or not isinstance(call, (cst.Call, cst.Attribute)):
        return None
    step = start.chain[-1]
    room = room_to_await(kit, call)
    wrapper = wrapper_of(kit, step.unit, step.node)
    if room is None or wrapper is None:
        return None
    if not wrapper.returns and not isinstance(kit.parent(call), cst.Expr):
        return None
    text = inlined(kit, wrapper, call)
    if text is None:
        return None
    message = f"Await what `{start.chain[0].text}` runs; unsafe, as overrides of it are left out"
    return Fix(Applicability.UNSAFE, message, (*room, awaited_text(kit, call, text)))
