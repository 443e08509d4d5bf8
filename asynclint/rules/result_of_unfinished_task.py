"""ASL305 result-of-unfinished-task."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.await_result import await_task
from asynclint.flow.story import Story
from asynclint.model.values import FUTURE, TASK
from asynclint.rules.base import Report, Rule


class ResultOfUnfinishedTask(Rule):
    """A task's result is read before the task can have finished."""

    code = "ASL305"
    name = "result-of-unfinished-task"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.waitings:
            if not entry.early or entry.guarded or not story.on_loop or entry.subject.cls not in (TASK, FUTURE):
                continue
            made = entry.subject.made
            related = ((made, "made here; nothing is awaited since"),) if made is not None else ()
            message = f"`.{entry.method}()` is asked of a task that cannot have run yet"
            yield Report(entry.node, message, related, partial(await_task, entry=entry))
