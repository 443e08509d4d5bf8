"""ASL103 cached-coroutine-function."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule


class CachedCoroutineFunction(Rule):
    """A cache keeps the coroutine object of a coroutine function."""

    code = "ASL103"
    name = "cached-coroutine-function"

    def check(self, story: Story) -> Iterator[Report]:
        function = story.unit.function
        if function is None or not isinstance(story.unit.node, cst.FunctionDef):
            return
        outcome = story.program.resolver.decoration(function)
        if not outcome.cached_by:
            return
        users = tuple(
            (entry.by.node, "a second call with the same arguments gets the spent coroutine object")
            for entry in story.program.consumers(function)
        )
        message = (
            f"`{outcome.cached_by}` keeps the coroutine object that `{function.name}()` makes, "
            "which can be awaited once; cache the result or a task"
        )
        yield Report(story.unit.node.name, message, users)
