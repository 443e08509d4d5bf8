"""ASL303 sync-facade-in-async-code."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.async_twin import await_twin
from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import is_asyncio, runs_nested


class SyncFacadeInAsyncCode(Rule):
    """A blocking facade of an async library is used in async code."""

    code = "ASL303"
    name = "sync-facade-in-async-code"

    def check(self, story: Story) -> Iterator[Report]:
        for start in story.starts:
            if start.chain or not runs_nested(story) or is_asyncio(start):
                continue
            twin = start.fact.twin if start.fact is not None else ""
            advice = f"; await `{twin}` instead" if twin else ""
            where = story.unit.name
            message = f"`{start.callee}()` runs an event loop, but `{where}` already runs on one{advice}"
            yield Report(start.node, message, fix=partial(await_twin, start=start))
