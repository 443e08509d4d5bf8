"""Names by which things are called, before anybody knows what they stand for."""

from __future__ import annotations

import libcst as cst

#: Context managers that raise themselves if the exception that they name does not come (pytest,
#: unittest).
DEMANDING = ("raises", "assertRaises", "assertRaisesRegex")


def last_name(node: cst.CSTNode) -> str:
    """The name by which something is called: `b` of `a.b()`; '' where nothing is."""
    func = node.func if isinstance(node, cst.Call) else None
    if isinstance(func, cst.Attribute):
        return func.attr.value
    return func.value if isinstance(func, cst.Name) else ""
