"""ASL406 shared-loop-closed."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class SharedLoopClosed(Rule):
    """An event loop is used after it was closed."""

    code = "ASL406"
    name = "shared-loop-closed"

    def check(self, story: Story) -> Iterator[Report]:
        for use in story.loop_uses:
            if use.what == "closed" and use.closed_by is not None:
                message = f"{code(use.node)} uses an event loop that was closed before"
                yield Report(use.node, message, ((use.closed_by.node, "closed here"),))
