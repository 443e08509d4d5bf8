"""Cures a coroutine that is made in a plain function: the function waits for it, or starts it."""

from __future__ import annotations

import libcst as cst

from asynclint.facts import Where
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaiting import awaited, room_to_await
from asynclint.fixes.handings import called_from
from asynclint.fixes.kept_loop import kept_for_call
from asynclint.fixes.kit import Kit
from asynclint.fixes.made_async import REPEATING, Climb, climb, is_entry, run_there
from asynclint.fixes.tasks import task_starter


def waited_for(kit: Kit, call: cst.Call | cst.Attribute) -> Fix | None:
    """`await f()` in a function that is made a coroutine function with all that call it.

    If no coroutine function is among these, and a loop would be made for every call, the function
    stays plain and runs the coroutine on a loop that its thread keeps. Where it has to stay plain
    and an event loop calls it, it starts a task.
    """
    function = kit.unit.function
    if function is None:
        return None
    found = climb(kit)
    if found is None:
        by_loop = kit.story.on_loop or called_from(kit, function) == {Where.LOOP}
        return started(kit, call) if by_loop else _run(kit, call)
    if not found.awaited and found.repeats:
        return kept_for_call(kit, call)
    return _awaits(kit, call, found, function.name)


def _run(kit: Kit, call: cst.Call | cst.Attribute) -> Fix | None:
    """`asyncio.run(f())` where a program or a thread begins."""
    if not is_entry(kit):
        return None
    around = {id(each) for each in kit.parents(kit.unit.node)}
    if any(isinstance(a, REPEATING) for a in kit.parents(call) if id(a) not in around):
        return kept_for_call(kit, call)
    edits = run_there(kit, call)
    message = "Run the coroutine; unsafe, as other code may call this where a loop runs"
    return Fix(Applicability.UNSAFE, message, edits) if edits is not None else None


def started(kit: Kit, call: cst.Call | cst.Attribute) -> Fix | None:
    """`start_task(f())` for a statement `f()`, in code that an event loop calls."""
    starter = task_starter(kit)
    if starter is None or not isinstance(kit.parent(call), cst.Expr):
        return None
    name, added = starter
    start, end = kit.span(call)
    around = (Edit(start, start, f"{name}("), Edit(end, end, ")"))
    message = "Make a task of it; unsafe, as nobody waits for the task"
    return Fix(Applicability.UNSAFE, message, (*added, *around))


def _awaits(kit: Kit, call: cst.Call | cst.Attribute, found: Climb, name: str) -> Fix | None:
    room = room_to_await(kit, call, kit.unit.node)
    change = awaited(kit, call, call)
    if room is None or change is None:
        return None
    message = (
        f"Await the coroutine, and make `{name}` a coroutine function; unsafe, as all that call it "
        "must wait for it then"
    )
    edits = tuple(dict.fromkeys((*found.edits, *room, *change)))
    return Fix(Applicability.UNSAFE, message, edits)
