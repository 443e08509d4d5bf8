"""ASL302 nested-run-through-call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.through_call import await_through
from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import runs_nested
from asynclint.rules.wording import code


class NestedRunThroughCall(Rule):
    """A call leads to the start of an event loop while one is running."""

    code = "ASL302"
    name = "nested-run-through-call"

    def check(self, story: Story) -> Iterator[Report]:
        for start in story.starts:
            if not start.chain or not runs_nested(story):
                continue
            message = f"{code(start.node)} starts an event loop while `{story.unit.name}` runs on one"
            related = [(s.node, f"`{s.unit.name}` calls `{s.text}()`") for s in start.chain[1:]]
            yield Report(start.node, message, tuple(related), partial(await_through, start=start))
