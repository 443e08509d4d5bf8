"""ASL506 coroutine-dropped-on-a-path."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, definition


class CoroutineDroppedOnAPath(Rule):
    """A coroutine object is awaited on one path and lost on another.

    ## What it does
    Reports a coroutine object that is made before it is known whether it is needed: some path
    consumes it, another one returns, raises, goes on with the next turn or takes the other branch
    without it.

    ## Why is this bad?
    On the path that does not consume it the object is collected unused, and CPython warns

        RuntimeWarning: coroutine 'fetch' was never awaited

    Where warnings are errors, as in many test suites, it is reported as an exception that nobody
    can catch. Nothing else goes wrong; but the warning points at no line, and drowns those that
    matter.

    ## Example
    ```python
    # RuntimeWarning: coroutine 'fetch' was never awaited
    import asyncio

    cache = {"home": "<h1>home</h1>"}


    async def fetch(page: str) -> str:
        await asyncio.sleep(0)
        return f"<h1>{page}</h1>"


    async def show(page: str) -> str:
        request = fetch(page)
        if page in cache:
            return cache[page]
        return await request


    print(asyncio.run(show("home")))
    ```

    ## Use instead
    Make the object where it is consumed:

    ```python
    import asyncio

    cache = {"home": "<h1>home</h1>"}


    async def fetch(page: str) -> str:
        await asyncio.sleep(0)
        return f"<h1>{page}</h1>"


    async def show(page: str) -> str:
        if page in cache:
            return cache[page]
        return await fetch(page)


    print(asyncio.run(show("home")))
    ```

    or call `request.close()` on the path that does not need it.

    ## Fix safety
    Safe where the call that moves is one of a coroutine function of the same file, by its name,
    with names and constants as arguments: nothing of it runs before it is awaited. Unsafe
    otherwise, as the arguments are then evaluated later, or not at all.
    """

    code = "ASL506"
    name = "coroutine-dropped-on-a-path"

    def check(self, story: Story) -> Iterator[Report]:
        told = story.told()
        for life in story.lives:
            if id(life.op.node) in told:
                continue
            if life.subject.cls == COROUTINE and life.dropped and life.used:
                message = f"{code(life.op.node)} makes a coroutine object that is lost on some path"
                steps = definition(story, life.subject)
                from asynclint.fixes.made_late import made_where_consumed

                fix = partial(made_where_consumed, life=life)
                yield Report(life.op.node, message, steps, fix)
