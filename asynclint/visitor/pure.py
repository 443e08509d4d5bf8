"""Recognises expressions whose value stays the same until one of their names is rebound."""

from __future__ import annotations

import libcst as cst

_EMPTY = cst.Module([])
_QUESTIONS = ("isinstance", "hasattr", "callable", "isawaitable", "iscoroutine", "issubclass")
_IMPURE = (
    cst.Await,
    cst.Yield,
    cst.NamedExpr,
    cst.Lambda,
    cst.BaseComp,
    cst.FormattedString,
)


def code_of(node: cst.CSTNode) -> str:
    """The source text of a node."""
    return _EMPTY.code_for_node(node)


def stable_key(node: cst.BaseExpression) -> str:
    """The text of a call-free test, '' for one that may answer differently each time."""
    waiting: list[cst.CSTNode] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, _IMPURE) or (isinstance(part, cst.Call) and not _is_question(part)):
            return ""
        waiting.extend(part.children)
    return code_of(node)


def _is_question(call: cst.Call) -> bool:
    func = call.func
    name = func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
    return name in _QUESTIONS


def asked_whether_it_runs(node: cst.BaseExpression) -> str | None:
    """The variable in `loop.is_running()`; the answer may be another one each time."""
    func = node.func if isinstance(node, cst.Call) else None
    if not isinstance(func, cst.Attribute) or func.attr.value != "is_running":
        return None
    return func.value.value if isinstance(func.value, cst.Name) else None


def names_in(node: cst.CSTNode) -> frozenset[str]:
    """Every identifier that an expression or statement mentions as a name."""
    collector = _Names()
    node.visit(collector)
    return frozenset(collector.names)


class _Names(cst.CSTVisitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_Name(self, node: cst.Name) -> None:
        self.names.add(node.value)

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        node.value.visit(self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:
        node.value.visit(self)
        return False
