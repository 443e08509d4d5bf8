"""Cures a loop per call in plain code: every thread keeps one, and runs all its calls on it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import loop_block
from asynclint.fixes.run_block import wants_loop
from asynclint.fixes.unwrapping import without_loop

_MESSAGE = (
    "Run it on one loop that the thread keeps; unsafe, as tasks that are left over then live on"
)
# A loop must not outlive its thread, nor the program without being closed. `weakref.finalize` sees
# to both: it calls when the thread object is collected, and at the latest when the program ends.
_HELPER = '''
def kept_loop(local={local}()):
    """The event loop that this thread keeps for all its calls; closed with the thread."""
    if not hasattr(local, "loop"):
        local.loop = {new_event_loop}()
        {finalize}({current_thread}(), local.loop.close)
    return local.loop
'''
_NEEDED = {
    "local": "threading.local",
    "new_event_loop": "asyncio.new_event_loop",
    "finalize": "weakref.finalize",
    "current_thread": "threading.current_thread",
}


def kept_for_run(kit: Kit, call: cst.CSTNode) -> Fix | None:
    """`kept_loop().run_until_complete(x)` for `asyncio.run(x)`."""
    if not isinstance(call, cst.Call) or len(call.args) != 1:
        return None
    if call.args[0].star or call.args[0].keyword is not None:
        return None
    return _kept(kit, [call], ())


def kept_for_block(kit: Kit, made: cst.CSTNode) -> Fix | None:
    """`kept_loop().run_until_complete(x)` for every run of a loop that is made, run and closed."""
    block = loop_block(kit, made)
    if block is None or not block.runs:
        return None
    if any(wants_loop(run.args[0].value) for run in block.runs):
        return None
    return _kept(kit, block.runs, without_loop(kit, block))


def kept_for_call(kit: Kit, call: cst.Call | cst.Attribute) -> Fix | None:
    """`kept_loop().run_until_complete(f(x))` for `f(x)`, which makes a coroutine."""
    runner = kept_run(kit)
    if runner is None:
        return None
    run, added = runner
    start, end = kit.span(call)
    around = (Edit(start, start, f"{run}("), Edit(end, end, ")"))
    return Fix(Applicability.UNSAFE, _MESSAGE, (*added, *around))


def kept_run(kit: Kit) -> tuple[str, tuple[Edit, ...]] | None:
    """What runs a coroutine on the kept loop, as it is called, and the edits that add it."""
    helper = _helper(kit)
    return (f"{helper[0]}().run_until_complete", helper[1]) if helper is not None else None


def _kept(kit: Kit, runs: Sequence[cst.Call], removed: Sequence[Edit]) -> Fix | None:
    """The fix that runs these calls' arguments on the kept loop."""
    runner = kept_run(kit)
    if runner is None:
        return None
    run, added = runner
    calls = [kit.replace(each.func, run) for each in runs]
    return Fix(Applicability.UNSAFE, _MESSAGE, (*added, *removed, *calls))


def _helper(kit: Kit) -> tuple[str, tuple[Edit, ...]] | None:
    """The name of the function that gives the loop, and the edits that add it."""
    spellings: dict[str, str] = {}
    added: list[Edit] = []
    for key, name in _NEEDED.items():
        reached = reach(kit.source, kit.tree, name)
        if reached.spelling is None:
            return None
        spellings[key] = reached.spelling
        added += (edit for edit in reached.edits if edit not in added)
    helper = helper_edit(kit.source, kit.tree, "kept_loop", _HELPER.format(**spellings))
    if helper.edit is not None:
        added.append(helper.edit)
    return helper.name, tuple(added)
