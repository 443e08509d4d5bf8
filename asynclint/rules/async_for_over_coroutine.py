"""ASL204 async-for-over-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, definition, of_maker, within


class AsyncForOverCoroutine(Rule):
    """`async for` iterates a coroutine.

    ## What it does
    Reports an `async for`, in a statement or a comprehension, over the object that a coroutine
    function makes.

    ## Why is this bad?
    Only async iterables have `__aiter__`; a coroutine object is none. CPython raises

        TypeError: 'async for' requires an object with __aiter__ method, got coroutine

    and, as the object is lost, warns `RuntimeWarning: coroutine '...' was never awaited`. Either an
    `await` is missing and the function gives a list, or the function was meant to `yield`.

    ## Example
    ```python
    # TypeError: 'async for' requires an object with __aiter__ method, got coroutine
    import asyncio


    async def guests(table: int) -> list[str]:
        await asyncio.sleep(0)
        return ["Ada", "Bob"] * table


    async def main() -> None:
        async for guest in guests(1):
            print(guest)


    asyncio.run(main())
    ```

    ## Use instead
    ```python
    import asyncio


    async def guests(table: int) -> list[str]:
        await asyncio.sleep(0)
        return ["Ada", "Bob"] * table


    async def main() -> None:
        for guest in await guests(1):
            print(guest)


    asyncio.run(main())
    ```

    ## Fix safety
    Always unsafe: the fix awaits the coroutine and iterates its result, and what that is can only
    be guessed at. It stays `async for` where the result is known to be an async iterable, by the
    function's annotation or its `return` statements.
    """

    code = "ASL204"
    name = "async-for-over-coroutine"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.iterations:
            if entry.subject.cls == COROUTINE and entry.is_async and entry.how != "with":
                message = (
                    f"{code(entry.node)} is {of_maker(entry.subject)}, which has no `__aiter__`"
                )
                from asynclint.fixes.iterating_result import iterated_result

                fix = partial(iterated_result, entry=entry)
                steps = (*definition(story, entry.subject), *within(entry))
                yield Report(entry.node, message, steps, fix)
