"""Cures a loop per iteration where the code has to stay plain: one loop for all that it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.header import indentation
from asynclint.fixes.imports import reach
from asynclint.fixes.kept_loop import kept_for_block, kept_for_run
from asynclint.fixes.kit import Kit
from asynclint.fixes.names import fresh_name
from asynclint.fixes.passages import indentation_of, rows_of, shifted_right

if TYPE_CHECKING:
    from asynclint.flow.story import LoopStart

_HAS_RUNNER = (3, 11)  # library reference, `asyncio.Runner`: new in version 3.11
_WHY = "unsafe, as tasks that are left over then live on from one run to the next"


def one_loop(kit: Kit, start: LoopStart) -> Fix | None:
    """One loop for all turns: made around the loop statement, or kept by the function that runs."""
    return _kept_at_root(kit, start) if start.chain else _around(kit, start)


def _kept_at_root(kit: Kit, start: LoopStart) -> Fix | None:
    """Keeps the loop in the function that a chain of calls leads to, be it in another file."""
    step = start.chain[-1]
    there = kit.of(step.unit)
    direct = [each for each in there.story.starts if not each.chain] if there is not None else []
    root = next((each for each in direct if each.node is step.node), None)
    if there is None or root is None or there.story.on_loop:
        return None
    kept: Fix | None
    if root.loop is not None:
        made = root.loop.op.node if root.loop.subject.origin == "made" else None
        kept = kept_for_block(there, made) if made is not None else None
    else:
        kept = kept_for_run(there, root.node)
    if kept is None:
        return None
    return Fix(kept.applicability, kept.message, kit.taken(there, kept.edits))


def _around(kit: Kit, start: LoopStart) -> Fix | None:
    """`with asyncio.Runner() as runner:` around the loop statement, and `runner.run(x)` in it."""
    above = [each for each in kit.parents(start.node) if isinstance(each, cst.BaseStatement)]
    inside = [each for each in above if kit.function(each) is kit.function(start.node)]
    loops = [each for each in inside if isinstance(each, (cst.For, cst.While))]
    lines = [each for each in inside if isinstance(each, cst.SimpleStatementLine)]
    statement = loops[-1] if loops else next(iter(lines), None)
    if statement is None or not isinstance(kit.parent(statement), (cst.IndentedBlock, cst.Module)):
        return None
    calls = [
        each.node
        for each in kit.story.starts
        if any(outer is statement for outer in kit.parents(each.node)) and _makes_loop(each)
    ]
    if all(call is not start.node for call in calls):
        return None
    frame = _runner if kit.program.target_version >= _HAS_RUNNER else _loop
    framed = frame(kit, statement)
    if framed is None:
        return None
    run, edits = framed
    runs = [kit.replace(call.func, run) for call in calls if isinstance(call, cst.Call)]
    message = f"Run all on one loop; {_WHY}"
    return Fix(Applicability.UNSAFE, message, (*edits, *runs))


def _makes_loop(start: LoopStart) -> bool:
    """Whether it is `asyncio.run(x)` itself, given nothing but what to run."""
    if start.chain or start.loop is not None or not isinstance(start.node, cst.Call):
        return False
    plain = len(start.node.args) == 1 and not start.node.args[0].star
    return plain and start.fact is not None and start.fact.name == "asyncio.run"


def _runner(kit: Kit, statement: cst.BaseStatement) -> tuple[str, list[Edit]] | None:
    maker = reach(kit.source, kit.tree, "asyncio.Runner", line=rows_of(kit, statement)[0])
    if maker.spelling is None:
        return None
    name = fresh_name(kit.tree, "runner")
    above = [f"with {maker.spelling}() as {name}:"]
    return f"{name}.run", [*maker.edits, *_framed(kit, statement, above, [])]


def _loop(kit: Kit, statement: cst.BaseStatement) -> tuple[str, list[Edit]] | None:
    maker = reach(kit.source, kit.tree, "asyncio.new_event_loop", line=rows_of(kit, statement)[0])
    if maker.spelling is None:
        return None
    name = fresh_name(kit.tree, "loop")
    above = [f"{name} = {maker.spelling}()", "try:"]
    below = ["finally:", f"{indentation(kit.source, kit.tree)}{name}.close()"]
    return f"{name}.run_until_complete", [*maker.edits, *_framed(kit, statement, above, below)]


def _framed(
    kit: Kit, statement: cst.BaseStatement, above: list[str], below: list[str]
) -> list[Edit]:
    """The edits that put lines above and below a statement, which is indented further."""
    source = kit.source
    first, last = rows_of(kit, statement)
    indent = indentation_of(kit, first)
    top, bottom = source.offset(first, 0), source.offset(last, 0) + len(source.line(last))
    edits = [Edit(top, top, "".join(f"{indent}{line}{source.newline}" for line in above))]
    edits += shifted_right(kit, first, last, indentation(source, kit.tree))
    if below:
        lines = "".join(f"{source.newline}{indent}{line}" for line in below)
        edits.append(Edit(bottom, bottom, lines))
    return edits
