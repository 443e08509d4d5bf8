"""ASL405 loop-bound-object-shared."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class LoopBoundObjectShared(Rule):
    """A future or task of one event loop is given to another one.

    ## What it does
    Reports a run of a loop with a future or task that was made on another loop, by itself or as the
    argument of the coroutine that is run.

    ## Why is this bad?
    A future calls back on the loop that made it. If that loop does not run, nobody is woken; so
    CPython refuses to wait for it on another one, in a coroutine with

        RuntimeError: Task <...> got Future <...> attached to a different loop

    and in `run_until_complete()` with
    `ValueError: The future belongs to a different loop than the one specified ...`.

    ## Example
    ```python
    # RuntimeError: Task ... got Future ... attached to a different loop
    import asyncio


    async def reserve() -> asyncio.Future[str]:
        return asyncio.get_running_loop().create_future()


    async def confirm(seat: asyncio.Future[str]) -> str:
        asyncio.get_running_loop().call_later(0.001, seat.set_result, "12A")
        return await seat


    seat = asyncio.run(reserve())
    print(asyncio.run(confirm(seat)))
    ```

    ## Use instead
    Make it and wait for it on one loop:

    ```python
    import asyncio


    async def reserve() -> asyncio.Future[str]:
        return asyncio.get_running_loop().create_future()


    async def confirm(seat: asyncio.Future[str]) -> str:
        asyncio.get_running_loop().call_later(0.001, seat.set_result, "12A")
        return await seat


    async def main() -> None:
        seat = await reserve()
        print(await confirm(seat))


    asyncio.run(main())
    ```

    From another thread, `asyncio.run_coroutine_threadsafe()` runs a coroutine on the loop that owns
    the future.

    ## Fix safety
    Always unsafe: the statements that make and run the loops move into a coroutine function that
    runs once, on one loop. Plain code among them then runs on an event loop. No fix is offered
    where not every loop can become an `await`, or where others may see it.
    """

    code = "ASL405"
    name = "loop-bound-object-shared"

    def check(self, story: Story) -> Iterator[Report]:
        for use in story.loop_uses:
            if use.what == "foreign":
                made = use.closed_by
                related = ((made.node, "made for another loop here"),) if made is not None else ()
                message = (
                    f"{code(use.node)} awaits a future or task that belongs to another event loop"
                )
                from asynclint.fixes.run_around import run_together

                fix = run_together if not story.on_loop else None
                yield Report(use.node, message, related, fix)
