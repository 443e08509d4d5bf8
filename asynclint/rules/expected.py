"""Whether code awaits its own fault: tests that show what goes wrong say so."""

from __future__ import annotations

import libcst as cst

_CHECKS = (
    *("assertRaises", "assertRaisesRegex", "assertWarns", "assertWarnsRegex"),
    *("raises", "warns"),
)
#: What the faults that are reported raise, or warn of.
_FAULTS = frozenset(
    {
        *("AttributeError", "BaseException", "Exception", "RuntimeError", "TypeError"),
        *("RuntimeWarning", "Warning"),
    }
)


def is_expected(body: cst.CSTNode, node: cst.CSTNode) -> bool:
    """Whether a node of a body stands in `with assertRaises(TypeError):` or the like.

    That names an exception, or a warning, of the kind that faults show.
    """
    waiting = [(body, False)]
    while waiting:
        each, expects = waiting.pop()
        if each is node:
            return expects
        expects = expects or (isinstance(each, cst.With) and any(map(_expects, each.items)))
        waiting.extend((child, expects) for child in each.children)
    return False


def _expects(item: cst.WithItem) -> bool:
    call = item.item
    if not isinstance(call, cst.Call) or not call.args:
        return False
    func = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    first = call.args[0].value
    elements = [e.value for e in first.elements] if isinstance(first, cst.Tuple) else []
    named = {each.value for each in (first, *elements) if isinstance(each, cst.Name)}
    return isinstance(func, cst.Name) and func.value in _CHECKS and not _FAULTS.isdisjoint(named)
