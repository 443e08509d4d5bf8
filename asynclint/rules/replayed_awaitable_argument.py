"""ASL104 replayed-awaitable-argument."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.replayed import given_function
from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class ReplayedAwaitableArgument(Rule):
    """A function awaits an awaitable that it was given more than once."""

    code = "ASL104"
    name = "replayed-awaitable-argument"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.subject.origin != "parameter" or not entry.again:
                continue
            if entry.subject.cls != COROUTINE and not entry.failed_before:
                continue
            related = tuple((op.node, "spent here") for op in entry.again.values())
            message = (
                f"argument {code(entry.node)} is awaited again here; a coroutine object runs once, "
                "so take a function that makes one"
            )
            fix = partial(given_function, entry=entry)
            yield Report(entry.node, message, related, fix)
