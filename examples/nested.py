# shows: RuntimeError: asyncio\.run\(\) cannot be called from a running event loop
"""Prices an order, but runs the currency look-up on a second event loop.

`price` is a coroutine, so a loop runs already on this thread, and `asyncio.run` refuses.
"""

import asyncio

ORDER = {"tea": 2, "cups": 6}


async def exchange_rate(currency: str) -> float:
    await asyncio.sleep(0)
    return {"EUR": 1.0, "CHF": 0.95}[currency]


async def price(order: dict[str, int], currency: str) -> float:
    items = sum(order.values())
    rate = asyncio.run(exchange_rate(currency))
    return items * 4.5 * rate


print(asyncio.run(price(ORDER, "CHF")))
