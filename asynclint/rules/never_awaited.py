"""ASL501 never-awaited."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, definition


class NeverAwaited(Rule):
    """A coroutine object is made and nobody awaits it.

    ## What it does
    Reports a call of a coroutine function whose result is thrown away, or kept in a variable that
    is never used, on all paths.

    ## Why is this bad?
    Calling a coroutine function runs nothing of it: it makes an object that has to be awaited, or
    made a task of. If that is forgotten the program goes on as if the work were done. The only sign
    is a warning on standard error when the object is collected:

        RuntimeWarning: coroutine 'save' was never awaited

    `asyncio.sleep(1)` without `await` does not pause, and `session.close()` does not close.

    ## Example
    ```python
    # RuntimeWarning: coroutine 'save' was never awaited
    import asyncio

    shelf: list[str] = []


    async def save(document: str) -> None:
        await asyncio.sleep(0)
        shelf.append(document)


    async def main() -> None:
        save("lease")
        print("saved:", shelf)


    asyncio.run(main())
    ```

    ## Use instead
    ```python
    import asyncio

    shelf: list[str] = []


    async def save(document: str) -> None:
        await asyncio.sleep(0)
        shelf.append(document)


    async def main() -> None:
        await save("lease")
        print("saved:", shelf)


    asyncio.run(main())
    ```

    To go on while the work is done, keep the task that `asyncio.create_task(save("lease"))`
    returns, and await it later.

    ## Fix safety
    Safe where the call is a statement of its own: `await` makes the code do what it says. Unsafe

    - inside a `try` with an `except` clause, or a `with` that catches exceptions: what the
      coroutine raises is then caught by a statement that has not seen it so far;
    - where a variable holds the object: it then holds the result;
    - at the level of a module, where `asyncio.run()` is put around the call: that fails if the
      module is imported by code that runs a loop;
    - in plain functions, where `queue.put_nowait()` and `queue.get_nowait()` take the place of the
      coroutine functions: they raise QueueFull and QueueEmpty where those would wait;
    - in other plain functions: the function becomes a coroutine function, with all of the project
      that call it, up to coroutine functions, which await it, and to the places where a program, a
      thread or a test begins, which run it. Callers outside of the project must await it, too. If
      that would make a loop for every call, it runs the coroutine on a loop that its thread keeps;
    - in functions that an event loop calls, where a task is made, for which nobody waits; and where
      the coroutine never ends: the task is cancelled when the event loop ends.
    """

    code = "ASL501"
    name = "never-awaited"
    shown = frozenset({"RuntimeWarning", "TypeError"})

    def check(self, story: Story) -> Iterator[Report]:
        told = story.told()
        for life in story.lives:
            if id(life.op.node) in told:
                continue
            lost = (life.dropped or life.maybe_dropped) and not life.used
            if lost and life.subject.cls == COROUTINE:
                message = f"{code(life.op.node)} makes a coroutine object that nobody awaits"
                steps = definition(story, life.subject)
                from asynclint.fixes.missing_await import await_lost

                yield Report(life.op.node, message, steps, partial(await_lost, life=life))
