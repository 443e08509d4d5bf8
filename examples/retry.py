# shows: RuntimeError: cannot reuse already awaited coroutine
"""Asks a sensor up to three times for its reading, but makes the request only once.

The first failure spends the coroutine object; every later attempt awaits what is spent.
"""

import asyncio


class Sensor:
    """Answers at the third question."""

    def __init__(self) -> None:
        self.asked = 0

    async def read(self) -> float:
        self.asked += 1
        await asyncio.sleep(0)
        if self.asked < 3:
            raise TimeoutError("no answer")
        return 21.5


async def read_patiently(sensor: Sensor) -> float | None:
    reading = sensor.read()
    for attempt in range(3):
        try:
            return await reading
        except TimeoutError as error:
            print(f"attempt {attempt}: {error}")
    return None


print(asyncio.run(read_patiently(Sensor())))
