"""What an expression is compared with, and so which collection of items has to stand there."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.fixes.kit import Kit
from asynclint.model.values import Lib, one

_OPERATORS = (
    cst.Equal,
    cst.NotEqual,
    cst.LessThan,
    cst.LessThanEqual,
    cst.GreaterThan,
    cst.GreaterThanEqual,
)
_BUILDERS = {
    "list": "list",
    "sorted": "list",
    "set": "set",
    "frozenset": "set",
    "tuple": "tuple",
    "len": "",
    "sum": "",
    "dict": "",
}


def comparable_kind(kit: Kit, place: cst.BaseExpression) -> str:
    """The builtin whose result may equal what an expression is compared with.

    "list", also where that is not known; "set" or "tuple"; "" where no collection of items can be
    meant: a number, a text, a dict. (Library reference, "Comparisons": objects of different types
    never compare equal, and most have no order, but for numbers, and sets and frozensets.)
    """
    kinds = {kind for other in _others(kit, place) if (kind := _kind(kit, other)) is not None}
    if not kinds:
        return "list"
    return kinds.pop() if len(kinds) == 1 else ""


def _others(kit: Kit, place: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The operands next to an expression in a chain of comparisons."""
    above = kit.parent(place)
    comparison = kit.parent(above) if isinstance(above, cst.ComparisonTarget) else above
    if not isinstance(comparison, cst.Comparison):
        return
    left = comparison.left
    for target in comparison.comparisons:
        right = target.comparator
        if isinstance(target.operator, _OPERATORS):
            if left is place:
                yield right
            elif right is place:
                yield left
        left = right


def _kind(kit: Kit, other: cst.BaseExpression) -> str | None:
    match other:
        case cst.List() | cst.ListComp():
            return "list"
        case cst.Set() | cst.SetComp():
            return "set"
        case cst.Tuple():
            return "tuple"
        case cst.BaseNumber() | cst.BaseString() | cst.Dict() | cst.DictComp():
            return ""
        case cst.UnaryOperation(operator=cst.Minus() | cst.Plus(), expression=cst.BaseNumber()):
            return ""
        case cst.Call(func=cst.Name(value=name)) if is_builtin(kit, name):
            return _BUILDERS.get(name)
    return None


def is_builtin(kit: Kit, name: str) -> bool:
    """Whether a name means the builtin of that name in the code at hand."""
    return kit.program.resolver.name(name, kit.unit.scope) == one(Lib(f"builtins.{name}"))
