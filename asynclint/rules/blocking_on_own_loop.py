"""ASL304 blocking-on-own-loop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.await_result import await_thread_future
from asynclint.flow.story import Story
from asynclint.model.values import THREAD_FUTURE
from asynclint.rules.base import Report, Rule


class BlockingOnOwnLoop(Rule):
    """Code on the event loop blocks on a future that only this loop can finish."""

    code = "ASL304"
    name = "blocking-on-own-loop"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.waitings:
            if entry.own_loop and entry.early and story.on_loop and entry.subject.cls == THREAD_FUTURE:
                message = (
                    f"`.{entry.method}()` blocks the loop on which the coroutine should run: "
                    "await `asyncio.wrap_future(...)`, or the coroutine itself"
                )
                yield Report(entry.node, message, fix=partial(await_thread_future, entry=entry))
