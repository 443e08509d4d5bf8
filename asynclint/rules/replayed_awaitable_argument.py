"""ASL104 replayed-awaitable-argument."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from asynclint.findings import Fix
from asynclint.flow.story import Consumption, Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code

if TYPE_CHECKING:
    from asynclint.fixes.kit import Kit


class ReplayedAwaitableArgument(Rule):
    """A function awaits an awaitable that it was given more than once.

    ## What it does
    Reports a parameter that a function consumes again after it has consumed it on some path: a
    retry helper that awaits its argument in a loop, a fallback that awaits it once more after a
    timeout. Where the annotation does not say that the parameter is a coroutine, only a repetition
    after a failure is reported: a task or future may be awaited again, but that would try nothing
    anew.

    ## Why is this bad?
    The helper cannot make a new coroutine object; it has only the one that it was given, and that
    runs once. The second `await` raises

        RuntimeError: cannot reuse already awaited coroutine

    So the helper works as long as the first attempt does, and fails in the case that it was written
    for. `asyncio.wait_for()` cancels what it waits for when the time is up, so after a TimeoutError
    the coroutine is spent as well.

    ## Example
    ```python
    # RuntimeError: cannot reuse already awaited coroutine
    import asyncio

    answers = iter([OSError("no carrier"), "connected"])


    async def connect() -> str:
        await asyncio.sleep(0)
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer


    async def persist(work) -> str:
        while True:
            try:
                return await work
            except OSError as error:
                print(error)


    print(asyncio.run(persist(connect())))
    ```

    ## Use instead
    Take a function that makes the awaitable, and call it for each attempt:

    ```python
    import asyncio

    answers = iter([OSError("no carrier"), "connected"])


    async def connect() -> str:
        await asyncio.sleep(0)
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer


    async def persist(work) -> str:
        while True:
            try:
                return await work()
            except OSError as error:
                print(error)


    print(asyncio.run(persist(connect)))
    ```

    ## Fix safety
    Always unsafe: the work is then done anew for each attempt, and callers outside of the project
    have to hand over a function too. The fix has the helper call its parameter, and every call of
    the helper in the project gives it a function, or a lambda, in place of the coroutine object. It
    is not offered where the project does anything else with the helper than calling it.
    """

    code = "ASL104"
    name = "replayed-awaitable-argument"
    shown = frozenset({"RuntimeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.subject.origin != "parameter" or not entry.again:
                continue
            if entry.subject.cls != COROUTINE and not entry.failed_before:
                continue
            related = tuple((op.node, "spent here") for op in entry.again.values())
            message = (
                f"argument {code(entry.node)} is awaited again here; a coroutine object runs once, "
                "so take a function that makes one"
            )
            fix = partial(_cure, entry=entry)
            yield Report(entry.node, message, related, fix)


def _cure(kit: Kit, entry: Consumption) -> Fix | None:
    from asynclint.fixes.deferred import deferred
    from asynclint.fixes.replayed import given_function

    return given_function(kit, entry) or deferred(kit, entry)
