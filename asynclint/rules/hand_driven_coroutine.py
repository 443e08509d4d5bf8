"""ASL504 hand-driven-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.by_hand import result_at_once
from asynclint.flow.story import Iteration, Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class HandDrivenCoroutine(Rule):
    """A coroutine of asyncio is stepped by hand."""

    code = "ASL504"
    name = "hand-driven-coroutine"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.iterations:
            if entry.subject.cls == COROUTINE and is_driving(entry):
                what = code(entry.node)
                message = f"{what} steps a coroutine by hand; what it awaits needs an event loop"
                yield Report(entry.node, message, fix=partial(result_at_once, entry=entry))


def is_driving(entry: Iteration) -> bool:
    """Whether an entry is a step by hand."""
    return entry.how in _METHODS or entry.callee in ("next", "iter")


_METHODS = ("send", "throw", "__next__", "__await__")
