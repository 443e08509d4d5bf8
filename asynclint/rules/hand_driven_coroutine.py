"""ASL504 hand-driven-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.facts import Kind
from asynclint.flow.file import Spot
from asynclint.flow.story import Iteration, Story
from asynclint.model.values import COROUTINE, FUTURE, TASK, Func, Giving, Lib, Made, Thing
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, definition, within


class HandDrivenCoroutine(Rule):
    """A coroutine of asyncio is stepped by hand.

    ## What it does
    Reports `send()`, `throw()`, `next()` and `__await__()` on a coroutine object of a function that
    is written for asyncio. One that uses a generator made awaitable by `types.coroutine`, and waits
    for nothing of asyncio, has a protocol of its own with whoever steps it.

    ## Why is this bad?
    `coro.send(None)` runs a coroutine up to its first real wait. What it waits for, asyncio's event
    loop has to provide; whoever steps by hand would have to be that loop:

    - in plain code the first wait raises `RuntimeError: no running event loop`;
    - on a running loop the second step raises `RuntimeError: await wasn't used with future`, as the
      future that was waited for is not done;
    - `next()` does not take coroutine objects at all:
      `TypeError: 'coroutine' object is not an iterator`.

    It works by accident as long as the coroutine never waits.

    ## Example
    ```python
    # RuntimeError: no running event loop
    import asyncio


    async def create_agent(model: str) -> dict[str, str]:
        await asyncio.sleep(0.001)
        return {"model": model}


    def create(model: str) -> dict[str, str]:
        coro = create_agent(model)
        while True:
            try:
                coro.send(None)
            except StopIteration as stop:
                return stop.value


    print(create("small"))
    ```

    ## Use instead
    ```python
    import asyncio


    async def create_agent(model: str) -> dict[str, str]:
        await asyncio.sleep(0.001)
        return {"model": model}


    def create(model: str) -> dict[str, str]:
        return asyncio.run(create_agent(model))


    print(create("small"))
    ```

    ## Fix safety
    Always unsafe: the coroutine then really waits for what it awaits, and other tasks run
    meanwhile. The fix awaits it, in plain code by `asyncio.run()`. It is offered only for
    statements that do nothing but step `coro.send(None)` until StopIteration; a limit to the number
    of steps, behind which they raise, goes with them.
    """

    code = "ASL504"
    name = "hand-driven-coroutine"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.iterations:
            if entry.subject.cls != COROUTINE or not is_driving(entry):
                continue
            wait = _wait_for_loop(story, entry.subject.by)
            if entry.inside and wait is None:
                continue  # a kernel with a protocol of its own
            if wait is None and _has_own_trap(story, entry.subject.by):
                continue
            what = code(entry.node)
            message = f"{what} steps a coroutine by hand; what it awaits needs an event loop"
            waits = ((wait, f"`{wait.unit.name}` waits for the loop here"),) if wait else ()
            steps = (*within(entry), *definition(story, entry.subject), *waits)
            from asynclint.fixes.by_hand import result_at_once

            fix = None if entry.inside else partial(result_at_once, entry=entry)
            yield Report(entry.node, message, steps, fix)


def _wait_for_loop(story: Story, by: Thing | None, depth: int = 4) -> Spot | None:
    """Where a coroutine function awaits something of asyncio, itself or one that it awaits."""
    unit = story.program.unit(by.function) if isinstance(by, Func) and depth else None
    inner = story.program.story(unit) if unit is not None else None
    if unit is None or inner is None:
        return None
    for entry in inner.consumptions:
        made = entry.subject.by
        if entry.subject.cls in (TASK, FUTURE) or _is_of_asyncio(made):
            return Spot(unit, entry.node)
        if (further := _wait_for_loop(story, made, depth - 1)) is not None:
            return further
    return None


def _has_own_trap(story: Story, by: Thing | None, depth: int = 4) -> bool:
    """Whether a coroutine function uses a generator that `types.coroutine` makes awaitable.

    That yields to whoever steps it, and needs no event loop.
    """
    if not isinstance(by, Func) or not depth:
        return False
    if by.function.kind is Kind.GENERATOR:  # it makes a coroutine object
        return True
    resolver, scope = story.program.resolver, by.function.scope
    used = [thing for name in by.function.mentioned for thing in resolver.name(name, scope)]
    makers = (
        made.by
        for giving in used
        if isinstance(giving, Giving)
        for made in giving.result
        if isinstance(made, Made)
    )
    others = (
        each for each in used if isinstance(each, Func) and each.function.kind is Kind.COROUTINE
    )
    return any(_has_own_trap(story, each, depth - 1) for each in (*makers, *others))


def _is_of_asyncio(by: Thing | None) -> bool:
    return isinstance(by, Lib) and by.name.startswith("asyncio.")


def is_driving(entry: Iteration) -> bool:
    """Whether an entry is a step by hand."""
    return entry.how in _METHODS or entry.callee in ("next", "iter")


_METHODS = ("send", "throw", "__next__", "__await__")
