"""ASL305 result-of-unfinished-task."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.flow.story import Story
from asynclint.model.values import FUTURE, TASK
from asynclint.rules.base import Report, Rule


class ResultOfUnfinishedTask(Rule):
    """A task's result is read before the task can have finished.

    ## What it does
    Reports `.result()` and `.exception()` of a task or future of asyncio that was made in the same
    coroutine, where on some path nothing has been awaited since. Says nothing inside a `try` that
    handles the exception.

    ## Why is this bad?
    Making a task only schedules it: it begins to run when the coroutine that made it awaits
    something. Until it is done, `.result()` raises

        InvalidStateError: Result is not set.

    and `.exception()` the same with `Exception is not set.`. Neither waits, as
    `concurrent.futures.Future.result()` does. (Eager task factories, from Python 3.12, start a task
    when it is made, and it may be done then if it never waits for anything.)

    ## Example
    ```python
    # InvalidStateError: Result is not set.
    import asyncio


    async def weigh(parcel: str) -> int:
        await asyncio.sleep(0)
        return len(parcel)


    async def main() -> None:
        weighing = asyncio.create_task(weigh("books"))
        print(weighing.result())


    asyncio.run(main())
    ```

    ## Use instead
    ```python
    import asyncio


    async def weigh(parcel: str) -> int:
        await asyncio.sleep(0)
        return len(parcel)


    async def main() -> None:
        weighing = asyncio.create_task(weigh("books"))
        print(await weighing)


    asyncio.run(main())
    ```

    ## Fix safety
    Safe: `await task` gives what `task.result()` would give once the task is done, and the code
    raised before that. It is unsafe where a statement around it catches what the task raises. No
    fix is offered for `.exception()`, and where `await` cannot stand.
    """

    code = "ASL305"
    name = "result-of-unfinished-task"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.waitings:
            if (
                not entry.early
                or entry.guarded
                or not story.on_loop
                or entry.subject.cls not in (TASK, FUTURE)
            ):
                continue
            made = entry.subject.made
            related = ((made, "made here; nothing is awaited since"),) if made is not None else ()
            message = f"`.{entry.method}()` is asked of a task that cannot have run yet"
            from asynclint.fixes.await_result import await_task

            yield Report(entry.node, message, related, partial(await_task, entry=entry))
