"""ASL405 loop-bound-object-shared."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class LoopBoundObjectShared(Rule):
    """A future or task of one event loop is given to another one."""

    code = "ASL405"
    name = "loop-bound-object-shared"

    def check(self, story: Story) -> Iterator[Report]:
        for use in story.loop_uses:
            if use.what == "foreign":
                made = use.closed_by
                related = ((made.node, "made for another loop here"),) if made is not None else ()
                message = f"{code(use.node)} awaits a future or task that belongs to another event loop"
                yield Report(use.node, message, related)
