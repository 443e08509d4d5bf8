"""ASL301 nested-run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import is_asyncio, runs_nested
from asynclint.rules.wording import runner


class NestedRun(Rule):
    """An event loop is started where one is already running.

    ## What it does
    Reports `asyncio.run()`, `loop.run_until_complete()`, `loop.run_forever()` and `Runner.run()` in
    coroutine functions and async generators: what runs them is an event loop. Says nothing where
    `nest_asyncio` is used, or where the function asks whether a loop is running.

    ## Why is this bad?
    A thread runs one event loop at a time. CPython refuses a second one, with a text that depends
    on how it is started:

    - `asyncio.run()`: `RuntimeError: asyncio.run() cannot be called from a running event loop`
    - `Runner.run()` (Python 3.11):
      `RuntimeError: Runner.run() cannot be called from a running event loop`
    - `run_until_complete()` on the running loop: `RuntimeError: This event loop is already running`
    - `run_until_complete()` on another loop:
      `RuntimeError: Cannot run the event loop while another loop is running`

    The coroutine that was to be run is lost (`RuntimeWarning: coroutine '...' was never awaited`).
    Code that catches RuntimeError and looks for one of the texts misses the others.

    ## Example
    ```python
    # RuntimeError: asyncio.run() cannot be called from a running event loop
    import asyncio


    async def rate(currency: str) -> float:
        await asyncio.sleep(0)
        return {"EUR": 1.0, "CHF": 0.95}[currency]


    async def price(amount: float) -> float:
        return amount * asyncio.run(rate("CHF"))


    print(asyncio.run(price(12.0)))
    ```

    ## Use instead
    ```python
    import asyncio


    async def rate(currency: str) -> float:
        await asyncio.sleep(0)
        return {"EUR": 1.0, "CHF": 0.95}[currency]


    async def price(amount: float) -> float:
        return amount * await rate("CHF")


    print(asyncio.run(price(12.0)))
    ```

    ## Fix safety
    Safe where `await` takes the place of a call that always raised RuntimeError. Unsafe

    - inside a `try` with an `except` clause, or a `with` that catches exceptions: what the
      coroutine raises is then caught by a statement that has not seen it so far;
    - where a generator expression has to become a list, so that all its elements are computed;
    - where the function makes a loop for itself: the loop goes, and what it ran then runs on the
      loop of the caller;
    - where `asyncio.run` is taken out of a table or a variable. If other functions can come out
      there, which do not start a loop, a helper takes its place that runs the coroutine in a
      thread and waits for it; the event loop stands still for that time.

    No fix is offered where `await` cannot stand, as in a plain function or a lambda, and where
    arguments of the call would be lost.
    """

    code = "ASL301"
    name = "nested-run"
    shown = frozenset({"RuntimeError"})

    def check(self, story: Story) -> Iterator[Report]:
        for start in story.starts:
            if start.chain or not runs_nested(story) or not is_asyncio(start):
                continue
            where = story.unit.name
            message = f"`{start.callee}()` starts an event loop, but `{where}` already runs on one"
            from asynclint.fixes.await_run import await_run

            yield Report(start.node, message, runner(story), partial(await_run, start=start))
