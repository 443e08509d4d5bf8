"""ASL404 implicit-event-loop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Kind
from asynclint.findings import Fix
from asynclint.flow.story import Story
from asynclint.model.declared import Class
from asynclint.rules.base import Report, Rule

if TYPE_CHECKING:
    from asynclint.fixes.kit import Kit


class ImplicitEventLoop(Rule):
    """`get_event_loop()` is asked for a loop where none is set.

    ## What it does
    Reports `asyncio.get_event_loop()` in plain code, where the loop that it gives is then run:
    there, or by way of the attribute in which a class keeps it
    (`self.loop = loop or asyncio.get_event_loop()`). Says nothing in files that make or set a loop
    or a policy, nor of a class that a coroutine function of the program names: a loop may run
    there.

    ## Why is this bad?
    Where no loop runs, `get_event_loop()` looks for one that was set for the thread. What happens
    if there is none depends on thread and version:

    - in the main thread, up to Python 3.11: it makes one silently, which nobody closes;
    - in the main thread, Python 3.12 and 3.13: the same, with
      `DeprecationWarning: There is no current event loop`;
    - from Python 3.14 on, and on every version in other threads and after `asyncio.run()`, which
      leaves no loop set: `RuntimeError: There is no current event loop in thread '...'`.

    So code that works in a script fails in a worker thread, under a web server, or in a test that
    runs after another one.

    ## Example
    ```python
    # RuntimeError: There is no current event loop in thread
    import asyncio
    import threading


    async def upload(name: str) -> None:
        await asyncio.sleep(0)
        print("uploaded", name)


    def work() -> None:
        loop = asyncio.get_event_loop()
        loop.run_until_complete(upload("photo.jpg"))


    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    ```

    ## Use instead
    ```python
    import asyncio
    import threading


    async def upload(name: str) -> None:
        await asyncio.sleep(0)
        print("uploaded", name)


    def work() -> None:
        asyncio.run(upload("photo.jpg"))


    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    ```

    In a coroutine, `asyncio.get_running_loop()` gives the loop that runs it.

    ## Fix safety
    Always unsafe: `asyncio.run()` cancels tasks that are left over and leaves no current loop, on
    which other code may rely. Where the loop does more than run one coroutine, the statements move
    into a coroutine function that runs once: plain code among them then runs on an event loop. If
    that cannot be, as with `run_forever()`, a new loop is made, set and closed. In a Streamlit
    script the fix keeps one loop for the session. No fix is offered where an attribute keeps it.
    """

    code = "ASL404"
    name = "implicit-event-loop"

    def check(self, story: Story) -> Iterator[Report]:
        if story.on_loop or story.module.mentions & _SETTERS:
            return
        asked = {id(use.node) for use in story.loop_uses if use.what == "asked" and not use.guarded}
        for use in story.loop_uses:
            if id(use.node) not in asked:
                continue
            if use.what == "kept" and use.kept_in and _is_run_later(story, *use.kept_in):
                message = (
                    f"`asyncio.get_event_loop()` for `.{use.kept_in[1]}`, which plain code runs: "
                    "where no loop is set it is deprecated, and raises RuntimeError from "
                    "Python 3.14"
                )
                yield Report(use.node, message)
            elif use.what == "run":
                message = (
                    "`asyncio.get_event_loop()` where no loop is set is deprecated, and "
                    "raises RuntimeError from Python 3.14; use `asyncio.run()`"
                )
                yield Report(use.node, message, fix=partial(_cure, asked=use.node))


def _is_run_later(story: Story, cls: Class, name: str) -> bool:
    """Whether plain code makes instances, and runs the loop that they keep.

    Nobody in the program sets a loop, and no coroutine function, which has one, names the class.
    """
    own = story.module
    holders = story.program.project.holders
    if any(holders(setter, own) for setter in _SETTERS):
        return False
    naming = (own, *holders(cls.name, own))
    functions = (f for module in naming for f in module.functions if cls.name in f.mentioned)
    if any(f.kind in (Kind.COROUTINE, Kind.ASYNC_GENERATOR) for f in functions):
        return False
    return not _RUNNING.isdisjoint(story.program.attribute_uses(cls, name))


_RUNNING = frozenset({"run_until_complete", "run_forever"})


def _cure(kit: Kit, asked: cst.CSTNode) -> Fix | None:
    from asynclint.fixes.own_loop import own_loop
    from asynclint.fixes.run_around import run_together
    from asynclint.fixes.run_block import run_instead
    from asynclint.fixes.streamlit import is_streamlit, kept_loop_for_block

    if is_streamlit(kit):
        return kept_loop_for_block(kit, asked)
    return run_instead(kit, asked) or run_together(kit) or own_loop(kit, asked)


_SETTERS = frozenset({"set_event_loop", "set_event_loop_policy"})
