"""Cures a nested `asyncio.run` that is called as a value: a strategy in a table, a default."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.apart_helper import WHY, apart_helper
from asynclint.fixes.kit import Kit
from asynclint.model.declared import Module
from asynclint.model.values import Lib, one

_RUN = one(Lib("asyncio.run"))
_HOLDERS = (cst.DictElement, cst.Element, cst.Assign, cst.AnnAssign, cst.Param)


def run_apart_by_value(kit: Kit) -> Fix | None:
    """`{"inline": run_in_thread}` for the table `{"inline": asyncio.run}` from which a call takes.

    None where the run is no value of a table, a variable or a default.
    """
    for module in _near(kit):
        look = kit.of(kit.program.file(module).module_unit())
        found = list(_values(look)) if look is not None else []
        helper = apart_helper(look) if look is not None and found else None
        if look is None or helper is None:
            continue
        name, edits = helper
        changes: list[Edit] = [*edits, *(look.replace(value, name) for value in found)]
        message = f"Run it in a thread of its own; {WHY}"
        return Fix(Applicability.UNSAFE, message, kit.taken(look, changes))
    return None


def _near(kit: Kit) -> list[Module]:
    """The modules in which the value may stand: that of the call first."""
    imported = kit.program.project.imports(kit.module)
    return [kit.module, *(module for module in imported if not module.library)]


def _values(kit: Kit) -> Iterator[cst.BaseExpression]:
    """Where a module's own statements and classes hold `asyncio.run` as a value."""
    waiting: list[cst.CSTNode] = [kit.unit.node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (cst.Name, cst.Attribute)):
            if _is_run(kit, node) and isinstance(kit.parent(node), _HOLDERS):
                yield node
        else:
            waiting.extend(node.children)


def _is_run(kit: Kit, node: cst.Name | cst.Attribute) -> bool:
    resolver, scope = kit.program.resolver, kit.module.scope
    if isinstance(node, cst.Name):
        return resolver.name(node.value, scope) == _RUN
    if not isinstance(node.value, cst.Name):
        return False
    return resolver.attribute(resolver.name(node.value.value, scope), node.attr.value) == _RUN
