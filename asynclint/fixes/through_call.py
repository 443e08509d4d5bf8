"""Cures a call that leads to a nested run: awaits what it runs, or moves it to a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaiting import awaited_text, room_to_await
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import rows_of
from asynclint.fixes.wrapper import inlined, wrapper_of

if TYPE_CHECKING:
    from asynclint.flow.story import LoopStart

_HOPS = 2  # the call, and the run in the function that it calls


def await_through(kit: Kit, start: LoopStart) -> Fix | None:
    """`await fetch(x)` for `load(x)`, where `load` only runs `fetch`; else it goes to a thread."""
    call = start.node
    if not isinstance(call, (cst.Call, cst.Attribute)):
        return None
    room = room_to_await(kit, call)
    if room is None:
        return None
    text = _run_by(kit, start, call)
    if text is not None:
        why = "unsafe, as overrides of it are left out"
        message = f"Await what `{start.chain[0].text}` runs; {why}"
        return Fix(Applicability.UNSAFE, message, (*room, awaited_text(kit, call, text)))
    edits = _in_thread(kit, call) if _makes_own_loop(kit, start) else None
    if edits is None:
        return None
    message = "Call it in a thread, which has no loop; unsafe, as what it touches may not expect it"
    return Fix(Applicability.UNSAFE, message, (*room, *edits))


def _run_by(kit: Kit, start: LoopStart, call: cst.Call | cst.Attribute) -> str | None:
    """The coroutine that a call runs, if it does nothing else, not even with the result."""
    if len(start.chain) != _HOPS:
        return None
    step = start.chain[-1]
    wrapper = wrapper_of(kit, step.unit, step.node)
    if wrapper is None or not (wrapper.returns or isinstance(kit.parent(call), cst.Expr)):
        return None
    return inlined(kit, wrapper, call)


def _makes_own_loop(kit: Kit, start: LoopStart) -> bool:
    """Whether the chain ends in a loop of its own, which any thread can run."""
    step = start.chain[-1]
    story = kit.program.story(step.unit)
    for entry in story.starts if story is not None else ():
        if entry.node is not step.node:
            continue
        if entry.loop is not None:
            return entry.loop.subject.origin == "made"
        if entry.fact is not None:
            facade = not entry.fact.name.startswith("asyncio.")
            return entry.fact.makes_loop or facade
    return False


def _in_thread(kit: Kit, call: cst.Call | cst.Attribute) -> tuple[Edit, ...] | None:
    """`await asyncio.to_thread(f, x)` for `f(x)`."""
    reached = reach(kit.source, kit.tree, "asyncio.to_thread", line=rows_of(kit, call)[0])
    if reached.spelling is None:
        return None
    if isinstance(call, cst.Attribute):
        text = f"{reached.spelling}(lambda: {kit.text(call)})"
        return (*reached.edits, awaited_text(kit, call, text))
    if call.func.lpar or any(isinstance(arg.value, cst.GeneratorExp) for arg in call.args):
        return None
    text = kit.source.text
    end = kit.span(call)[1]
    opening = text.index("(", kit.span(call.func)[1])
    inside = text[opening + 1 : end - 1]
    lead = inside[: len(inside) - len(inside.lstrip())]
    inner = kit.text(call.func)
    rest = f",{inside if lead else f' {inside}'}" if call.args else inside
    operand = f"{reached.spelling}({lead if call.args else ''}{inner}{rest})"
    return (*reached.edits, awaited_text(kit, call, operand))
