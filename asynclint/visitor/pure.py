"""Recognises expressions whose value stays the same until one of their names is rebound."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

_EMPTY = cst.Module([])
_QUESTIONS = ("isinstance", "hasattr", "callable", "isawaitable", "iscoroutine", "issubclass")
_IMPURE = (
    m.Await()
    | m.Yield()
    | m.NamedExpr()
    | m.Lambda()
    | m.GeneratorExp()
    | m.ListComp()
    | m.SetComp()
    | m.DictComp()
    | m.FormattedString()
)
_QUESTION_CALL = m.Call(
    func=m.OneOf(
        *(m.Name(name) for name in _QUESTIONS), *(m.Attribute(attr=m.Name(n)) for n in _QUESTIONS)
    )
)


def code_of(node: cst.CSTNode) -> str:
    """The source text of a node."""
    return _EMPTY.code_for_node(node)


def stable_key(node: cst.BaseExpression) -> str:
    """The text of a call-free test, '' for one that may answer differently each time."""
    if m.findall(node, _IMPURE):
        return ""
    if any(not m.matches(call, _QUESTION_CALL) for call in m.findall(node, m.Call())):
        return ""
    return code_of(node)


def names_in(node: cst.CSTNode) -> frozenset[str]:
    """Every identifier that an expression or statement mentions as a name."""
    collector = _Names()
    node.visit(collector)
    return frozenset(collector.names)


class _Names(cst.CSTVisitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_Name(self, node: cst.Name) -> None:  # noqa: N802
        self.names.add(node.value)

    def visit_Attribute(self, node: cst.Attribute) -> bool:  # noqa: N802
        node.value.visit(self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:  # noqa: N802
        node.value.visit(self)
        return False
