"""Cures a loop that is made by hand: `asyncio.run` in its place, or `await` where a loop runs."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaiting import awaited, room_to_await
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import loop_block
from asynclint.fixes.passages import added_up, rows_of
from asynclint.fixes.unwrapping import without_loop
from asynclint.model.values import COROUTINE

_WHY = "unsafe, as tasks that are left over are then cancelled, and the current loop is unset"
# What wants a loop when it is called, and so cannot be an argument of `asyncio.run(...)`.
_WANT_LOOP = m.OneOf(
    *(
        m.Name(name)
        for name in ("gather", "ensure_future", "create_task", "shield", "create_future")
    )
)
_REPEATING = (cst.For, cst.While, cst.BaseComp)


def run_instead(kit: Kit, made: cst.CSTNode, *, bridging: bool = False) -> Fix | None:
    """`asyncio.run(x)` for a loop that is made, runs `x` and is closed, or should have been.

    None unless the loop runs one coroutine, once, and does nothing else. bridging: `x` may be what
    the caller of the function gives, though the function then still makes a loop at each call.
    """
    block = loop_block(kit, made)
    if block is None or len(block.runs) != 1:
        return None
    run = block.runs[0]
    if not is_one_coroutine(kit, run, bridging=bridging) or _repeats(kit, run, made):
        return None
    reached = reach(kit.source, kit.tree, "asyncio.run", line=rows_of(kit, run)[0])
    if reached.spelling is None:
        return None
    edits = (*reached.edits, *without_loop(kit, block), kit.replace(run.func, reached.spelling))
    return Fix(Applicability.UNSAFE, f"Use `asyncio.run()`; {_WHY}", edits)


def await_instead(kit: Kit, made: cst.CSTNode) -> Fix | None:
    """`await x` for every run of a loop that a coroutine function makes for itself."""
    block = loop_block(kit, made)
    if block is None or not block.runs:
        return None
    edits: list[Edit] = [*without_loop(kit, block)]
    for run in block.runs:
        change = awaited(kit, run, run.args[0].value)
        if len(run.args) != 1 or run.args[0].star or room_to_await(kit, run) != () or not change:
            return None
        edits.extend(change)
    why = "unsafe, as it then runs on the loop of its caller"
    message = f"Await in place of running a loop; {why}"
    return Fix(Applicability.UNSAFE, message, added_up(kit, edits))


def is_one_coroutine(kit: Kit, run: cst.Call, *, bridging: bool) -> bool:
    """Whether `asyncio.run` takes what is run: a coroutine, whose making wants no loop yet."""
    if len(run.args) != 1 or run.args[0].star:
        return False
    argument = run.args[0].value
    known = [entry.subject for entry in kit.story.consumptions if entry.by.node is run]
    if not known and not _makes_something(argument, bridging=bridging):
        return False
    given = bridging and all(each.origin == "parameter" for each in known)
    fits = given or all(each.cls == COROUTINE and each.origin != "parameter" for each in known)
    return fits and not wants_loop(argument)


def wants_loop(argument: cst.BaseExpression) -> bool:
    """Whether an expression is to be evaluated where a loop runs, or is set at least."""
    return bool(m.findall(argument, _WANT_LOOP))


def _makes_something(argument: cst.BaseExpression, *, bridging: bool) -> bool:
    """Whether it is a call of which only the name is not known to make a coroutine."""
    if not isinstance(argument, cst.Call):
        return False
    return bridging or isinstance(argument.func, cst.Attribute)


def _repeats(kit: Kit, run: cst.Call, made: cst.CSTNode) -> bool:
    """Whether the run may happen more than once for one loop."""
    around = {id(above) for above in kit.parents(made)}
    inner = [above for above in kit.parents(run) if id(above) not in around]
    return any(isinstance(above, _REPEATING) for above in inner)
