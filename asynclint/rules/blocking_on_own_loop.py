"""ASL304 blocking-on-own-loop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import Story
from asynclint.model.values import THREAD_FUTURE
from asynclint.rules.base import Report, Rule


class BlockingOnOwnLoop(Rule):
    """Code on the event loop blocks on a future that only this loop can finish.

    ## What it does
    Reports `.result()` and `.exception()` of a `concurrent.futures.Future` that was made by
    `asyncio.run_coroutine_threadsafe()` for the very loop on which the code runs.

    ## Why is this bad?
    `.result()` of a thread's future blocks the thread until the future is done. The coroutine that
    should finish it waits for this very thread to come back to the event loop. Without a time limit
    the program hangs for ever, and all other tasks with it; with one, it stands still until the
    limit and raises TimeoutError (`concurrent.futures.TimeoutError` up to Python 3.10).

    `run_coroutine_threadsafe()` is meant for other threads that hand work to the loop.

    ## Example
    ```python
    # TimeoutError
    import asyncio


    async def flip(word: str) -> str:
        await asyncio.sleep(0)
        return word[::-1]


    async def explain(word: str) -> str:
        loop = asyncio.get_running_loop()
        future = asyncio.run_coroutine_threadsafe(flip(word), loop)
        return f"{word}: {future.result(timeout=0.2)}"


    print(asyncio.run(explain("stressed")))
    ```

    ## Use instead
    ```python
    import asyncio


    async def flip(word: str) -> str:
        await asyncio.sleep(0)
        return word[::-1]


    async def explain(word: str) -> str:
        flipped = await asyncio.wait_for(flip(word), timeout=0.2)
        return f"{word}: {flipped}"


    print(asyncio.run(explain("stressed")))
    ```

    A future that comes from elsewhere can be awaited as `await asyncio.wrap_future(future)`.

    ## Fix safety
    Always unsafe: where the code blocked, other tasks now run, and may change what it relies on. A
    time limit becomes that of `asyncio.wait_for()`, which cancels the work when the time is up.
    """

    code = "ASL304"
    name = "blocking-on-own-loop"
    shown = frozenset({"RuntimeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.waitings:
            if (
                entry.own_loop
                and entry.early
                and story.on_loop
                and entry.subject.cls == THREAD_FUTURE
            ):
                message = (
                    f"`.{entry.method}()` blocks the loop on which the coroutine should run: "
                    "await `asyncio.wrap_future(...)`, or the coroutine itself"
                )
                from asynclint.fixes.await_result import await_thread_future

                yield Report(entry.node, message, fix=partial(await_thread_future, entry=entry))
