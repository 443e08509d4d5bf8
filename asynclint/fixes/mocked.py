"""Cures a mock that answers every call with the same coroutine object."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Fix
from asynclint.fixes.kit import Kit
from asynclint.fixes.repeatable import names_read

_MESSAGE = "Make a coroutine object for each call; unsafe, as its code then runs each time"


def answered_anew(kit: Kit, made: cst.CSTNode) -> Fix | None:
    """`side_effect=lambda *args, **kwargs: f()` for `return_value=f()`, be it assigned or given.

    None where the call has arguments that may be other ones by then.
    """
    name = _given_as(kit, made)
    if not isinstance(made, cst.Call) or name is None or name.value != "return_value":
        return None
    if any(names_read(arg.value, lambda _: False) != frozenset() for arg in made.args):
        return None
    edits = (
        kit.replace(name, "side_effect"),
        kit.insert_before(made, "lambda *args, **kwargs: "),
    )
    return Fix(Applicability.UNSAFE, _MESSAGE, edits)


def _given_as(kit: Kit, made: cst.CSTNode) -> cst.Name | None:
    """The keyword by which an object is given, or the attribute that it is assigned to."""
    above = kit.parent(made)
    if isinstance(above, cst.Arg):
        return above.keyword
    if not isinstance(above, cst.Assign) or len(above.targets) != 1:
        return None
    target = above.targets[0].target
    return target.attr if isinstance(target, cst.Attribute) else None
