"""ASL105 exhausted-async-generator."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.reuse import made_anew
from asynclint.flow.story import Story
from asynclint.model.values import ASYNC_GENERATOR
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class ExhaustedAsyncGenerator(Rule):
    """An async generator object is iterated again after its end."""

    code = "ASL105"
    name = "exhausted-async-generator"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.how != "iterate" or entry.subject.cls != ASYNC_GENERATOR or not entry.again:
                continue
            steps = [(op.node, "drained here") for op in entry.again.values()]
            if entry.subject.made is not None:
                steps.insert(0, (entry.subject.made, f"{code(entry.subject.made)} makes the object"))
            message = f"{code(entry.node)} has been drained; iterating it again gives nothing"
            fix = partial(made_anew, entry=entry)
            yield Report(entry.node, message, tuple(steps), fix)
