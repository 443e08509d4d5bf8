"""ASL506 coroutine-dropped-on-a-path."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.made_late import made_where_consumed
from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class CoroutineDroppedOnAPath(Rule):
    """A coroutine object is awaited on one path and lost on another."""

    code = "ASL506"
    name = "coroutine-dropped-on-a-path"

    def check(self, story: Story) -> Iterator[Report]:
        told = story.told()
        for life in story.lives:
            if id(life.op.node) in told:
                continue
            if life.subject.cls == COROUTINE and life.dropped and life.used:
                message = f"{code(life.op.node)} makes a coroutine object that is lost on some path"
                yield Report(life.op.node, message, fix=partial(made_where_consumed, life=life))
