"""ASL302 nested-run-through-call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from asynclint.flow.file import Spot, Unit
from asynclint.flow.story import LoopStart, Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import first_of_each, runs_nested
from asynclint.rules.wording import code, root_of, runner, ways


class NestedRunThroughCall(Rule):
    """A call leads to the start of an event loop while one is running.

    ## What it does
    Reports a call, in a coroutine function or async generator, of a plain function that starts an
    event loop: by itself, or through further functions, methods, properties or constructors of the
    program, in whichever file they stand. Operators and statements call methods as well (`len(x)`,
    `x[key]`, `with x:`), and a generator runs where it is gone through. Callbacks that the event
    loop will call, and log handlers where coroutines log, are reported too. The finding shows the
    chain of calls down to the start. Work that is handed to a thread or another process
    (`asyncio.to_thread()`, executors) does not count, nor does a start inside a `try` that handles
    `RuntimeError`: it foresees the refusal. Neither does one where the code has asked for the
    running loop, and found none.

    ## Why is this bad?
    The plain function works from plain code and from the tests that call it so. From a coroutine it
    raises

        RuntimeError: asyncio.run() cannot be called from a running event loop

    or, for `run_until_complete()`, `RuntimeError: This event loop is already running`. Nothing at
    the place of the call shows that it starts a loop; the start may be several calls away.

    ## Example
    ```python
    # RuntimeError: asyncio.run() cannot be called from a running event loop
    import asyncio


    async def fetch(day: str) -> float:
        await asyncio.sleep(0)
        return 0.95 if day == "monday" else 1.0


    def fetch_sync(day: str) -> float:
        return asyncio.run(fetch(day))


    async def quote(amount: float, day: str) -> float:
        return amount * fetch_sync(day)


    print(fetch_sync("sunday"))
    print(asyncio.run(quote(12.0, "monday")))
    ```

    ## Use instead
    Await the coroutine that the plain function wraps:

    ```python
    import asyncio


    async def fetch(day: str) -> float:
        await asyncio.sleep(0)
        return 0.95 if day == "monday" else 1.0


    def fetch_sync(day: str) -> float:
        return asyncio.run(fetch(day))


    async def quote(amount: float, day: str) -> float:
        return amount * await fetch(day)


    print(fetch_sync("sunday"))
    print(asyncio.run(quote(12.0, "monday")))
    ```

    Where only the plain function will do, call it in a thread:
    `await asyncio.to_thread(fetch_sync, day)`.

    ## Fix safety
    Always unsafe. The first of these that can be done is offered:

    - Where the plain function does nothing but run a coroutine, that coroutine is awaited in place
      of the call; overrides of the plain function are then left out.
    - Where every use of the plain functions in the project is a call that can be awaited in the
      end, they become coroutine functions, in whichever files they stand. Callers outside of the
      project have to await them too.
    - The call goes to a thread (`asyncio.to_thread()`), with an event loop made for it where the
      function asks for that of its thread. It runs beside the tasks of the event loop: what it
      touches must be fit for that, and objects that belong to the first loop cannot be used there.
    - Where no `await` can stand, as in a log handler, a callback, a generator or a method that an
      operator calls, a helper runs the coroutine in a thread and waits for it. The event loop
      stands still for that time, as it would while any plain code runs.

    No fix is offered where the function runs its coroutine on a loop that it was given.
    """

    code = "ASL302"
    name = "nested-run-through-call"
    shown = frozenset({"RuntimeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for start in first_of_each(story):
            if start.chain and (start.by_loop or runs_nested(story)):
                from asynclint.fixes.apart import run_apart
                from asynclint.fixes.through_call import await_through

                cure = run_apart if start.by_loop else await_through
                steps = (*(() if start.by_loop else runner(story)), *ways(story, start))
                fix = partial(cure, start=start)
                yield Report(start.node, _message(story, start), steps, fix, root_of(start))
            elif (place := _logged(story)) is not None:
                message = (
                    f"{code(start.node)} starts an event loop in a log handler, "
                    f"which `{place[0].name}` runs on another one"
                )
                here = (Spot(*place), f"`{place[0].name}` logs on a running event loop")
                from asynclint.fixes.apart import run_apart

                fix = partial(run_apart, start=start)
                yield Report(start.node, message, (here, *ways(story, start)), fix, root_of(start))


def _message(story: Story, start: LoopStart) -> str:
    what = code(start.node)
    if start.by_loop:
        return f"{what} has the event loop call what starts another one"
    return f"{what} starts an event loop while `{story.unit.name}` runs on one"


def _logged(story: Story) -> tuple[Unit, cst.CSTNode] | None:
    """Where coroutine functions log, if this is a method that `logging` calls for each record."""
    function = story.unit.function
    if story.on_loop or function is None or function.name not in _HANDLING:
        return None
    owner = function.owner
    line = story.program.resolver.classes.line(owner) if owner is not None else ()
    if not any(base in _HANDLERS for base in line):
        return None
    return story.program.logged_on_loop(story.module)


_HANDLING = ("emit", "handle", "format", "filter")
_HANDLERS = ("logging.Handler", "logging.StreamHandler", "logging.Filter", "logging.Formatter")
