"""Iterators among the arguments of a call: one pass uses them up, so the call cannot be made again.

What a caller gives is taken for something that can be gone through again, a list say.
"""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

from asynclint.fixes.kit import Kit
from asynclint.model.values import Lib, one

#: Builtins that give an iterator.
_MAKERS = ("enumerate", "filter", "iter", "map", "open", "reversed", "zip")


def makes_iterator(kit: Kit, expression: cst.BaseExpression) -> bool:
    """Whether an expression makes an iterator each time that it is evaluated."""
    if isinstance(expression, cst.GeneratorExp):
        return True
    if not isinstance(expression, cst.Call) or not isinstance(expression.func, cst.Name):
        return False
    name = expression.func.value
    known = kit.program.resolver.name(name, kit.unit.scope)
    return name in _MAKERS and known == one(Lib(f"builtins.{name}"))


def holds_iterator(kit: Kit, expression: cst.BaseExpression) -> bool:
    """Whether an expression is a variable that the function assigns an iterator to."""
    if not isinstance(expression, cst.Name):
        return False
    return expression.value in kit.once("iterators", lambda: _iterators(kit))


def _iterators(kit: Kit) -> frozenset[str]:
    """The variables that the function assigns an iterator to."""
    assigned = (each for each in m.findall(kit.unit.node, m.Assign()))
    return frozenset(
        target.target.value
        for each in assigned
        if isinstance(each, cst.Assign) and makes_iterator(kit, each.value)
        for target in each.targets
        if isinstance(target.target, cst.Name)
    )


def reads_iterator(kit: Kit, call: cst.Call) -> bool:
    """Whether an argument of a call is such a variable."""
    return any(holds_iterator(kit, arg.value) for arg in call.args)
