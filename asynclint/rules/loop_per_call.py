"""ASL401 loop-per-call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from asynclint.facts import DECORATED, Where
from asynclint.findings import Fix
from asynclint.flow.story import Life, LoopStart, Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import makes_its_loop

if TYPE_CHECKING:
    from asynclint.fixes.kit import Kit


class LoopPerCall(Rule):
    """An event loop is made for every call, request or interaction.

    ## What it does
    Reports an event loop, by `asyncio.run()` or by `new_event_loop()` and `run_until_complete()`,

    - in a function that a framework calls for each request or job: views of Flask, plain endpoints
      of FastAPI, tasks of Celery;
    - in a Streamlit script, which runs from its top at each interaction of the user;
    - in a helper that makes a loop, runs one coroutine and closes the loop by hand.

    Functions that are called once (`main`, commands of click and typer) and results that Streamlit
    keeps are left alone.

    ## Why is this bad?
    Connections, sessions, locks, queues and tasks belong to the loop on which they were first used.
    On the next loop they are of no use: a lock or queue that somebody has to wait for raises

        RuntimeError: <...> is bound to a different event loop

    and a connection or client fails with `RuntimeError: Event loop is closed`. Nothing can be kept
    from one call to the next, and every call pays for a selector and a pair of sockets. A loop that
    is closed by hand also leaves its tasks behind (`Task was destroyed but it is pending!`), which
    `asyncio.run()` would cancel.

    ## Example
    ```python
    # RuntimeError: ... is bound to a different event loop
    import asyncio

    gate = asyncio.Semaphore(1)


    async def enter(name: str) -> None:
        async with gate:
            await asyncio.sleep(0)
            print(name, "is in")


    async def admit(*names: str) -> None:
        await asyncio.gather(*map(enter, names))


    def run_sync(coro):
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(coro)
        finally:
            loop.close()


    run_sync(admit("Ada", "Bob"))
    run_sync(admit("Cyd", "Dee"))
    ```

    ## Use instead
    Run one loop for the whole program:

    ```python
    import asyncio

    gate = asyncio.Semaphore(1)


    async def enter(name: str) -> None:
        async with gate:
            await asyncio.sleep(0)
            print(name, "is in")


    async def admit(*names: str) -> None:
        await asyncio.gather(*map(enter, names))


    async def main() -> None:
        await admit("Ada", "Bob")
        await admit("Cyd", "Dee")


    asyncio.run(main())
    ```

    Where plain code has to call in again and again, keep one loop for it: an `asyncio.Runner`
    (Python 3.11), or a loop in a thread of its own and `asyncio.run_coroutine_threadsafe()`. In a
    web framework write the view as `async def`; in Streamlit keep the loop in `st.session_state`.

    ## Fix safety
    Always unsafe.

    - A loop that is made and closed by hand becomes `asyncio.run()`: still one loop a call, but one
      that cancels the tasks that are left over and leaves no current loop behind.
    - Views, jobs, and functions that are given what they run, use a helper, `kept_loop`, with one
      loop for each thread, which is closed with the thread: tasks that are left over live on, and
      objects that belong to the loop of one thread are of no use on another one.
    - Endpoints of FastAPI and Starlette become coroutine functions, where all that they run can be
      awaited: what blocks in them then holds up the server.
    - In a Streamlit script each run goes to a helper, `run_async`, with one loop that the session
      keeps: tasks that are left over live on.
    """

    code = "ASL401"
    name = "loop-per-call"

    def check(self, story: Story) -> Iterator[Report]:
        if story.on_loop or (story.unit.parent is not None and story.unit.function is None):
            return
        for start in story.starts:
            if (
                start.chain
                or start.repeated
                or start.kept
                or not (makes_its_loop(start) or start.loop)
            ):
                continue
            place = start.loop.op.node if start.loop is not None else start.node
            reason = self._reason(story, start)
            if reason:
                fix = partial(_cure, start=start)
                yield Report(place, f"an event loop is made {reason}", fix=fix)

    @staticmethod
    def _reason(story: Story, start: LoopStart) -> str:
        """For what a loop is made each time, '' if it is made once."""
        if _is_streamlit(story):
            return "" if _runs_once(story) else "each time that the Streamlit script runs"
        if _is_handler(story):
            return "for every request"
        if start.loop is not None and _by_hand(story, start.loop):
            return "and closed by hand for one call; `asyncio.run()` does this and cleans up"
        return ""


def _cure(kit: Kit, start: LoopStart) -> Fix | None:
    from asynclint.fixes.run_around import async_endpoint

    if _is_handler(kit.story, _AWAITING):
        return async_endpoint(kit) or _kept(kit, start)
    return _kept(kit, start)


def _kept(kit: Kit, start: LoopStart) -> Fix | None:
    from asynclint.fixes.kept_loop import kept_for_block, kept_for_run
    from asynclint.fixes.run_around import run_together
    from asynclint.fixes.run_block import run_instead
    from asynclint.fixes.streamlit import is_streamlit, kept_loop_for_block, kept_loop_for_run

    if start.loop is None:
        return kept_loop_for_run(kit, start) if is_streamlit(kit) else kept_for_run(kit, start.node)
    made = start.loop.op.node
    if is_streamlit(kit):
        return kept_loop_for_block(kit, made)
    once = None if _is_handler(kit.story) else run_instead(kit, made)
    return once or kept_for_block(kit, made) or run_together(kit)


def _is_streamlit(story: Story) -> bool:
    return story.module.imports_whole("streamlit")


def _runs_once(story: Story) -> bool:
    """Whether Streamlit keeps the result, or the script guards the place by its session state."""
    function = story.unit.function
    if function is None:
        return False
    facts = story.program.resolver.decorator_facts(function)
    return any(fact.name.startswith("streamlit.cache") for fact in facts)


#: Who calls a function again and again: not once in a while, as the tools of a chat are.
_AWAITING = ("fastapi.", "starlette.")  # await their endpoints on the server's loop
_SERVING = ("apscheduler.", "celery.", "django.", "fastapi.", "flask.", "starlette.")


def _is_handler(story: Story, frameworks: tuple[str, ...] = _SERVING) -> bool:
    """Whether a framework calls the function for each request or task."""
    function = story.unit.function
    if function is None:
        return False
    facts = story.program.resolver.decorator_facts(function)
    return any(
        calls.at == DECORATED and calls.where in (Where.LATER, Where.PROCESS, Where.THREAD)
        for fact in facts
        if fact.name.startswith(frameworks) and not fact.name.startswith(_ONCE)
        for calls in fact.calls
    )


def _by_hand(story: Story, life: Life) -> bool:
    function = story.unit.function
    if function is None or function.name == "main" or not life.closed:
        return False
    if life.asked_to_close and life.set_current:
        return False
    runs = [start for start in story.starts if start.loop is life and start.argument is not None]
    if len(runs) != 1 or story.program.is_given_away(function):
        return False
    return life.set_current or _is_given(story, runs[0])


def _is_given(story: Story, start: LoopStart) -> bool:
    """Whether the coroutine comes from the caller: a helper that bridges from plain code."""
    return any(
        entry.by is start.op and entry.subject.origin == "parameter" for entry in story.consumptions
    )


_ONCE = ("click.", "typer.", "atexit.", "pytest", "signal.")  # called once, or by a test runner
