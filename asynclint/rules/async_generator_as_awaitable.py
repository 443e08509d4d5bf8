"""ASL201 async-generator-as-awaitable."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import ITERATE, Story
from asynclint.model.values import ASYNC_GENERATOR
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, definition, of_maker, within


class AsyncGeneratorAsAwaitable(Rule):
    """An async generator is passed where an awaitable is expected.

    ## What it does
    Reports an async generator that is given to a function which wants a coroutine or another
    awaitable: `asyncio.gather()`, `create_task()`, `wait_for()`, `shield()`, `ensure_future()`,
    `as_completed()`, `asyncio.run()`, `run_until_complete()`, `run_coroutine_threadsafe()`, a task
    group. Generator expressions with an `await` or `async for` in them are async generators too.

    ## Why is this bad?
    An `async def` with a `yield` in it is no coroutine function: calling it makes an async
    generator, which can be iterated with `async for`, and not awaited. The text depends on the
    function:

    - `gather()`, `ensure_future()`, `shield()`, `run_until_complete()`, and `wait_for()` up to
      Python 3.11: `TypeError: An asyncio.Future, a coroutine or an awaitable is required`
    - `create_task()`: `TypeError: a coroutine was expected, got <async_generator object ...>`
    - `asyncio.run()`: the same text, but as ValueError
    - `wait_for()` from Python 3.12:
      `TypeError: object async_generator can't be used in 'await' expression`

    None of the generator's body has run by then.

    ## Example
    ```python
    # TypeError: An asyncio.Future, a coroutine or an awaitable is required
    import asyncio


    async def passengers(stops: int):
        for stop in range(stops):
            await asyncio.sleep(0)
            yield 3 * stop + 1


    async def main() -> None:
        red, blue = await asyncio.gather(passengers(2), passengers(3))
        print(sum(red) + sum(blue))


    asyncio.run(main())
    ```

    ## Use instead
    Consume each generator in a coroutine:

    ```python
    import asyncio


    async def passengers(stops: int):
        for stop in range(stops):
            await asyncio.sleep(0)
            yield 3 * stop + 1


    async def count(stops: int) -> int:
        return sum([people async for people in passengers(stops)])


    async def main() -> None:
        red, blue = await asyncio.gather(count(2), count(3))
        print(red + blue)


    asyncio.run(main())
    ```

    ## Fix safety
    Always unsafe: the fix wraps the generator in a helper coroutine (`_collect`, one for the
    module), whose result is the list of all items. That ends with an exception no more, but a list
    may not be what the code after it expects, and a generator that never ends is never collected.
    """

    code = "ASL201"
    name = "async-generator-as-awaitable"
    shown = frozenset({"TypeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.subject.cls != ASYNC_GENERATOR or entry.how == ITERATE or not entry.callee:
                continue
            what = of_maker(entry.subject)
            message = f"{code(entry.node)} is {what}; `{entry.callee}()` takes an awaitable"
            steps = (*definition(story, entry.subject), *within(entry))
            from asynclint.fixes.streaming import collected_items

            yield Report(entry.node, message, steps, partial(collected_items, entry=entry))
