"""Entry of the visitor: the control-flow graph of a function, a lambda or a module body."""

from __future__ import annotations

import libcst as cst

from asynclint.visitor import ops
from asynclint.visitor.ops import Exit, Graph
from asynclint.visitor.statements import Statements


def lower(node: cst.FunctionDef | cst.Lambda | cst.Module, first: int = 0) -> Graph:
    """Turns a body into blocks of operations, numbered from `first` on.

    Raises TooComplex where the body is too large to follow.
    """
    visitor = Statements(first)
    if isinstance(node, cst.Lambda):
        slot = visitor.expr(node.body)
        visitor.emit(ops.Return(node.body, slot))
    elif isinstance(node, cst.FunctionDef):
        visitor.suite(node.body)
    else:
        visitor.run(node.body)
    visitor.close(Exit("return"))
    return visitor.graph()


def nested_definitions(node: cst.FunctionDef | cst.Module | cst.ClassDef) -> list[cst.CSTNode]:
    """The `def` and `class` statements directly inside a body, in source order."""
    collector = _Definitions()
    for part in node.body if isinstance(node, cst.Module) else [node.body]:
        part.visit(collector)
    return collector.found


class _Definitions(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.CSTNode] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.found.append(node)
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self.found.append(node)
        return False

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:
        return False  # nothing is defined inside one, and most of a file is made of them
