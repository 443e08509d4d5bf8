"""Makes tasks of coroutine objects, for calls that take only these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Fix
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit

if TYPE_CHECKING:
    from asynclint.flow.story import Consumption

_WHY = "unsafe, as a task starts at once and goes on where nobody waits for it any more"


def made_tasks(kit: Kit, entries: list[Consumption]) -> Fix | None:
    """`asyncio.create_task(f())` wherever `f()` makes one of the objects that a call gets.

    None where one of them is made elsewhere, or is consumed again: a task would hide that.
    """
    makers = [_maker(kit, entry) for entry in entries]
    calls = [made for made in makers if made is not None]
    if len(calls) < len(makers) or not kit.story.on_loop:
        return None
    line = min(kit.range(made)[0].row for made in calls)
    reached = reach(kit.source, kit.tree, "asyncio.create_task", line=line)
    if reached.spelling is None:
        return None
    edits = [kit.replace(made, f"{reached.spelling}({kit.text(made)})") for made in calls]
    what = "Make a task of it" if len(calls) == 1 else "Make tasks of them"
    return Fix(Applicability.UNSAFE, f"{what}; {_WHY}", (*reached.edits, *edits))


def _maker(kit: Kit, entry: Consumption) -> cst.Call | None:
    made = entry.subject.made
    if not isinstance(made, cst.Call) or entry.again:
        return None
    users = [each for each in kit.story.consumptions if each.subject.made is made]
    return made if users == [entry] else None
