"""Whether an expression may be evaluated again, or later, and give the same.

That is so for names, constants and what is computed of them by operators and by builtins that only
look. The answer lists the names, because these must not be rebound in between. Attributes and items
count too, although a property may run code: a fix that relies on them is unsafe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst as cst
import libcst.matchers as m

#: Whether making a call again gives an equal, or an equally fresh, object.
Harmless = Callable[[cst.Call], bool]

#: Builtins that give an equal object for equal arguments.
PURE_BUILTINS = frozenset(
    {
        *("abs", "bool", "bytes", "complex", "dict", "divmod", "enumerate", "float", "format"),
        *("frozenset", "int", "len", "list", "max", "min", "pow", "range", "repr", "reversed"),
        *("round", "set", "slice", "sorted", "str", "sum", "tuple", "zip"),
    }
)
_EVALUATED_ONCE = m.Await() | m.Yield() | m.NamedExpr()


def names_read(expression: cst.BaseExpression, harmless: Harmless) -> frozenset[str] | None:
    """The names that an expression reads, None if evaluating it again may do or give other things.

    harmless: decides on the calls in it.
    """
    if m.findall(expression, _EVALUATED_ONCE):
        return None
    for call in m.findall(expression, m.Call()):
        if isinstance(call, cst.Call) and not harmless(call):
            return None
    return frozenset(_names(expression))


def names_mentioned(expression: cst.BaseExpression) -> frozenset[str]:
    """The names that an expression reads, whatever else it does."""
    return frozenset(_names(expression))


def bound_in(comprehension: cst.BaseComp) -> frozenset[str]:
    """The variables of a comprehension."""
    clause: cst.CompFor | None = comprehension.for_in
    found: set[str] = set()
    while clause is not None:
        found.update(_names(clause.target))
        clause = clause.inner_for_in
    return frozenset(found)


def _names(node: cst.CSTNode) -> Iterator[str]:
    """The names that a node reads from the scope that it stands in."""
    if isinstance(node, cst.Name):
        yield node.value
    elif isinstance(node, cst.Attribute | cst.Arg):
        yield from _names(node.value)
    elif isinstance(node, cst.BaseComp):
        own = bound_in(node)
        yield from (name for child in node.children for name in _names(child) if name not in own)
    elif isinstance(node, cst.Lambda):
        yield from _names_of_lambda(node)
    else:
        for child in node.children:
            yield from _names(child)


def _names_of_lambda(node: cst.Lambda) -> Iterator[str]:
    params = node.params
    every = [*params.posonly_params, *params.params, *params.kwonly_params]
    every += [one for one in (params.star_arg, params.star_kwarg) if isinstance(one, cst.Param)]
    own = {param.name.value for param in every}
    for param in every:
        if param.default is not None:
            yield from _names(param.default)
    yield from (name for name in _names(node.body) if name not in own)
