"""ASL101 reused-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from asynclint.flow.file import Spot
from asynclint.flow.story import Consumption, Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import Steps, code


class ReusedCoroutine(Rule):
    """A coroutine object is awaited, scheduled or run a second time.

    ## What it does
    Follows each coroutine object from the call that makes it to the places that consume it:
    `await`, `asyncio.create_task()`, `asyncio.gather()`, `asyncio.run()` and their like. Reports a
    place that consumes an object which some path has consumed before: in sequence, each time round
    a loop, in an `except` or `finally` clause, under another name, or out of a container.

    ## Why is this bad?
    A coroutine object runs once. When its function has returned, raised or been cancelled, the
    object is spent, and CPython answers every further `await`, `asyncio.run()` or
    `run_until_complete()` with

        RuntimeError: cannot reuse already awaited coroutine

    `create_task()` and `gather()` accept the spent object, and the task that they make fails with
    that error. If the first consumer is a task that still runs, the text is
    `coroutine is being awaited already`.

    In a retry loop this hides the failure that matters: the first attempt fails with its own error,
    every later one with RuntimeError, and nothing is tried again.

    ## Example
    ```python
    # RuntimeError: cannot reuse already awaited coroutine
    import asyncio

    answers = iter([TimeoutError("no answer"), 21.5])


    async def read_sensor() -> float:
        await asyncio.sleep(0)
        answer = next(answers)
        if isinstance(answer, TimeoutError):
            raise answer
        return answer


    async def main() -> float:
        reading = read_sensor()
        try:
            return await reading
        except TimeoutError:
            return await reading


    asyncio.run(main())
    ```

    ## Use instead
    Call the function anew for each attempt:

    ```python
    import asyncio

    answers = iter([TimeoutError("no answer"), 21.5])


    async def read_sensor() -> float:
        await asyncio.sleep(0)
        answer = next(answers)
        if isinstance(answer, TimeoutError):
            raise answer
        return answer


    async def main() -> float:
        try:
            return await read_sensor()
        except TimeoutError:
            return await read_sensor()


    asyncio.run(main())
    ```

    If the work must be done only once and its result is wanted in several places, keep the result,
    or make a task of the coroutine: a task may be awaited as often as you like.

    ## Fix safety
    Always unsafe: the fix has each consumer make an object of its own, so what was done once, or
    failed, is done again. It puts the call where the object was consumed; where that would change
    what its arguments mean, the variable holds a function instead
    (`functools.partial(fetch, url)`), which is called each time. So does all that hands the object
    on, in the whole project: attributes, containers, closures, and parameters of functions, whose
    callers then give functions. A function that asks by `inspect.isawaitable()` what it got is
    given a function, and stays as it is. A mock gets a `side_effect` in place of its
    `return_value`. No fix is offered where the object is also used in a way that consumes nothing,
    or goes where it cannot be followed.
    """

    code = "ASL101"
    name = "reused-coroutine"
    shown = frozenset({"RuntimeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if not entry.again or entry.shared or entry.subject.cls != COROUTINE:
                continue
            if entry.subject.origin not in _OWN:
                continue
            made = entry.subject.made
            from asynclint.fixes.reuse import made_anew

            anew = partial(made_anew, entry=entry)
            if entry.held and made is not None and entry.subject.origin == "made":
                yield Report(made, _message_of_held(entry, made), _trace(entry)[1:], anew)
            else:
                yield Report(entry.node, _message(entry), _trace(entry), anew, made)


#: Objects that the unit makes, or that are its own to consume.
_OWN = ("made", "element", "global", "container", "given", "attribute")


def _message_of_held(entry: Consumption, made: cst.CSTNode) -> str:
    again = f"`{entry.callee}()` consumes it again"
    return f"{code(made)} is one coroutine object, kept where {again}; it runs once"


def _message(entry: Consumption) -> str:
    what = code(entry.node)
    if entry.replayed:
        return (
            f"{what} is consumed more than once by `{entry.callee}()`; a coroutine object runs once"
        )
    if any(op is entry.by for op in entry.again.values()):
        return f"{what} is consumed each time round the loop, but a coroutine object runs once"
    return f"{what} is consumed again here; a coroutine object runs once"


def _trace(entry: Consumption) -> Steps:
    steps: list[tuple[cst.CSTNode | Spot, str]] = []
    if entry.subject.made is not None:
        steps.append((entry.subject.made, f"{code(entry.subject.made)} makes the coroutine object"))
    steps.extend(
        (op.node, "spent here the first time" if op is entry.by else "spent here")
        for op in entry.again.values()
        if not (entry.replayed and op is entry.by)
    )
    steps.extend((spot, f"`{spot.unit.name}` consumes it") for spot in entry.inside)
    return tuple(steps)
