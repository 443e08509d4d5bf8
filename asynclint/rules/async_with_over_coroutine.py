"""ASL205 async-with-over-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.entering import made_enterable
from asynclint.flow.story import Story
from asynclint.model.values import ASYNC_GENERATOR
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, of_maker


class AsyncWithOverCoroutine(Rule):
    """`async with` enters a coroutine or an async generator."""

    code = "ASL205"
    name = "async-with-over-coroutine"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.iterations:
            if entry.how != "with" or not (entry.is_async or entry.subject.cls == ASYNC_GENERATOR):
                continue
            message = f"{code(entry.node)} is {of_maker(entry.subject)}, which is no context manager"
            fix = partial(made_enterable, entry=entry)
            yield Report(entry.node, message, fix=fix)
