"""ASL503 async-callback-to-sync-caller."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import DECORATED, Kind, Outcome, Where
from asynclint.findings import Fix
from asynclint.flow.naming import short
from asynclint.flow.story import Handover, Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, definition

if TYPE_CHECKING:
    from asynclint.fixes.kit import Kit


class AsyncCallbackToSyncCaller(Rule):
    """A coroutine function is handed to a caller that will not await it.

    ## What it does
    Reports a coroutine function, or a lambda or `functools.partial` that makes a coroutine object,
    where a plain function is called for: `threading.Thread(target=...)`, `Timer`, executor jobs,
    `asyncio.to_thread()`, `loop.call_soon()` and `call_later()`, `add_done_callback()`,
    `signal.signal()`, `atexit.register()`, `sorted(key=...)`, `filter()`, schedulers that are known
    to await nothing.

    ## Why is this bad?
    The caller calls the function, gets a coroutine object, and drops it or takes it for the result:

    - threads, timers, callbacks, `atexit`: nothing is done, and CPython warns
      `RuntimeWarning: coroutine '...' was never awaited`;
    - `filter()` keeps everything, as coroutine objects are true;
    - `sorted(key=...)`, `min()`:
      `TypeError: '<' not supported between instances of 'coroutine' and 'coroutine'`;
    - `call_soon()` and its like, with a coroutine function itself and in debug mode only:
      `TypeError: coroutines cannot be used with call_soon()`.

    ## Example
    ```python
    # RuntimeWarning: coroutine 'upload' was never awaited
    import asyncio
    import threading


    async def upload(name: str) -> None:
        await asyncio.sleep(0)
        print("uploaded", name)


    def main() -> None:
        thread = threading.Thread(target=upload, args=("photo.jpg",))
        thread.start()
        thread.join()
        print("done")


    main()
    ```

    ## Use instead
    ```python
    import asyncio
    import threading


    async def upload(name: str) -> None:
        await asyncio.sleep(0)
        print("uploaded", name)


    def main() -> None:
        thread = threading.Thread(target=lambda: asyncio.run(upload("photo.jpg")))
        thread.start()
        thread.join()
        print("done")


    main()
    ```

    On an event loop no thread is needed: `asyncio.create_task(upload("photo.jpg"))`.

    ## Fix safety
    Always unsafe. In threads, and at exit, the fix runs the coroutine on a loop of its own: objects
    that belong to another loop cannot be used there. Where an event loop calls back, it makes a
    task, for which nobody waits, and keeps it until it is done. What a decorator registers becomes
    a plain function that runs its body. Where a builtin calls the function for each element, as in
    `sorted(key=...)`, `min()`, `map()` and `filter()`, a comprehension awaits it for each, so that
    all elements are gone through at once. No fix is offered where `await` cannot stand, and where
    the function may be sent to another process.
    """

    code = "ASL503"
    name = "async-callback-to-sync-caller"

    def check(self, story: Story) -> Iterator[Report]:
        yield from _decorated(story)
        for entry in story.handovers:
            if entry.makes.cls != COROUTINE:
                continue
            what = code(entry.node)
            message = (
                f"{what} makes a coroutine object when called, and `{entry.callee}` awaits none"
            )
            steps = definition(story, entry.makes)
            yield Report(entry.node, message, steps, partial(_cure, entry=entry))


def _decorated(story: Story) -> Iterator[Report]:
    """A coroutine function that a library's decorator registers to be called plainly."""
    function, node = story.unit.function, story.unit.node
    if function is None or function.kind is not Kind.COROUTINE:
        return
    resolver = story.program.resolver
    home = function.scope.parent or function.scope
    for shape in reversed(function.decorators):
        facts = resolver.decorator_facts_of(shape, home)
        if len(facts) != 1:
            return
        lost = [each for each in facts[0].calls if each.at == DECORATED and each.outcome in _LOST]
        if lost:
            assert isinstance(node, cst.FunctionDef)
            message = (
                f"`{function.name}` makes a coroutine object when called, and what "
                f"`{short(facts[0].name)}` registers is called without await"
            )
            once = lost[0].where in (Where.EXIT, Where.THREAD) or facts[0].name.startswith(_ONCE)
            from asynclint.fixes.plain_outside import plain_outside

            yield Report(node.name, message, fix=partial(plain_outside, once=once))
            return
        if facts[0].decorates != "keeps":
            return


#: Commands, which a program runs once.
_ONCE = ("click.", "typer.")
_LOST = (Outcome.DROPPED, Outcome.USED)


def _cure(kit: Kit, entry: Handover) -> Fix | None:
    from asynclint.fixes.callbacks import run_there
    from asynclint.fixes.elementwise import await_each

    return await_each(kit, entry) or run_there(kit, entry)
