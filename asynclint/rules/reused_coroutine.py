"""ASL101 reused-coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from asynclint.fixes.reuse import made_anew
from asynclint.flow.story import Consumption, Story
from asynclint.model.values import COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import code


class ReusedCoroutine(Rule):
    """A coroutine object is awaited, scheduled or run a second time."""

    code = "ASL101"
    name = "reused-coroutine"

    def check(self, story: Story) -> Iterator[Report]:
        for entry in story.consumptions:
            if not entry.again or entry.shared or entry.subject.cls != COROUTINE:
                continue
            if entry.subject.origin in ("made", "element", "global", "container"):
                fix = partial(made_anew, entry=entry)
                yield Report(entry.node, _message(entry), _trace(entry), fix)


def _message(entry: Consumption) -> str:
    what = code(entry.node)
    if any(op is entry.by for op in entry.again.values()):
        return f"{what} is consumed each time round the loop, but a coroutine object runs once"
    return f"{what} is consumed again here; a coroutine object runs once"


def _trace(entry: Consumption) -> tuple[tuple[cst.CSTNode, str], ...]:
    steps: list[tuple[cst.CSTNode, str]] = []
    if entry.subject.made is not None:
        steps.append((entry.subject.made, f"{code(entry.subject.made)} makes the coroutine object"))
    for op in entry.again.values():
        steps.append((op.node, "spent here the first time" if op is entry.by else "spent here"))
    return tuple(steps)
