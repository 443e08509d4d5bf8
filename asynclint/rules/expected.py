"""Whether code awaits its own fault: tests that show what goes wrong say so."""

from __future__ import annotations

import libcst as cst

from asynclint.visitor.names import DEMANDING, last_name

_CHECKS = (*DEMANDING, "assertWarns", "assertWarnsRegex", "warns")
_BASES = frozenset({"BaseException", "Exception", "Warning"})


def is_expected(body: cst.CSTNode, node: cst.CSTNode, shown: frozenset[str]) -> bool:
    """Whether a node of a body stands in `with assertRaises(TypeError):` or the like.

    shown: names of the exceptions and warnings that the fault at the node raises. A block that
    expects another one would fail with this fault, too.
    """
    shown |= _BASES
    waiting = [(body, False)]
    while waiting:
        each, expects = waiting.pop()
        if each is node:
            return expects
        expects = expects or (
            isinstance(each, cst.With)
            and any(not shown.isdisjoint(_named(item)) for item in each.items)
        )
        waiting.extend((child, expects) for child in each.children)
    return False


def _named(item: cst.WithItem) -> set[str]:
    """The names of the exceptions that an item of a `with` statement expects."""
    call = item.item
    if not isinstance(call, cst.Call) or not call.args or last_name(call) not in _CHECKS:
        return set()
    first = call.args[0].value
    elements = [e.value for e in first.elements] if isinstance(first, cst.Tuple) else []
    return {each.value for each in (first, *elements) if isinstance(each, cst.Name)}
