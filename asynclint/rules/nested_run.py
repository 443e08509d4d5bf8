"""ASL301 nested-run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.await_run import await_run
from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import is_asyncio, runs_nested


class NestedRun(Rule):
    """An event loop is started where one is already running."""

    code = "ASL301"
    name = "nested-run"

    def check(self, story: Story) -> Iterator[Report]:
        for start in story.starts:
            if start.chain or not runs_nested(story) or not is_asyncio(start):
                continue
            where = story.unit.name
            message = f"`{start.callee}()` starts an event loop, but `{where}` already runs on one"
            yield Report(start.node, message, fix=partial(await_run, start=start))
