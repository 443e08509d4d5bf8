"""ASL503 async-callback-to-sync-caller."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.callbacks import run_there
from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class AsyncCallbackToSyncCaller(Rule):
    """A coroutine function is handed to a caller that will not await it."""

    code = "ASL503"
    name = "async-callback-to-sync-caller"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.handovers:
            if entry.makes.cls != COROUTINE:
                continue
            what = code(entry.node)
            message = f"{what} makes a coroutine object when called, and `{entry.callee}` awaits none"
            yield Report(entry.node, message, fix=partial(run_there, entry=entry))
