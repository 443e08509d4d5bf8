"""ASL402 loop-per-iteration."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import is_asyncio, makes_its_loop, restarts_main
from asynclint.rules.wording import code


class LoopPerIteration(Rule):
    """A loop statement starts an event loop each time round."""

    code = "ASL402"
    name = "loop-per-iteration"

    def check(self, story: Story) -> Iterator[Report]:
        if story.on_loop:
            return
        for start in story.starts:
            if start.repeated and is_asyncio(start) and makes_its_loop(start) and not restarts_main(start):
                message = f"{code(start.node)} makes and closes an event loop each time round"
                yield Report(start.node, message)
