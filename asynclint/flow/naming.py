"""How readers know callables."""

from __future__ import annotations

import libcst as cst

from asynclint.model.values import LOOP


def short(name: str) -> str:
    """How a reader knows a callable: `asyncio.run`, `loop.create_task`, `sorted`."""
    owner, _, last = name.rpartition(".")
    if owner == "builtins":
        return last
    if owner == LOOP:
        return f"loop.{last}"
    return name


def last_name(node: cst.CSTNode) -> str:
    """The name by which something is called: `b` of `a.b()`."""
    func = node.func if isinstance(node, cst.Call) else None
    if isinstance(func, cst.Attribute):
        return func.attr.value
    return func.value if isinstance(func, cst.Name) else ""
