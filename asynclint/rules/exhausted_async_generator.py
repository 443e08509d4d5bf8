"""ASL105 exhausted-async-generator."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import ITERATE, Story
from asynclint.model.values import ASYNC_GENERATOR
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class ExhaustedAsyncGenerator(Rule):
    """An async generator object is iterated again after its end.

    ## What it does
    Follows each async generator object and reports an `async for`, or an async comprehension, that
    iterates it after another one has iterated it to its end: in sequence, in an inner loop, or in a
    loop that polls.

    ## Why is this bad?
    An async generator object runs once (PEP 525). After its last item, after an exception in it,
    and after `aclose()` it is finished, and iterating it again gives nothing. CPython raises no
    exception and prints no warning: the second loop simply does not run, and a sum is 0, a list
    empty, a retry without effect.

    ## Example
    ```python
    # prints: count 0
    import asyncio


    async def measurements():
        for value in (3, 4, 8):
            await asyncio.sleep(0)
            yield value


    async def main() -> None:
        values = measurements()
        print("sum", sum([value async for value in values]))
        print("count", len([value async for value in values]))


    asyncio.run(main())
    ```

    ## Use instead
    Keep the items if they are needed twice:

    ```python
    import asyncio


    async def measurements():
        for value in (3, 4, 8):
            await asyncio.sleep(0)
            yield value


    async def main() -> None:
        values = [value async for value in measurements()]
        print("sum", sum(values))
        print("count", len(values))


    asyncio.run(main())
    ```

    or call the function anew for each iteration, if its work may be done again.

    ## Fix safety
    Always unsafe: the fix calls the function anew for each iteration, so its work is done again,
    and may give other items. Where the object is handed on or kept, functions are: in attributes,
    in containers, and as arguments.
    """

    code = "ASL105"
    name = "exhausted-async-generator"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.how != ITERATE or entry.subject.cls != ASYNC_GENERATOR or not entry.again:
                continue
            steps = [(op.node, "drained here") for op in entry.again.values()]
            if entry.subject.made is not None:
                steps.insert(
                    0, (entry.subject.made, f"{code(entry.subject.made)} makes the object")
                )
            message = f"{code(entry.node)} has been drained; iterating it again gives nothing"
            from asynclint.fixes.reuse import made_anew

            fix = partial(made_anew, entry=entry)
            yield Report(entry.node, message, tuple(steps), fix)
