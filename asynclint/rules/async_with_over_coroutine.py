"""ASL205 async-with-over-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import Story
from asynclint.model.values import ASYNC_GENERATOR
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, definition, of_maker, within


class AsyncWithOverCoroutine(Rule):
    """`async with` enters a coroutine or an async generator.

    ## What it does
    Reports an `async with` over the object that a coroutine function makes, and an `async with` or
    `with` over an async generator: the latter mostly for want of `@contextlib.asynccontextmanager`.

    ## Why is this bad?
    Neither object is a context manager. From Python 3.11 on CPython raises

        TypeError: 'coroutine' object does not support the asynchronous context manager protocol

    and up to 3.10 only `AttributeError: __aenter__`. The block does not run; nothing is opened,
    acquired or locked.

    ## Example
    ```python
    # TypeError: 'coroutine' object does not support the asynchronous context manager protocol
    # 3.10: AttributeError: __aenter__
    import asyncio


    class Connection:
        async def __aenter__(self) -> "Connection":
            return self

        async def __aexit__(self, *error: object) -> None:
            print("closed")


    async def connect() -> Connection:
        await asyncio.sleep(0)
        return Connection()


    async def main() -> None:
        async with connect():
            print("open")


    asyncio.run(main())
    ```

    ## Use instead
    ```python
    import asyncio


    class Connection:
        async def __aenter__(self) -> "Connection":
            return self

        async def __aexit__(self, *error: object) -> None:
            print("closed")


    async def connect() -> Connection:
        await asyncio.sleep(0)
        return Connection()


    async def main() -> None:
        async with await connect():
            print("open")


    asyncio.run(main())
    ```

    For a function that yields, write `@contextlib.asynccontextmanager` above it.

    ## Fix safety
    Always unsafe: the fix awaits the coroutine and enters its result, which may turn out to be no
    async context manager. It is not offered where that is known to be so. In place of
    `lock.acquire()` it enters the lock itself, which is then released at the end of the block. A
    generator function of the same file gets the decorator, if entering it is all that the file does
    with it; another one is wrapped where it is entered: `asynccontextmanager(session)()`.
    """

    code = "ASL205"
    name = "async-with-over-coroutine"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.iterations:
            if entry.how != "with" or not (entry.is_async or entry.subject.cls == ASYNC_GENERATOR):
                continue
            message = (
                f"{code(entry.node)} is {of_maker(entry.subject)}, which is no context manager"
            )
            from asynclint.fixes.entering import made_enterable

            fix = partial(made_enterable, entry=entry)
            steps = (*definition(story, entry.subject), *within(entry))
            yield Report(entry.node, message, steps, fix)
