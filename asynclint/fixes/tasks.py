"""The helper that starts a coroutine where nobody can wait for it."""

from __future__ import annotations

from asynclint.findings import Edit
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit

# The event loop has only weak references to tasks: one that nobody else refers to may be collected
# before it is done (library reference, `asyncio.create_task`, "Important").
_HELPER = '''
def start_task(coro, running=set()):
    """Make a task of a coroutine, and keep a reference to it until it is done."""
    task = {create_task}(coro)
    running.add(task)
    task.add_done_callback(running.discard)
    return task
'''


def task_starter(kit: Kit) -> tuple[str, tuple[Edit, ...]] | None:
    """The name of the function that starts a task and keeps it, and the edits that add it."""
    reached = reach(kit.source, kit.tree, "asyncio.create_task")
    if reached.spelling is None:
        return None
    code = _HELPER.format(create_task=reached.spelling)
    helper = helper_edit(kit.source, kit.tree, "start_task", code)
    added = (helper.edit,) if helper.edit is not None else ()
    return helper.name, (*reached.edits, *added)
