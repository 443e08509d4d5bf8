"""Cures a loop per interaction: a Streamlit session keeps one, in which `run_async` runs all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import loop_block
from asynclint.fixes.run_block import wants_loop
from asynclint.fixes.unwrapping import without_loop

if TYPE_CHECKING:
    from asynclint.flow.story import LoopStart

_MESSAGE = (
    "Run it on one loop that the session keeps; unsafe, as tasks that are left over then live on"
)
_HELPER = '''
def run_async(coro):
    """Run a coroutine on the one event loop that this session keeps."""
    if "event_loop" not in {state}:
        {state}.event_loop = {new_event_loop}()
    return {state}.event_loop.run_until_complete(coro)
'''


def is_streamlit(kit: Kit) -> bool:
    """Whether the file is a Streamlit script, which runs from its top at every interaction."""
    return kit.module.imports_whole("streamlit")


def kept_loop_for_run(kit: Kit, start: LoopStart) -> Fix | None:
    """`run_async(x)` for `asyncio.run(x)`."""
    call = start.node
    if not isinstance(call, cst.Call) or len(call.args) != 1 or call.args[0].star:
        return None
    if call.args[0].keyword is not None:
        return None
    return _kept(kit, [call], ())


def kept_loop_for_block(kit: Kit, made: cst.CSTNode) -> Fix | None:
    """`run_async(x)` for every run of a loop that the script makes, runs and closes."""
    block = loop_block(kit, made)
    if block is None or not block.runs:
        return None
    if any(wants_loop(run.args[0].value) for run in block.runs):
        return None
    return _kept(kit, block.runs, without_loop(kit, block))


def _kept(kit: Kit, runs: list[cst.Call], edits: tuple[Edit, ...]) -> Fix | None:
    state = reach(kit.source, kit.tree, "streamlit.session_state")
    maker = reach(kit.source, kit.tree, "asyncio.new_event_loop", module="asyncio")
    if state.spelling is None or maker.spelling is None:
        return None
    code = _HELPER.format(state=state.spelling, new_event_loop=maker.spelling)
    helper = helper_edit(kit.source, kit.tree, "run_async", code)
    added = (*state.edits, *maker.edits, *([helper.edit] if helper.edit is not None else []))
    calls = [kit.replace(run.func, helper.name) for run in runs]
    return Fix(Applicability.UNSAFE, _MESSAGE, (*added, *edits, *calls))
