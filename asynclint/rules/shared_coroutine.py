"""ASL102 shared-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import Consumption, Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class SharedCoroutine(Rule):
    """One coroutine object is given to several consumers.

    ## What it does
    Reports a consumer that gets the same coroutine object in several places: `[work()] * 3`,
    `gather(job, job)`, `dict.fromkeys(names, work())`, `itertools.repeat(work(), 3)`, one variable
    put into a list again and again. Reports as well the use of a parameter whose default is a
    coroutine object: the default is made once, when the function is defined, and all calls share
    it.

    ## Why is this bad?
    A coroutine object runs once, however many names and places it has. What comes of it depends on
    who gets it:

    - `asyncio.gather()` removes duplicates. No error is raised; the work is done once, and its
      result stands in all the places.
    - Whatever awaits the object a second time gets
      `RuntimeError: cannot reuse already awaited coroutine`.

    ## Example
    ```python
    # prints: lamps lit: 1
    import asyncio

    lit = []


    async def light(street: str) -> None:
        await asyncio.sleep(0)
        lit.append(street)


    async def main() -> None:
        await asyncio.gather(*[light("Elm Street")] * 4)
        print("lamps lit:", len(lit))


    asyncio.run(main())
    ```

    ## Use instead
    Make one object for each place:

    ```python
    import asyncio

    lit = []


    async def light(street: str) -> None:
        await asyncio.sleep(0)
        lit.append(street)


    async def main() -> None:
        await asyncio.gather(*[light("Elm Street") for _ in range(4)])
        print("lamps lit:", len(lit))


    asyncio.run(main())
    ```

    In place of a default argument, write `job=None` and make the object in the function.

    ## Fix safety
    Always unsafe: the work is then done once for each place, where it was done once in all. A
    multiplied display becomes a comprehension, a table of objects one of functions that are called
    at each look-up, be it in another module, other places get a call of their own, and a default
    argument moves into the body of the function.
    """

    code = "ASL102"
    name = "shared-coroutine"
    shown = frozenset({"RuntimeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.subject.cls != COROUTINE:
                continue
            if entry.subject.kept:
                yield _from_table(entry)
                continue
            if entry.shared:
                message = f"{code(entry.node)} is one coroutine object several times; it runs once"
            elif entry.subject.origin == "default":
                message = f"{code(entry.node)} is one coroutine object, made with the default"
            else:
                continue
            from asynclint.fixes.reuse import made_anew

            made = entry.subject.made
            related = ((made, f"{code(made)} is called once"),) if made is not None else ()
            yield Report(entry.node, message, related, partial(made_anew, entry=entry), made)


def _from_table(entry: Consumption) -> Report:
    from asynclint.fixes.deferred import deferred

    message = f"{code(entry.node)} comes from a table that holds one coroutine object for each key"
    steps = tuple((spot, "the table gets the object here, once") for spot in entry.subject.kept)
    fix = partial(deferred, entry=entry)
    return Report(entry.node, message, steps, fix, root=entry.subject.kept[0])
