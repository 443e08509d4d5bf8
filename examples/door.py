# shows: coroutine 'may_enter' was never awaited
"""Opens a door for members only, but never awaits the answer.

A coroutine object is true, whatever its function would have returned: the door opens for all.
"""

import asyncio

MEMBERS = {"ada", "grace"}


async def may_enter(name: str) -> bool:
    await asyncio.sleep(0)
    return name in MEMBERS


async def knock(name: str) -> None:
    if may_enter(name):
        print(f"the door opens for {name}")
    else:
        print(f"the door stays shut for {name}")


async def main() -> None:
    await knock("ada")
    await knock("mallory")


asyncio.run(main())
