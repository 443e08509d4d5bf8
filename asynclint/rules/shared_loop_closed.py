"""ASL406 shared-loop-closed."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class SharedLoopClosed(Rule):
    """An event loop is used after it was closed.

    ## What it does
    Reports a use of a loop (`run_until_complete()`, `create_task()`, `call_soon()` and the like)
    that comes after `close()` on some path, under whatever name, also by way of `get_event_loop()`.

    ## Why is this bad?
    `close()` cannot be taken back. Every further use raises

        RuntimeError: Event loop is closed

    and if that was `run_until_complete()`, the coroutine is lost as well
    (`RuntimeWarning: coroutine '...' was never awaited`). A `finally: loop.close()` inside a loop
    statement lets the first turn pass and fails at the second.

    ## Example
    ```python
    # RuntimeError: Event loop is closed
    import asyncio


    async def save(name: str) -> str:
        await asyncio.sleep(0)
        return f"saved {name}"


    def main() -> None:
        loop = asyncio.new_event_loop()
        print(loop.run_until_complete(save("draft")))
        loop.close()
        print(loop.run_until_complete(save("final")))


    main()
    ```

    ## Use instead
    ```python
    import asyncio


    async def save(name: str) -> str:
        await asyncio.sleep(0)
        return f"saved {name}"


    async def main() -> None:
        print(await save("draft"))
        print(await save("final"))


    asyncio.run(main())
    ```

    ## Fix safety
    Always unsafe: the statements that make, run and close the loop move into a coroutine function
    that `asyncio.run()` runs once, and which closes its loop when all is done. Plain code among
    them then runs on an event loop. No fix is offered where not every run can become an `await`,
    or where others may see the loop.
    """

    code = "ASL406"
    name = "shared-loop-closed"

    def check(self, story: Story) -> Iterator[Report]:
        for use in story.loop_uses:
            if use.what == "closed" and use.closed_by is not None:
                message = f"{code(use.node)} uses an event loop that was closed before"
                from asynclint.fixes.run_around import run_together

                fix = run_together if not story.on_loop else None
                yield Report(use.node, message, ((use.closed_by.node, "closed here"),), fix)
