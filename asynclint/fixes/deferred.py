"""Cures reuse on the whole way of an object: all that held it holds a function, which is called."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Fix
from asynclint.fixes.calling import is_maker
from asynclint.fixes.deferred_calls import Path
from asynclint.fixes.deferring import Deferring
from asynclint.fixes.kit import Kit
from asynclint.flow.story import Consumption

_MESSAGE = "Keep functions and call them; unsafe, as each use then does the work again"


def deferred(kit: Kit, entry: Consumption) -> Fix | None:
    """Has what is consumed again made anew for each use, wherever it comes from and goes to.

    None where its way cannot be followed, in the project, from where it is made to all its uses.
    """
    for there, node, path in _starts(kit, entry):
        edits = Deferring(kit).edits_from(there, node, path)
        if edits is not None:
            return Fix(Applicability.UNSAFE, _MESSAGE, edits)
    return None


def _starts(kit: Kit, entry: Consumption) -> list[tuple[Kit, cst.CSTNode, Path]]:
    """Where its way can be entered: where it is made, or else where it is consumed."""
    found: list[tuple[Kit, cst.CSTNode, Path]] = []
    made = entry.subject.made
    if isinstance(made, cst.Call) and is_maker(kit, made) and entry.subject.origin == "made":
        found.append((kit, made, ()))
    if entry.subject.origin == "parameter":
        found.append((kit, entry.node, _path(kit, entry.node)))
    spots = [entry.inside[-1]] if entry.inside else []
    for spot in (*spots, *entry.subject.kept):
        there = kit.of(spot.unit)
        if there is not None:
            node = _stored(there, spot.node)
            found.append((there, node, _path(there, node)))
    if not entry.inside:
        found.append((kit, entry.node, _path(kit, entry.node)))
    return found


def _path(kit: Kit, node: cst.CSTNode) -> Path:
    """Whether the elements of what a node gives are consumed, or it itself."""
    argument = kit.parent(node)
    return ("*",) if isinstance(argument, cst.Arg) and argument.star == "*" else ()


def _stored(kit: Kit, node: cst.CSTNode) -> cst.CSTNode:
    """What an assignment stores, where its target marks it; else the node itself."""
    statement = kit.parent(node)
    if isinstance(statement, cst.AssignTarget):
        statement = kit.parent(statement)
    return statement.value if isinstance(statement, cst.Assign) else node
