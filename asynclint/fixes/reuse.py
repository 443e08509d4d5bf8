"""Which cure is for which object that is used more than once."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Fix
from asynclint.fixes.calling import is_maker
from asynclint.fixes.default_argument import made_inside
from asynclint.fixes.deferred import deferred
from asynclint.fixes.factory import called_later
from asynclint.fixes.fresh_call import calls_in_place
from asynclint.fixes.kit import Kit
from asynclint.fixes.mocked import answered_anew
from asynclint.fixes.multiplied import called_for_each
from asynclint.fixes.table import table_of_functions
from asynclint.flow.story import Consumption


def made_anew(kit: Kit, entry: Consumption) -> Fix | None:
    """Has the object made anew for each use; always unsafe, as its work is then done again."""
    made = entry.subject.made
    mocked = answered_anew(kit, made) if made is not None else None
    return mocked or _made_nearby(kit, entry) or deferred(kit, entry)


def _made_nearby(kit: Kit, entry: Consumption) -> Fix | None:
    """What can be done within the function that makes the object."""
    if entry.held or entry.replayed:
        return None  # the function that it is given to would have to take another thing
    made = entry.subject.made
    if entry.subject.origin == "default":
        return made_inside(kit, entry.node)
    call = made if isinstance(made, cst.Call) else None
    if made is not None and (call is None or not is_maker(kit, call)):
        call = _only_element(kit, made)
    if call is None:
        return table_of_functions(kit, made)
    return kit.once(("made anew", call), lambda: _called_anew(kit, call))


def _called_anew(kit: Kit, call: cst.Call) -> Fix | None:
    """The cure for all that is made of one call: each finding that it causes has the same."""
    return called_for_each(kit, call) or calls_in_place(kit, call) or called_later(kit, call)


def _only_element(kit: Kit, container: cst.CSTNode) -> cst.Call | None:
    """The one call that fills a container which holds the same object several times."""
    found: list[cst.BaseExpression] = []
    if isinstance(container, cst.BinaryOperation):
        for side in (container.left, container.right):
            if isinstance(side, cst.List | cst.Tuple):
                found += [element.value for element in side.elements]
    elif isinstance(container, cst.Call):
        found += [arg.value for arg in container.args]
    calls = [value for value in found if isinstance(value, cst.Call) and is_maker(kit, value)]
    return calls[0] if len(calls) == 1 else None
