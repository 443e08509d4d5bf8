# shows: TypeError: .*(coroutine|awaitable)
"""Counts the passengers of two lines at once, but hands `gather` async generators.

`gather` wants awaitables; calling an `async def` with `yield` in it makes an async generator.
"""

import asyncio
from collections.abc import AsyncIterator


async def passengers(line: str, stops: int) -> AsyncIterator[int]:
    for stop in range(stops):
        await asyncio.sleep(0)
        print(f"line {line} reached stop {stop}")
        yield 3 * stop + 1


async def count() -> int:
    red, blue = await asyncio.gather(passengers("red", 2), passengers("blue", 3))
    return sum(red) + sum(blue)


print(asyncio.run(count()))
