"""ASL502 coroutine-used-as-value."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.facts import Kind
from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE, Func
from asynclint.rules.base import Report, Rule
from asynclint.rules.hand_driven_coroutine import is_driving
from asynclint.rules.wording import code, definition


class CoroutineUsedAsValue(Rule):
    """A coroutine object is used as if it were the result.

    ## What it does
    Reports a coroutine object that is tested, compared, computed with, indexed, unpacked, iterated,
    formatted, printed, entered by `with`, or asked for an attribute that coroutine objects do not
    have. Printing an object that is awaited elsewhere is not reported.

    ## Why is this bad?
    Some uses fail at once:

    - `TypeError: unsupported operand type(s) for +: 'coroutine' and 'int'`
    - `TypeError: 'coroutine' object is not subscriptable`
    - `AttributeError: 'coroutine' object has no attribute 'name'`

    Others do not, and are worse. A coroutine object is true, so `if may_enter(name):` lets
    everybody in; it equals nothing, so `==` is always false; and it is formatted as
    `<coroutine object ...>`. The function itself never runs:
    `RuntimeWarning: coroutine '...' was never awaited`.

    ## Example
    ```python
    # RuntimeWarning: coroutine 'may_enter' was never awaited
    import asyncio


    async def may_enter(name: str) -> bool:
        await asyncio.sleep(0)
        return name in {"ada", "grace"}


    async def knock(name: str) -> None:
        if may_enter(name):
            print("the door opens for", name)


    asyncio.run(knock("mallory"))
    ```

    ## Use instead
    ```python
    import asyncio


    async def may_enter(name: str) -> bool:
        await asyncio.sleep(0)
        return name in {"ada", "grace"}


    async def knock(name: str) -> None:
        if await may_enter(name):
            print("the door opens for", name)


    asyncio.run(knock("mallory"))
    ```

    ## Fix safety
    Always unsafe: the code then goes another way than it did. That is the purpose, but look at it:
    a condition that was always true may now be false. A plain function, in which `await` cannot
    stand, becomes a coroutine function, with all of the project that call it; `queue.get()` becomes
    `queue.get_nowait()` there, which raises QueueEmpty where nothing is there. No fix is offered
    where the same object is awaited elsewhere.
    """

    code = "ASL502"
    name = "coroutine-used-as-value"

    def check(self, story: Story) -> Iterator[Report]:
        uses = [(e.subject, e.node, e.how) for e in story.readings if e.counts]
        driven = {id(step.subject.made) for step in story.iterations if is_driving(step)}
        for step in story.iterations:
            if id(step.subject.made) in driven:
                continue
            if step.subject.cls == COROUTINE and not step.is_async and not is_driving(step):
                uses.append((step.subject, step.node, _HOW.get(step.how, step.how)))
        for subject, node, how in uses:
            if isinstance(subject.by, Func) and subject.by.function.kind is Kind.GENERATOR:
                continue  # what `types.coroutine` makes of it is a generator still
            made = subject.made or node
            related = () if made is node else ((node, f"{how} here"),)
            message = f"{code(made)} is a coroutine object, {how} without being awaited"
            steps = (*definition(story, subject), *related)
            from asynclint.fixes.missing_await import await_used

            yield Report(made, message, steps, partial(await_used, subject=subject))


_HOW = {"for": "iterated", "with": "entered by `with`"}
