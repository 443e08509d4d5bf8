"""ASL501 never-awaited."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.missing_await import await_lost
from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class NeverAwaited(Rule):
    """A coroutine object is made and nobody awaits it."""

    code = "ASL501"
    name = "never-awaited"

    def check(self, story: Story) -> Iterator[Report]:
        told = story.told()
        for life in story.lives:
            if id(life.op.node) in told:
                continue
            lost = (life.dropped or life.maybe_dropped) and not life.used
            if lost and life.subject.cls == COROUTINE:
                message = f"{code(life.op.node)} makes a coroutine object that nobody awaits"
                yield Report(life.op.node, message, fix=partial(await_lost, life=life))
