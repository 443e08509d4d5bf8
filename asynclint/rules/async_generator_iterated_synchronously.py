"""ASL203 async-generator-iterated-synchronously."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.streaming import iterated_asynchronously
from asynclint.flow.story import Story
from asynclint.model.values import ASYNC_GENERATOR
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code, of_maker


class AsyncGeneratorIteratedSynchronously(Rule):
    """An async generator is iterated by synchronous code."""

    code = "ASL203"
    name = "async-generator-iterated-synchronously"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.iterations:
            if entry.subject.cls != ASYNC_GENERATOR or entry.is_async or entry.how == "with":
                continue
            how = "a plain `for`" if entry.how == "for" else f"`{entry.callee}()`"
            message = f"{code(entry.node)} is {of_maker(entry.subject)}; {how} cannot iterate it"
            fix = partial(iterated_asynchronously, entry=entry)
            yield Report(entry.node, message, fix=fix)
