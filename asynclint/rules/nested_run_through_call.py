"""ASL302 nested-run-through-call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.through_call import await_through
from asynclint.flow.file import Spot
from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import runs_nested
from asynclint.rules.wording import code, runner


class NestedRunThroughCall(Rule):
    """A call leads to the start of an event loop while one is running.

    ## What it does
    Reports a call, in a coroutine function or async generator, of a plain function that starts an
    event loop: by itself, or through further functions, methods, properties or constructors of the
    same file. The finding shows the chain of calls down to the start. Work that is handed to a
    thread or another process (`asyncio.to_thread()`, executors) does not count.

    ## Why is this bad?
    The plain function works from plain code and from the tests that call it so. From a coroutine it
    raises

        RuntimeError: asyncio.run() cannot be called from a running event loop

    or, for `run_until_complete()`, `RuntimeError: This event loop is already running`. Nothing at
    the place of the call shows that it starts a loop; the start may be several calls away.

    ## Example
    ```python
    # RuntimeError: asyncio.run() cannot be called from a running event loop
    import asyncio


    async def fetch(day: str) -> float:
        await asyncio.sleep(0)
        return 0.95 if day == "monday" else 1.0


    def fetch_sync(day: str) -> float:
        return asyncio.run(fetch(day))


    async def quote(amount: float, day: str) -> float:
        return amount * fetch_sync(day)


    print(fetch_sync("sunday"))
    print(asyncio.run(quote(12.0, "monday")))
    ```

    ## Use instead
    Await the coroutine that the plain function wraps:

    ```python
    import asyncio


    async def fetch(day: str) -> float:
        await asyncio.sleep(0)
        return 0.95 if day == "monday" else 1.0


    def fetch_sync(day: str) -> float:
        return asyncio.run(fetch(day))


    async def quote(amount: float, day: str) -> float:
        return amount * await fetch(day)


    print(fetch_sync("sunday"))
    print(asyncio.run(quote(12.0, "monday")))
    ```

    Where only the plain function will do, call it in a thread:
    `await asyncio.to_thread(fetch_sync, day)`.

    ## Fix safety
    Always unsafe. Where the plain function does nothing but run a coroutine, the fix awaits that
    coroutine in place of the call; overrides of the plain function are then left out. Otherwise the
    call goes to a thread (`asyncio.to_thread()`), and runs beside the tasks of the event loop: what
    it touches must be fit for that, and objects that belong to the first loop cannot be used there.
    No fix is offered where the function runs its coroutine on a loop that it was given, and where
    `await` cannot stand.
    """

    code = "ASL302"
    name = "nested-run-through-call"

    def check(self, story: Story) -> Iterator[Report]:
        for start in story.starts:
            if not start.chain or not runs_nested(story):
                continue
            message = (
                f"{code(start.node)} starts an event loop while `{story.unit.name}` runs on one"
            )
            related = [
                (Spot(s.unit, s.node), f"`{s.unit.name}` calls `{s.text}()`")
                for s in start.chain[1:]
            ]
            steps = (*runner(story), *related)
            yield Report(start.node, message, steps, partial(await_through, start=start))
