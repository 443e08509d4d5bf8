"""Whether the arguments of a call keep a function from a place in its body.

Many functions have a switch: `def check(*, online: bool = False)` starts a loop only for callers
that ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.flow.file import Unit
from asynclint.flow.given import Given
from asynclint.model.declared import Function, Parameter
from asynclint.model.shapes import Literal
from asynclint.model.values import Const, Value, one


def switched_off(node: cst.CSTNode, unit: Unit, given: Given, *, bound: bool) -> bool:
    """Whether a node of a function is not reached with these arguments.

    bound: whether the first parameter is given already. Only tests of parameters count that are
    never assigned to, by `if` and `if ... else` around the node.
    """
    function = unit.function
    if function is None:
        return False
    return any(
        _truth(name, function, given, bound) is (not wanted) for name, wanted in _tests(node, unit)
    )


def _tests(node: cst.CSTNode, unit: Unit) -> Iterator[tuple[str, bool]]:
    """The names on which a node hangs, and whether they have to be true."""
    below, above = node, unit.tree.parent(node)
    while above is not None and above is not unit.node:
        if isinstance(above, (cst.If, cst.IfExp)) and below is not above.test:
            yield from _needed(above.test, below is above.body)
        below, above = above, unit.tree.parent(above)


def _needed(test: cst.BaseExpression, holds: bool) -> Iterator[tuple[str, bool]]:
    match test:
        case cst.Name(value=name):
            yield name, holds
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            yield from _needed(inner, not holds)
        case cst.BooleanOperation(left=left, operator=operator, right=right):
            if isinstance(operator, cst.And) is holds:
                yield from _needed(left, holds)
                yield from _needed(right, holds)


def _truth(name: str, function: Function, given: Given, bound: bool) -> bool | None:
    """Whether a parameter is true in a call; None if that is not known, or it is no parameter."""
    parameter = next((p for p in function.parameters if p.name == name), None)
    if parameter is None or len(function.scope.bindings.get(name, ())) != 1:
        return None
    answers = {
        bool(thing.value) if isinstance(thing, Const) else None
        for thing in _value(parameter, function, given, bound)
    }
    return answers.pop() if len(answers) == 1 else None


def _value(parameter: Parameter, function: Function, given: Given, bound: bool) -> Value:
    if parameter.name in given.keywords:
        return given.keywords[parameter.name]
    if parameter.kind == "position":
        named = [p for p in function.parameters if p.kind == "position"]
        index = named.index(parameter) - bound
        if 0 <= index < len(given.positional):
            return given.positional[index]
    default = parameter.default
    known = isinstance(default, Literal) and not given.open and parameter.kind != "args"
    return one(Const(default.value)) if known and isinstance(default, Literal) else frozenset()
