"""ASL202 awaited-async-generator."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from asynclint.facts import Kind
from asynclint.flow.file import Spot
from asynclint.flow.story import Story
from asynclint.model.values import ASYNC_GENERATOR, Func
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, definition, of_maker


class AwaitedAsyncGenerator(Rule):
    """An async generator is awaited.

    ## What it does
    Reports `await` on the object that an async generator function makes, or on a generator
    expression with an `await` or `async for` in it.

    ## Why is this bad?
    An async generator has no `__await__`: it is iterated with `async for`. CPython raises

        TypeError: object async_generator can't be used in 'await' expression

    before any line of the generator has run. Often the function was a coroutine function that
    returned a list, until a `yield` in it made it a generator.

    ## Example
    ```python
    # TypeError: object async_generator can't be used in 'await' expression
    import asyncio


    async def search(text: str):
        for word in ("oak", "elm", "ash"):
            await asyncio.sleep(0)
            if text in word:
                yield word


    async def main() -> None:
        found = await search("a")
        print(len(found), "trees")


    asyncio.run(main())
    ```

    ## Use instead
    ```python
    import asyncio


    async def search(text: str):
        for word in ("oak", "elm", "ash"):
            await asyncio.sleep(0)
            if text in word:
                yield word


    async def main() -> None:
        found = [word async for word in search("a")]
        print(len(found), "trees")


    asyncio.run(main())
    ```

    If only the first item is wanted, `await anext(search("a"))` gives it.

    ## Fix safety
    Always unsafe: the fix makes a list of all items by an async comprehension, or a set or a tuple
    where the result is compared with one. What follows may expect something else, and a generator
    that never ends is never read to its end. Where the result is compared with a number or a text,
    there is no fix: which value is meant is for you to say.
    """

    code = "ASL202"
    name = "awaited-async-generator"
    shown = frozenset({"TypeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.subject.cls == ASYNC_GENERATOR and entry.how == "await" and not entry.callee:
                message = f"{code(entry.node)} is {of_maker(entry.subject)}; it cannot be awaited"
                from asynclint.fixes.streaming import awaited_items

                fix = partial(awaited_items, entry=entry)
                yield Report(entry.by.node, message, definition(story, entry.subject), fix)
        yield from _awaited_by_wrapper(story)


def _awaited_by_wrapper(story: Story) -> Iterator[Report]:
    """A decorator's wrapper awaits whatever it is put around."""
    function, node = story.unit.function, story.unit.node
    if function is None or function.kind is not Kind.ASYNC_GENERATOR or not function.decorators:
        return
    wrapped = story.program.applied(function)
    if wrapped is None:
        return
    for entry in wrapped.consumptions:
        by = entry.subject.by
        if isinstance(by, Func) and by.function is function and entry.how == "await":
            assert isinstance(node, cst.FunctionDef)
            name = entry.by.node
            message = (
                f"`{function.name}` is an async generator function; its decorator makes "
                f"`{wrapped.unit.name}` of it, which awaits what it makes"
            )
            step = (Spot(wrapped.unit, name), "this awaits the async generator")
            from asynclint.fixes.decorated_generator import handed_through

            fix = partial(handed_through, wrapped=wrapped)
            yield Report(node.name, message, (step,), fix)
