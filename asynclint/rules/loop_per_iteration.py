"""ASL402 loop-per-iteration."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from asynclint.findings import Fix
from asynclint.flow.story import LoopStart, Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import is_asyncio, makes_its_loop, restarts_main
from asynclint.rules.wording import code, root_of, ways

if TYPE_CHECKING:
    from asynclint.fixes.kit import Kit


#: A call, and the start of a loop in what it calls. Further away it has to be started always.
_NEAR = 2


class LoopPerIteration(Rule):
    """A loop statement starts an event loop each time round.

    ## What it does
    Reports `asyncio.run()`, or a new loop with `run_until_complete()`, inside a `for`, a `while` or
    a comprehension of plain code. Where the loop is made several calls away, only if all ordinary
    paths lead there, for what is done now and then is no pattern. `while True:
    asyncio.run(main())`, which restarts a whole program, is left alone; so is a function that a
    coroutine hands to a thread, where the loop of the program cannot be used.

    ## Why is this bad?
    Every turn makes an event loop, and closes it with all that belongs to it. Nothing runs at the
    same time as anything else, connections cannot be kept, and what was first waited for on one
    loop cannot be used on the next:

        RuntimeError: <...> is bound to a different event loop

    ## Example
    ```python
    # RuntimeError: ... is bound to a different event loop
    import asyncio

    pump = asyncio.Semaphore(1)


    async def water(bed: str, row: int) -> None:
        async with pump:
            await asyncio.sleep(0)
            print(f"{bed}: row {row} is wet")


    async def water_bed(bed: str, rows: int) -> None:
        await asyncio.gather(*(water(bed, row) for row in range(rows)))


    for bed in ("tomatoes", "beans"):
        asyncio.run(water_bed(bed, 2))
    ```

    ## Use instead
    Put the loop statement into a coroutine, and run that once:

    ```python
    import asyncio

    pump = asyncio.Semaphore(1)


    async def water(bed: str, row: int) -> None:
        async with pump:
            await asyncio.sleep(0)
            print(f"{bed}: row {row} is wet")


    async def water_bed(bed: str, rows: int) -> None:
        await asyncio.gather(*(water(bed, row) for row in range(rows)))


    async def main() -> None:
        for bed in ("tomatoes", "beans"):
            await water_bed(bed, 2)


    asyncio.run(main())
    ```

    ## Fix safety
    Always unsafe: the fix moves the statements into a coroutine function that runs once, and awaits
    there. Plain code among them then runs on an event loop: what starts a loop of its own fails,
    and what blocks holds up other tasks. Where not every loop that the code starts can become an
    `await`, in a generator say, it stays plain and one loop is made around the loop statement:
    `asyncio.Runner`, or by hand if `target-version` is older than Python 3.11. A function that runs
    what it is given, be it in another file, keeps one loop for each thread. Tasks that are left
    over then live on from one run to the next.
    """

    code = "ASL402"
    name = "loop-per-iteration"

    def check(self, story: Story) -> Iterator[Report]:
        repeated = [start for start in story.starts if _makes_one_each_time(start)]
        function = story.unit.function
        if not repeated or story.on_loop:
            return
        if function is not None and story.program.is_given_away(function, on_loop=True):
            return
        for start in repeated:
            is_left = start.loop is not None and not start.loop.closed
            does = "runs a new event loop" if is_left else "makes and closes an event loop"
            message = f"{code(start.node)} {does} each time round"
            fix = partial(_cure, start=start)
            yield Report(start.node, message, ways(story, start), fix, root_of(start))


def _makes_one_each_time(start: LoopStart) -> bool:
    return (
        start.repeated
        and not start.by_loop
        and is_asyncio(start)
        and makes_its_loop(start)
        and not restarts_main(start)
        and (start.always or len(start.chain) <= _NEAR)
    )


def _cure(kit: Kit, start: LoopStart) -> Fix | None:
    from asynclint.fixes.one_loop import one_loop
    from asynclint.fixes.run_around import run_around

    return run_around(kit, start) or one_loop(kit, start)
