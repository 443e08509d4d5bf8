"""The helper that runs a coroutine in a thread and waits for it, for code that cannot await."""

from __future__ import annotations

from asynclint.findings import Edit
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit

_NAME = "run_in_thread"
_HELPER = """\
def {name}(coroutine):
    \"\"\"Run a coroutine in a thread, on a loop of its own, and wait: a loop may run here.\"\"\"
    with {executor}(max_workers=1) as executor:
        return executor.submit({context}().run, {run}, coroutine).result()
"""
#: The end of the messages of fixes that use it.
WHY = "unsafe, as the event loop stands still until it is done"


def apart_helper(kit: Kit) -> tuple[str, tuple[Edit, ...]] | None:
    """The function that runs a coroutine in a thread and waits: its name, and what adds it."""
    wanted = {
        "executor": "concurrent.futures.ThreadPoolExecutor",
        "context": "contextvars.copy_context",
        "run": "asyncio.run",
    }
    reached = {key: reach(kit.source, kit.tree, name) for key, name in wanted.items()}
    spelled = {key: each.spelling for key, each in reached.items()}
    if any(spelling is None for spelling in spelled.values()):
        return None
    code = _HELPER.format(name=_NAME, **spelled)
    helper = helper_edit(kit.source, kit.tree, _NAME, code)
    edits = [edit for each in reached.values() for edit in each.edits]
    if helper.edit is not None:
        edits.append(helper.edit)
    return helper.name, tuple(edits)
