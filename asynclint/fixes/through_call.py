"""Cures a call that leads to a nested run: awaits what it runs, or moves it to a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Fix
from asynclint.fixes.apart import run_apart
from asynclint.fixes.async_chain import async_chain
from asynclint.fixes.awaiting import awaited_text, room_to_await
from asynclint.fixes.in_thread import call_in_thread, call_in_thread_to_run
from asynclint.fixes.kit import Kit
from asynclint.fixes.wrapper import inlined, wrapper_of

if TYPE_CHECKING:
    from asynclint.flow.story import LoopStart

_Cure = Callable[[Kit, "LoopStart"], Fix | None]
_HOPS = 2  # the call, and the run in the function that it calls


def await_through(kit: Kit, start: LoopStart) -> Fix | None:
    """`await fetch(x)` for `load(x)`, where `load` only runs `fetch`.

    Else `load` becomes a coroutine function, if all its callers can await it. Else a thread makes
    the call if code can await that; or the run of the loop itself, which is waited for.
    """
    return _first_of(_CURES, kit, start)


def _first_of(cures: Sequence[_Cure], kit: Kit, start: LoopStart) -> Fix | None:
    """The first cure that can be; with the next one for where other files must not be touched."""
    for place, cure in enumerate(cures, start=1):
        fix = cure(kit, start)
        if fix is not None:
            rest = _first_of(cures[place:], kit, start) if fix.spreads else None
            return replace(fix, otherwise=rest)
    return None


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


_CURES: tuple[_Cure, ...] = (
    _await_what_it_runs,
    async_chain,
    call_in_thread_to_run,
    call_in_thread,
    run_apart,
)
