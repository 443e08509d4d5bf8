"""ASL502 coroutine-used-as-value."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.missing_await import await_used
from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.hand_driven_coroutine import is_driving
from asynclint.rules.wording import code


class CoroutineUsedAsValue(Rule):
    """A coroutine object is used as if it were the result."""

    code = "ASL502"
    name = "coroutine-used-as-value"

    def check(self, story: Story) -> Iterator[Report]:
        uses = [(e.subject, e.node, e.how) for e in story.readings if e.counts]
        driven = {id(step.subject.made) for step in story.iterations if is_driving(step)}
        for step in story.iterations:
            if id(step.subject.made) in driven:
                continue
            if step.subject.cls == COROUTINE and not step.is_async and not is_driving(step):
                uses.append((step.subject, step.node, _HOW.get(step.how, step.how)))
        for subject, node, how in uses:
            made = subject.made or node
            related = () if made is node else ((node, f"{how} here"),)
            message = f"{code(made)} is a coroutine object, {how} without being awaited"
            yield Report(made, message, related, partial(await_used, subject=subject))


_HOW = {"for": "iterated", "with": "entered by `with`"}
