"""ASL203 async-generator-iterated-synchronously."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import YIELD_FROM, Story
from asynclint.model.values import ASYNC_GENERATOR, ASYNC_ITERABLE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, definition, of_maker, within


class AsyncGeneratorIteratedSynchronously(Rule):
    """An async generator is iterated by synchronous code.

    ## What it does
    Reports an async generator where a plain iterable is needed: in a `for` without `async`, in a
    comprehension, after `*`, in an assignment to several names, at the right of `in`, and as the
    argument of `list()`, `sum()`, `sorted()`, `enumerate()`, `zip()`, `"".join()`, `next()` and
    their like. Says nothing inside a `try` that catches TypeError: that foresees it.

    ## Why is this bad?
    An async generator has `__aiter__` and `__anext__`, but neither `__iter__` nor `__next__`.
    CPython raises

        TypeError: 'async_generator' object is not iterable

    or, from `next()`, `'async_generator' object is not an iterator`. `enumerate(...)` and
    `zip(...)` do so when they are called, not when they are iterated.

    ## Example
    ```python
    # TypeError: 'async_generator' object is not iterable
    import asyncio


    async def stops(line: str):
        for number in range(1, 4):
            await asyncio.sleep(0)
            yield f"{line}{number}"


    async def main() -> None:
        for stop in stops("U"):
            print(stop)


    asyncio.run(main())
    ```

    ## Use instead
    ```python
    import asyncio


    async def stops(line: str):
        for number in range(1, 4):
            await asyncio.sleep(0)
            yield f"{line}{number}"


    async def main() -> None:
        async for stop in stops("U"):
            print(stop)


    asyncio.run(main())
    ```

    Plain functions cannot iterate it: make them coroutine functions, or collect the items in one
    and run that.

    ## Fix safety
    Safe in most places: the code raised TypeError, whatever the data, and now does what it says.
    `for` becomes `async for`, `list(...)` and `set(...)` become comprehensions, `next()` becomes
    `await anext()`, and other functions get a list of the items.

    Unsafe inside a `try` with an `except` clause, or a `with` that catches exceptions: what the
    generator raises is then caught by a statement that has not seen it so far. No fix is offered in
    plain functions and lambdas.
    """

    code = "ASL203"
    name = "async-generator-iterated-synchronously"
    shown = frozenset({"TypeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.iterations:
            if entry.subject.cls not in _STREAMS or entry.is_async or entry.how == "with":
                continue
            if entry.foreseen:
                continue
            how = f"`{entry.callee}()`" if entry.callee else _HOW.get(entry.how, "plain code")
            shown = entry.subject.made if entry.how == "unpacked" else None
            message = (
                f"{code(shown or entry.node)} is {of_maker(entry.subject)}; {how} cannot iterate it"
            )
            from asynclint.fixes.streaming import iterated_asynchronously

            fix = partial(iterated_asynchronously, entry=entry)
            steps = (*definition(story, entry.subject), *within(entry))
            yield Report(entry.node, message, steps, fix)


_STREAMS = (ASYNC_GENERATOR, ASYNC_ITERABLE)
_HOW = {
    "for": "a plain `for`",
    "unpacked": "unpacking",
    "searched by `in`": "`in`",
    YIELD_FROM: "`yield from`",
}
