"""The start of an event loop that a chain of calls leads to, with what a fix needs to edit it."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import LoopBlock, loop_block
from asynclint.flow.file import Unit
from asynclint.flow.story import LoopStart, Story


@dataclass(frozen=True, slots=True)
class Root:
    """The kit of the unit in which a loop is started, and the start as it is told there."""

    kit: Kit
    start: LoopStart


def roots_of(kit: Kit, start: LoopStart) -> list[Root | None]:
    """Where loops are started to which the same place leads; as `_root_of`, each once."""
    return [_root_of(kit, each) for each in starts_at(kit, start)]


def starts_at(kit: Kit, start: LoopStart) -> list[LoopStart]:
    """The starts of loops to which the same place leads."""
    return [each for each in kit.story.starts if each.node is start.node]


def _root_of(kit: Kit, start: LoopStart) -> Root | None:
    """Where a loop is started in the end; None in another file, or if it cannot be told."""
    if not start.chain:
        return Root(kit, start)
    step = start.chain[-1]
    there = kit_of(kit, step.unit)
    found = direct_start(there.story, step.node) if there is not None else None
    return Root(there, found) if there is not None and found is not None else None


def kit_of(kit: Kit, unit: Unit) -> Kit | None:
    """A kit for another unit of the kit's file."""
    story = kit.program.story(unit)
    if story is None or unit.file is not kit.unit.file:
        return None
    return Kit(kit.program, unit, kit.tree, story)


def direct_start(story: Story, node: cst.CSTNode) -> LoopStart | None:
    """The start of a loop at a node of a unit itself."""
    starts = (each for each in story.starts if each.node is node and not each.chain)
    return next(starts, None)


def block_of(root: Root) -> LoopBlock | None:
    """All that the unit does with the loop that is run; one without statements of its own for it.

    None if the loop is used for anything else, or comes from elsewhere.
    """
    start, kit = root.start, root.kit
    call = start.node
    if start.loop is not None and start.loop.subject.origin == "made":
        return loop_block(kit, start.loop.op.node)
    if start.fact is None or not isinstance(call, cst.Call):
        return None
    if not start.fact.name.endswith("EventLoop.run_until_complete"):
        return LoopBlock([call]) if start.fact.makes_loop or start.fact.twin else None
    for use in kit.story.loop_uses:
        block = loop_block(kit, use.node) if use.what in ("run", "asked") else None
        if block is not None and any(run is call for run in block.runs):
            return block
    return None
