"""ASL303 sync-facade-in-async-code."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import is_asyncio, runs_nested
from asynclint.rules.wording import runner


class SyncFacadeInAsyncCode(Rule):
    """A blocking facade of an async library is used in async code.

    ## What it does
    Reports calls of library functions that run an event loop on the calling thread, in code that
    runs on one: `agent.run_sync()` of pydantic-ai, `agent.run()` of any-agent, `anyio.run()`,
    `asgiref.sync.async_to_sync(...)()`, `uvicorn.run()`, `sync_playwright()`,
    `aiohttp.web.run_app()` and others that asynclint has facts about.

    ## Why is this bad?
    Such a function is an `asyncio.run()` in disguise, and fails like one. The text is that of
    CPython or the library's own:

    - pydantic-ai: `RuntimeError: This event loop is already running`
    - any-agent: ``RuntimeError: Cannot use the `sync` API in an `async` context``
    - uvicorn: `RuntimeError: asyncio.run() cannot be called from a running event loop`, on Python
      3.11 `Cannot run the event loop while another loop is running`
    - anyio: `RuntimeError: Already running asyncio in this thread`
    - asgiref: `RuntimeError: You cannot use AsyncToSync in the same thread as an async event loop`
    - playwright: `Error: It looks like you are using Playwright Sync API inside the asyncio loop`

    ## Example
    ```python
    # needs: pydantic_ai
    # RuntimeError: This event loop is already running
    import asyncio

    from pydantic_ai import Agent

    critic = Agent("test")


    async def review(text: str) -> str:
        result = critic.run_sync(text)
        return str(result.output)


    print(asyncio.run(review("my essay")))
    ```

    ## Use instead
    Every such library offers the same for async code:

    ```python
    # needs: pydantic_ai
    import asyncio

    from pydantic_ai import Agent

    critic = Agent("test")


    async def review(text: str) -> str:
        result = await critic.run(text)
        return str(result.output)


    print(asyncio.run(review("my essay")))
    ```

    ## Fix safety
    Safe where the library's async counterpart takes the same arguments and the call always raised
    before. Unsafe inside a `try` with an `except` clause, or a `with` that catches exceptions, as
    what the counterpart raises is then caught; and for `uvicorn.run()`, which ends the process when
    the server cannot start, where the counterpart returns. No fix is offered where the counterpart
    is used in another way than by awaiting a call of it, as with `sync_playwright()`.
    """

    code = "ASL303"
    name = "sync-facade-in-async-code"
    shown = frozenset({"RuntimeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for start in story.starts:
            if start.chain or not runs_nested(story) or is_asyncio(start):
                continue
            twin = start.fact.twin if start.fact is not None else ""
            advice = f"; await `{twin}` instead" if twin else ""
            where = story.unit.name
            message = (
                f"`{start.callee}()` runs an event loop, but `{where}` already runs on one{advice}"
            )
            from asynclint.fixes.async_twin import await_twin

            yield Report(start.node, message, runner(story), partial(await_twin, start=start))
