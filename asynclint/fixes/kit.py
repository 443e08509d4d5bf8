"""What a rule's fix works with: places and texts of nodes in the file that is repaired."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Edit, Position
from asynclint.flow.program import Program, Unit

if TYPE_CHECKING:
    from asynclint.source.text import Source
    from asynclint.visitor.parse import Tree


class Kit:
    """One unit of one file; `tree` is the file's `ast`, for imports and names."""

    def __init__(self, program: Program, unit: Unit, tree: ast.Module) -> None:
        self.program = program
        self.unit = unit
        self.tree = tree

    @property
    def source(self) -> Source:
        """The file."""
        return self.program.source

    def range(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """Where a node stands: 1-based, end exclusive, without parentheses around it."""
        return self._tree_of(node).range(node)

    def _tree_of(self, node: cst.CSTNode) -> Tree:
        for tree in (self.unit.tree, *self.program.trees):
            if tree.holds(node):
                return tree
        raise KeyError(node)

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """The 0-based character offsets of a node, end exclusive, without parentheses around it."""
        start, end = self.range(node)
        offset = self.source.offset
        return offset(start.row, start.column - 1), offset(end.row, end.column - 1)

    def text(self, node: cst.CSTNode) -> str:
        """A node's own text as it stands in the file."""
        start, end = self.span(node)
        return self.source.text[start:end]

    def replace(self, node: cst.CSTNode, text: str) -> Edit:
        """Puts a text in a node's place."""
        return Edit(*self.span(node), text)

    def insert_before(self, node: cst.CSTNode, text: str) -> Edit:
        """Puts a text before a node."""
        start, _ = self.span(node)
        return Edit(start, start, text)
