"""ASL103 cached-coroutine-function."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from asynclint.facts import Kind
from asynclint.flow.kept_by_hand import awaited_calls, kept_by_hand
from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class CachedCoroutineFunction(Rule):
    """A cache keeps the coroutine object of a coroutine function.

    ## What it does
    Reports an `async def` under a decorator that keeps what the function returns:
    `functools.cache`, `functools.lru_cache`, `functools.cached_property` and the like, under any
    alias. Places in the file that consume what the function gives are shown with the finding.

    ## Why is this bad?
    Calling a coroutine function returns a coroutine object, and that is what the cache keeps; the
    result of awaiting it is not. The first caller awaits the object. The second one, with the same
    arguments, gets the same object, which is spent:

        RuntimeError: cannot reuse already awaited coroutine

    Tests that ask once for each key never see it.

    ## Example
    ```python
    # RuntimeError: cannot reuse already awaited coroutine
    import asyncio
    from functools import cache


    @cache
    async def rate(currency: str) -> float:
        await asyncio.sleep(0)
        return {"EUR": 1.0, "CHF": 0.95}[currency]


    async def main() -> None:
        print(2 * await rate("CHF"))
        print(3 * await rate("CHF"))


    asyncio.run(main())
    ```

    ## Use instead
    Keep the results:

    ```python
    import asyncio

    rates: dict[str, float] = {}


    async def rate(currency: str) -> float:
        if currency not in rates:
            await asyncio.sleep(0)
            rates[currency] = {"EUR": 1.0, "CHF": 0.95}[currency]
        return rates[currency]


    async def main() -> None:
        print(2 * await rate("CHF"))
        print(3 * await rate("CHF"))


    asyncio.run(main())
    ```

    To have callers that come at the same time share one request, keep a task
    (`asyncio.ensure_future(...)`) in place of the result; a task may be awaited many times, but
    only on the loop that made it. Caches written for coroutine functions, such as
    `async_lru.alru_cache`, are not reported.

    ## Fix safety
    Always unsafe: a helper, `as_task`, makes a task of each call, and the cache keeps that. A task
    starts at once, can be awaited only on the loop that made it, and keeps what it raised: a call
    that failed is not tried again. In a cache written by hand `asyncio.ensure_future()` is put
    around the call. No fix is offered where another decorator stands between the function and the
    one that caches.
    """

    code = "ASL103"
    name = "cached-coroutine-function"
    shown = frozenset({"RuntimeError"})

    def check(self, story: Story) -> Iterator[Report]:
        function = story.unit.function
        if function is None or not isinstance(story.unit.node, cst.FunctionDef):
            return
        for kept in kept_by_hand(story):
            message = (
                f"`{kept.table}` keeps the coroutine object of {code(kept.made)}, "
                "which can be awaited once; keep the result or a task"
            )
            given = awaited_calls(story) if function.kind is Kind.FUNCTION else ()
            steps = tuple(
                (node, "a later call gets the spent coroutine object")
                for node in (kept.use, *given)
            )
            from asynclint.fixes.cached_task import task_kept

            yield Report(kept.made, message, steps, partial(task_kept, made=kept.made))
        outcome = story.program.resolver.decoration(function)
        if not outcome.cached_by:
            return
        users = tuple(
            (entry.by.node, "a second call with the same arguments gets the spent coroutine object")
            for entry in story.program.consumers(function)
        )
        message = (
            f"`{outcome.cached_by}` keeps the coroutine object that `{function.name}()` makes, "
            "which can be awaited once; cache the result or a task"
        )
        from asynclint.fixes.cached_task import tasks_kept

        fix = partial(tasks_kept, cached_by=outcome.cached_by)
        yield Report(story.unit.node.name, message, users, fix)
