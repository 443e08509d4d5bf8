"""Makes an `await` of every event loop that some statements start, as a coroutine has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.await_run import run_argument, runs_surely
from asynclint.fixes.awaiting import awaited, awaited_text, room_to_await
from asynclint.fixes.header import indentation
from asynclint.fixes.imports import reach
from asynclint.fixes.inner_coroutine import Passage
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import LoopBlock, loop_block, merged
from asynclint.fixes.passages import added_up, indented
from asynclint.fixes.unwrapping import without_loop
from asynclint.fixes.wrapper import inlined, wrapper_of
from asynclint.model.values import LOOP
from asynclint.visitor import ops

if TYPE_CHECKING:
    from asynclint.flow.story import LoopStart

#: What makes a loop, and its block, by the `id` of the former.
_Blocks = dict[int, tuple[cst.CSTNode, LoopBlock]]
_HOPS = 2  # the call, and the run in the function that it calls


def all_awaited(kit: Kit, passage: Passage) -> tuple[Edit, ...] | None:
    """The edits that make an `await` of every loop that the passage starts."""
    edits: list[Edit] = []
    blocks: _Blocks = {}
    for start in kit.story.starts:
        within = passage.within(kit, start.node)
        if within is None:
            continue
        room = room_to_await(kit, start.node, within)
        change = _await(kit, start, blocks) if room is not None else None
        if room is None or change is None:
            return None
        edits.extend(edit for edit in (*room, *change) if edit not in edits)
    if not _take_idle(kit, passage, blocks):
        return None
    whole = merged(kit, (block for _, block in blocks.values()))
    if whole is None:
        return None
    unit = indentation(kit.source, kit.tree)
    edits += (indented(edit, unit) for edit in without_loop(kit, whole))
    for made, block in blocks.values():
        if block.others:
            reached = reach(kit.source, kit.tree, "asyncio.get_running_loop", module="asyncio")
            if reached.spelling is None:
                return None
            edits += (*reached.edits, kit.replace(made, f"{reached.spelling}()"))
    return added_up(kit, edits)


def _take_idle(kit: Kit, passage: Passage, blocks: _Blocks) -> bool:
    """Adds the loops that the passage makes and does not run; whether others cannot see them."""
    for life in kit.story.lives:
        made = life.op.node
        if life.subject.cls != LOOP or id(made) in blocks or passage.within(kit, made) is None:
            continue
        block = loop_block(kit, made, running=True)
        if block is None:
            return False
        blocks[id(made)] = (made, block)
    return True


def _await(kit: Kit, start: LoopStart, blocks: _Blocks) -> tuple[Edit, ...] | None:
    """The edits for one start. blocks: gets the loop that it runs, and what belongs to it."""
    call, op = start.node, start.op
    if start.chain:
        return _await_through(kit, start)
    if not isinstance(call, cst.Call) or not isinstance(op, ops.Call):
        return None
    on_loop = start.fact is not None and start.fact.name.endswith("EventLoop.run_until_complete")
    if start.loop is not None or on_loop:
        found = _block(kit, start)
        if found is None:
            return None
        _, block = blocks.setdefault(id(found[0]), found)
        if all(call is not run for run in block.runs):
            return ()
    argument = run_argument(op)
    if argument is None or not runs_surely(kit, call):
        return None
    if start.fact is None or not start.fact.name.startswith("asyncio."):
        return None
    return awaited(kit, call, argument.node)


def _block(kit: Kit, start: LoopStart) -> tuple[cst.CSTNode, LoopBlock] | None:
    """What makes the loop that is run, and its block; None if others may see it."""
    if start.loop is not None:
        made = start.loop.op.node if start.loop.subject.origin == "made" else None
        block = loop_block(kit, made, running=True) if made is not None else None
        return (made, block) if made is not None and block is not None else None
    for use in kit.story.loop_uses:
        block = loop_block(kit, use.node, running=True) if use.what in ("run", "asked") else None
        if block is not None and any(run is start.node for run in block.runs):
            return use.node, block
    return None


def _await_through(kit: Kit, start: LoopStart) -> tuple[Edit, ...] | None:
    """`await fetch(x)` for a call of a function that only runs `fetch(x)`."""
    call, step = start.node, start.chain[-1]
    if len(start.chain) != _HOPS or not isinstance(call, (cst.Call, cst.Attribute)):
        return None
    wrapper = wrapper_of(kit, step.unit, step.node)
    if wrapper is None or not (wrapper.returns or isinstance(kit.parent(call), cst.Expr)):
        return None
    text = inlined(kit, wrapper, call)
    return (awaited_text(kit, call, text),) if text is not None else None
