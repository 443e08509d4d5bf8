"""ASL102 shared-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.fixes.reuse import made_anew
from asynclint.flow.story import Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class SharedCoroutine(Rule):
    """One coroutine object is given to several consumers."""

    code = "ASL102"
    name = "shared-coroutine"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if entry.subject.cls != COROUTINE:
                continue
            made = entry.subject.made
            related = ((made, f"{code(made)} is called once"),) if made is not None else ()
            fix = partial(made_anew, entry=entry)
            if entry.shared:
                message = f"{code(entry.node)} is one coroutine object several times; it runs once"
                yield Report(entry.node, message, related, fix)
            elif entry.subject.origin == "default":
                message = f"{code(entry.node)} is one coroutine object, made with the default"
                yield Report(entry.node, message, related, fix)
