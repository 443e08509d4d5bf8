"""ASL507: a coroutine object where only a task or a future will do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.facts import Accepts
from asynclint.flow.story import Consumption, Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, of_maker, within
from asynclint.visitor.ops import Op


class CoroutineInsteadOfTask(Rule):
    """A coroutine object is given to a call that takes only tasks and futures.

    ## What it does
    Reports coroutine objects that are handed to `asyncio.wait()`, one by one or in a list, also
    through helpers.

    ## Why is this bad?
    `asyncio.wait()` gives its arguments back in two sets, so that the caller can tell which are
    done; for that they must be tasks or futures. Up to Python 3.10 it made tasks of coroutine
    objects, in which the caller could not find them again; from 3.11 on it raises TypeError, and
    the coroutines never run.

    ## Example
    ```python
    # TypeError: Passing coroutines is forbidden, use tasks explicitly.
    # needs: 3.11
    import asyncio


    async def reply(server: str, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return server


    async def main() -> None:
        done, late = await asyncio.wait([reply("north", 0.01), reply("south", 5)], timeout=0.1)
        print([task.result() for task in done], len(late))
        for task in late:
            task.cancel()


    asyncio.run(main())
    ```

    ## Use instead
    Make tasks of them:

    ```python
    import asyncio


    async def reply(server: str, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return server


    async def main() -> None:
        tasks = [asyncio.create_task(reply("north", 0.01)), asyncio.create_task(reply("south", 5))]
        done, late = await asyncio.wait(tasks, timeout=0.1)
        print([task.result() for task in done], len(late))
        for task in late:
            task.cancel()


    asyncio.run(main())
    ```

    To wait for all and get their results, `asyncio.gather()` takes the coroutine objects as they
    are.

    ## Fix safety
    Always unsafe: a task is made where the coroutine object was. It starts at the next `await`,
    and goes on where `asyncio.wait()` ends without it, after a timeout say. No fix is offered
    where the object is made in another function, or is consumed elsewhere, too.
    """

    code = "ASL507"
    name = "coroutine-instead-of-task"

    def check(self, story: Story) -> Iterator[Report]:
        calls: dict[Op, list[Consumption]] = {}
        for entry in story.consumptions:
            if entry.accepts is Accepts.FUTURE and entry.subject.cls == COROUTINE:
                calls.setdefault(entry.by, []).append(entry)
        for entries in calls.values():
            first = entries[0]
            holds = "is" if first.node is first.subject.made else "holds"
            what = f"{code(first.node)} {holds} {of_maker(first.subject)}"
            message = f"{what}; `{first.callee}()` takes only tasks"
            from asynclint.fixes.as_tasks import made_tasks

            fix = partial(made_tasks, entries=entries)
            yield Report(first.node, message, within(first), fix)
