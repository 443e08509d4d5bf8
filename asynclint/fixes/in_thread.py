"""Cures a call that starts an event loop: makes it in a thread, and awaits that."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaiting import awaited_text, room_to_await
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import rows_of
from asynclint.fixes.roots import asked_loop, own_loop, root_of, starts_at
from asynclint.fixes.run_block import run_instead
from asynclint.flow.story import LoopStart, Reach

_NAME = "with_event_loop"
_HELPER = """\
def {name}(function, /, *args, **kwargs):
    \"\"\"Call a function that asks for its thread's event loop, with one made for the call.\"\"\"
    loop = {new}()
    {set}(loop)
    try:
        return function(*args, **kwargs)
    finally:
        {set}(None)
        loop.close()
"""
_WHY = "unsafe, as what it touches may not expect it"


def call_in_thread(kit: Kit, start: LoopStart) -> Fix | None:
    """`await asyncio.to_thread(f, x)` for a call `f(x)` that leads to the start of a loop.

    None where `await` cannot stand, and where the loop is one that others may be running.
    """
    loops = {_loop_of(kit, each) for each in starts_at(kit, start)}
    return _moved(kit, start, (), lends_loop="asked" in loops) if "" not in loops else None


def call_in_thread_to_run(kit: Kit, start: LoopStart) -> Fix | None:
    """The same for a function that asks for its thread's loop: it gets `asyncio.run` instead."""
    edits: list[Edit] = []
    for each in starts_at(kit, start):
        root = root_of(kit, each)
        asked = asked_loop(root) if root is not None else None
        change = run_instead(root.kit, asked) if root is not None and asked is not None else None
        if root is not None and change is not None:
            edits += kit.taken(root.kit, change.edits)
        elif _loop_of(kit, each) != "made":
            return None
    return _moved(kit, start, edits, lends_loop=False) if edits else None


def _moved(kit: Kit, start: LoopStart, more: Iterable[Edit], *, lends_loop: bool) -> Fix | None:
    """The call in a thread. more: edits that make it fit for that."""
    call = start.node
    if not isinstance(call, (cst.Call, cst.Attribute)):
        return None
    if any(each.reach is not Reach.CALL for each in starts_at(kit, start)):
        return None  # it is not the call that starts it
    room = room_to_await(kit, call)
    edits = _in_thread(kit, call, lends_loop=lends_loop) if room is not None else None
    if room is None or edits is None:
        return None
    message = f"Call it in a thread, which has no loop; {_WHY}"
    every = tuple(dict.fromkeys((*room, *edits, *more)))
    return Fix(Applicability.UNSAFE, message, every)


def _loop_of(kit: Kit, start: LoopStart) -> str:
    """The loop that the chain ends in: 'made' for itself, 'asked' of the thread, "" for others."""
    root = root_of(kit, start)
    call = root.start.node if root is not None else None
    if root is None or not isinstance(call, cst.Call):
        return ""
    made, fact = own_loop(root.kit, root.start, call), root.start.fact
    if made is not None:
        return "" if made is call else "made"
    if fact is None or fact.makes_loop:
        return "made" if fact is not None else ""
    if not fact.name.startswith("asyncio."):
        return "asked"
    asked = any(use.what in ("run", "asked") for use in root.kit.story.loop_uses)
    return "asked" if asked and root.start.loop is None else ""


def _in_thread(
    kit: Kit, call: cst.Call | cst.Attribute, *, lends_loop: bool
) -> tuple[Edit, ...] | None:
    """`await asyncio.to_thread(f, x)` for `f(x)`. lends_loop: the function asks for a loop."""
    reached = reach(kit.source, kit.tree, "asyncio.to_thread", line=rows_of(kit, call)[0])
    lending = _lending(kit) if lends_loop else ("", ())
    if reached.spelling is None or lending is None:
        return None
    helper, added = lending
    first = f"{helper}, " if helper else ""
    added = tuple(dict.fromkeys((*reached.edits, *added)))
    if isinstance(call, cst.Attribute):
        text = f"{reached.spelling}({first}lambda: {kit.text(call)})"
        return (*added, awaited_text(kit, call, text))
    if call.func.lpar or any(isinstance(arg.value, cst.GeneratorExp) for arg in call.args):
        return None
    text = kit.source.text
    end = kit.span(call)[1]
    opening = text.index("(", kit.span(call.func)[1])
    inside = text[opening + 1 : end - 1]
    lead = inside[: len(inside) - len(inside.lstrip())]
    inner = f"{first}{kit.text(call.func)}"
    rest = f",{inside if lead else f' {inside}'}" if call.args else inside
    operand = f"{reached.spelling}({lead if call.args else ''}{inner}{rest})"
    return (*added, awaited_text(kit, call, operand))


def _lending(kit: Kit) -> tuple[str, tuple[Edit, ...]] | None:
    """The function that gives the thread a loop for a call: its name, and what adds it."""
    new = reach(kit.source, kit.tree, "asyncio.new_event_loop")
    sets = reach(kit.source, kit.tree, "asyncio.set_event_loop")
    if new.spelling is None or sets.spelling is None:
        return None
    code = _HELPER.format(name=_NAME, new=new.spelling, set=sets.spelling)
    helper = helper_edit(kit.source, kit.tree, _NAME, code)
    return helper.name, (*new.edits, *sets.edits, *([helper.edit] if helper.edit else []))
