"""The start of an event loop that a chain of calls leads to, with what a fix needs to edit it."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import LoopBlock, loop_block
from asynclint.flow.story import LoopStart, Story


@dataclass(frozen=True, slots=True)
class Root:
    """The kit of the unit in which a loop is started, and the start as it is told there."""

    kit: Kit
    start: LoopStart


def roots_of(kit: Kit, start: LoopStart) -> list[Root | None]:
    """Where loops are started to which the same place leads; as `root_of`, each once."""
    return [root_of(kit, each) for each in starts_at(kit, start)]


def starts_at(kit: Kit, start: LoopStart) -> list[LoopStart]:
    """The starts of loops to which the same place leads."""
    return [each for each in kit.story.starts if each.node is start.node]


def root_of(kit: Kit, start: LoopStart) -> Root | None:
    """Where a loop is started in the end; None if it cannot be told."""
    if not start.chain:
        return Root(kit, start)
    step = start.chain[-1]
    there = kit.of(step.unit)
    found = _direct_start(there.story, step.node) if there is not None else None
    return Root(there, found) if there is not None and found is not None else None


def _direct_start(story: Story, node: cst.CSTNode) -> LoopStart | None:
    """The start of a loop at a node of a unit itself."""
    starts = (each for each in story.starts if each.node is node and not each.chain)
    return next(starts, None)


def own_loop(kit: Kit, start: LoopStart, call: cst.Call) -> cst.CSTNode | None:
    """What makes the loop, or the runner, that a function has for itself."""
    if start.loop is not None and start.loop.subject.origin == "made":
        return start.loop.op.node
    runner = call.func.value if isinstance(call.func, cst.Attribute) else None
    if start.fact is None or start.fact.name != "asyncio.Runner.run":
        return None
    for above in kit.parents(call):
        for item in above.items if isinstance(above, cst.With) else ():
            name = item.asname.name if item.asname is not None else None
            if name is not None and runner is not None and name.deep_equals(runner):
                return item.item
    return call  # it is made elsewhere, and its owner runs it there


def block_of(root: Root) -> LoopBlock | None:
    """All that the unit does with the loop that is run; one without statements of its own for it.

    None if the loop is used for anything else, or comes from elsewhere.
    """
    start, kit = root.start, root.kit
    call = start.node
    if start.fact is None or not isinstance(call, cst.Call):
        return None
    made = own_loop(kit, start, call)
    if made is not None:
        return loop_block(kit, made)
    if not start.fact.name.endswith("EventLoop.run_until_complete"):
        return LoopBlock([call]) if start.fact.makes_loop or start.fact.twin else None
    asked = asked_loop(root)
    return loop_block(kit, asked) if asked is not None else None


def asked_loop(root: Root) -> cst.CSTNode | None:
    """What asks for the thread's loop, where that is the loop that is run."""
    for use in root.kit.story.loop_uses:
        block = loop_block(root.kit, use.node) if use.what in ("run", "asked") else None
        if block is not None and any(run is root.start.node for run in block.runs):
            return use.node
    return None
