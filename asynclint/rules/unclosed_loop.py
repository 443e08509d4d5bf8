"""ASL403 unclosed-loop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Fix
from asynclint.flow.story import Life, Story
from asynclint.model.declared import Class
from asynclint.model.values import LOOP
from asynclint.rules.base import Report, Rule

if TYPE_CHECKING:
    from asynclint.fixes.kit import Kit


class UnclosedLoop(Rule):
    """An event loop is made and not closed on every path.

    ## What it does
    Reports `asyncio.new_event_loop()` where on some path the loop is neither closed nor handed to
    somebody else who could close it. A loop that an attribute keeps counts as closed where the
    program closes what such an attribute holds, or hands it on; one that a context manager yields,
    where it or a function that uses it may close it. A name of a module may be read by others, but
    not where only the script binds it, under `if __name__ == "__main__":`.

    ## Why is this bad?
    An event loop holds a selector and a pair of sockets. When a loop that was not closed is
    collected, CPython warns

        ResourceWarning: unclosed event loop <_UnixSelectorEventLoop running=False closed=False ...>

    which is seen only under `-X dev` or `-W default`. Until then the file descriptors stay open; a
    program that makes many loops runs out of them (`OSError: [Errno 24] Too many open files`).
    Async generators and threads of the default executor are not shut down either.

    ## Example
    ```python
    # ResourceWarning: unclosed event loop
    import asyncio


    async def stamp(letter: str) -> str:
        await asyncio.sleep(0)
        return f"{letter} (stamped)"


    def post(letter: str) -> str:
        loop = asyncio.new_event_loop()
        return loop.run_until_complete(stamp(letter))


    print(post("invoice"))
    ```

    ## Use instead
    `asyncio.run()` closes its loop whatever happens, and cleans up before:

    ```python
    import asyncio


    async def stamp(letter: str) -> str:
        await asyncio.sleep(0)
        return f"{letter} (stamped)"


    def post(letter: str) -> str:
        return asyncio.run(stamp(letter))


    print(post("invoice"))
    ```

    ## Fix safety
    Always unsafe. Where the loop does nothing but run one coroutine, the fix puts `asyncio.run()`
    in its place, which cancels tasks that are left over and leaves the thread without a current
    loop; in a coroutine function it awaits, on the loop of the caller; in a Streamlit script it
    runs all on one loop that the session keeps. Otherwise the loop is closed in a `finally` clause,
    though other code may have gone on using it as the thread's current one. No fix is offered where
    others may see the loop, or where an attribute keeps it.
    """

    code = "ASL403"
    name = "unclosed-loop"

    def check(self, story: Story) -> Iterator[Report]:
        for life in story.lives:
            if life.subject.cls != LOOP or (life.asked_to_close and life.set_current):
                continue  # the caller decides, and may go on with the current loop
            if life.kept_in is not None and _is_never_closed(story, life, *life.kept_in):
                message = (
                    f"this event loop is kept in `.{life.kept_in[1]}`, and nothing closes it: "
                    "it keeps its selector and sockets"
                )
                yield Report(life.op.node, message)
            elif life.lent and _borrower_closes(story):
                continue
            elif life.unclosed or (life.left_set and life.closed):
                how = "not closed on every path" if life.closed else "never closed"
                message = f"this event loop is {how}: it keeps its selector and sockets"
                yield Report(life.op.node, message, fix=partial(_cure, made=life.op.node))


def _is_never_closed(story: Story, life: Life, cls: Class, name: str) -> bool:
    """Whether a loop in an attribute is run, and nobody who gets at it there can close it.

    One that runs in a thread until the process ends is left alone: nothing could close it.
    """
    if life.closed or (life.set_current and _current_is_closed(story)):
        return False
    uses = story.program.attribute_uses(cls, name)
    ends = "run_until_complete" in uses or {"run_forever", "stop"} <= uses
    return ends and uses <= _KEEPING


def _current_is_closed(story: Story) -> bool:
    """Whether the module closes what `get_event_loop()` gives, perhaps."""
    return any(
        "close" in function.mentions and function.mentions & _GETTERS
        for function in story.module.functions
    )


def _borrower_closes(story: Story) -> bool:
    """Whether a function that gets the loop from a context manager may close it."""
    lender = story.unit.function
    return lender is not None and any(
        {"close", lender.name} <= function.mentions
        for module in (story.module, *story.program.project.holders(lender.name, story.module))
        for function in module.functions
        if function is not lender
    )


_GETTERS = frozenset({"get_event_loop", "get_running_loop"})

#: What may be done with a loop by way of the attribute that keeps it, and leaves it open.
_KEEPING = frozenset(
    {
        "add_reader",
        "add_signal_handler",
        "add_writer",
        "call_at",
        "call_exception_handler",
        "call_later",
        "call_soon",
        "call_soon_threadsafe",
        "create_future",
        "create_task",
        "ensure_future()",
        "get_debug",
        "is_closed",
        "is_running",
        "remove_reader",
        "remove_signal_handler",
        "remove_writer",
        "run_coroutine_threadsafe()",
        "run_forever",
        "run_in_executor",
        "run_until_complete",
        "set_debug",
        "set_default_executor",
        "set_event_loop()",
        "set_exception_handler",
        "shutdown_asyncgens",
        "shutdown_default_executor",
        "stop",
        "time",
    }
)


def _cure(kit: Kit, made: cst.CSTNode) -> Fix | None:
    from asynclint.fixes.closing import closed_in_finally
    from asynclint.fixes.run_block import await_instead, run_instead
    from asynclint.fixes.streamlit import is_streamlit, kept_loop_for_block

    if kit.story.on_loop:
        return await_instead(kit, made)
    if is_streamlit(kit):
        return kept_loop_for_block(kit, made)
    return run_instead(kit, made, bridging=True) or closed_in_finally(kit, made)
