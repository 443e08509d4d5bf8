# shows: RuntimeError: .*Semaphore.* is bound to a different event loop
"""Waters a greenhouse bed by bed, but on a new event loop for each bed.

The semaphore belongs to the loop on which a task first had to wait for it; the second loop is
another one.
"""

import asyncio

BEDS = {"tomatoes": 3, "beans": 2}
pump = asyncio.Semaphore(1)


async def water(bed: str, row: int) -> None:
    async with pump:
        await asyncio.sleep(0)
        print(f"{bed}: row {row} is wet")


async def water_bed(bed: str, rows: int) -> None:
    await asyncio.gather(*(water(bed, row) for row in range(rows)))


def main() -> None:
    for bed, rows in BEDS.items():
        asyncio.run(water_bed(bed, rows))


main()
