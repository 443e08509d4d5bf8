"""ASL204 async-for-over-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.iterating_result import iterated_result
from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, of_maker


class AsyncForOverCoroutine(Rule):
    """`async for` iterates a coroutine."""

    code = "ASL204"
    name = "async-for-over-coroutine"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.iterations:
            if entry.subject.cls == COROUTINE and entry.is_async and entry.how != "with":
                message = f"{code(entry.node)} is {of_maker(entry.subject)}, which has no `__aiter__`"
                fix = partial(iterated_result, entry=entry)
                yield Report(entry.node, message, fix=fix)
