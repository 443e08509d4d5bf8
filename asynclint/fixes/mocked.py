"""Cures a mock that answers every call with the same coroutine object."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Fix
from asynclint.fixes.kit import Kit
from asynclint.fixes.repeatable import names_read

_MESSAGE = "Make a coroutine object for each call; unsafe, as its code then runs each time"


def answered_anew(kit: Kit, made: cst.CSTNode) -> Fix | None:
    """`side_effect=lambda *args, **kwargs: f()` for `return_value=f()`.

    None where the call has arguments that may be other ones by then.
    """
    given = kit.parent(made)
    if not isinstance(made, cst.Call) or not isinstance(given, cst.Arg) or given.keyword is None:
        return None
    if given.keyword.value != "return_value":
        return None
    if any(names_read(arg.value, lambda _: False) != frozenset() for arg in made.args):
        return None
    edits = (
        kit.replace(given.keyword, "side_effect"),
        kit.insert_before(made, "lambda *args, **kwargs: "),
    )
    return Fix(Applicability.UNSAFE, _MESSAGE, edits)
