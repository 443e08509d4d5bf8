"""ASL201 async-generator-as-awaitable."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.streaming import collected_items
from asynclint.flow.story import Story
from asynclint.model.values import ASYNC_GENERATOR
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, of_maker


class AsyncGeneratorAsAwaitable(Rule):
    """An async generator is passed where an awaitable is expected."""

    code = "ASL201"
    name = "async-generator-as-awaitable"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.subject.cls != ASYNC_GENERATOR or entry.how == "iterate" or not entry.callee:
                continue
            what = of_maker(entry.subject)
            message = f"{code(entry.node)} is {what}; `{entry.callee}()` takes an awaitable"
            yield Report(entry.node, message, fix=partial(collected_items, entry=entry))
