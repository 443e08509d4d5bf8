"""ASL202 awaited-async-generator."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.streaming import awaited_items
from asynclint.flow.story import Story
from asynclint.model.values import ASYNC_GENERATOR
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, of_maker


class AwaitedAsyncGenerator(Rule):
    """An async generator is awaited."""

    code = "ASL202"
    name = "awaited-async-generator"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.subject.cls == ASYNC_GENERATOR and entry.how == "await" and not entry.callee:
                message = f"{code(entry.node)} is {of_maker(entry.subject)}; it cannot be awaited"
                fix = partial(awaited_items, entry=entry)
                yield Report(entry.by.node, message, fix=fix)
