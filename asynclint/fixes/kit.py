"""What a rule's fix works with: places, texts and surroundings of nodes in the file it repairs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

import libcst as cst

from asynclint.findings import Edit, Place, Position
from asynclint.flow.file import Spot, Unit
from asynclint.flow.program import Program
from asynclint.flow.reads import EVERYTHING

if TYPE_CHECKING:
    from asynclint.flow.story import Story
    from asynclint.model.declared import Module
    from asynclint.source.text import Source
    from asynclint.visitor.parse import Tree

Found = TypeVar("Found")
Node = TypeVar("Node", bound=cst.CSTNode)


class Kit:
    """One unit of one file; `tree` is the file's `ast`, for imports and names."""

    def __init__(self, program: Program, unit: Unit, tree: ast.Module, story: Story) -> None:
        program.reads.note((unit.file.path, EVERYTHING))
        self.program = program
        self.unit = unit
        self.tree = tree
        self.story = story
        self._known: dict[Hashable, object] = {}

    def once(self, key: Hashable, work: Callable[[], Found]) -> Found:
        """What `work` gives, found out once: a unit of many findings is gone through for each."""
        if key not in self._known:
            self._known[key] = work()
        return cast("Found", self._known[key])

    @property
    def source(self) -> Source:
        """The file."""
        return self.unit.file.source

    @property
    def module(self) -> Module:
        """What the file declares."""
        return self.unit.file.module

    def of(self, unit: Unit) -> Kit | None:
        """The kit of another body, be it in another file; None where that cannot be followed."""
        story = self.program.story(unit)
        same = unit.file is self.unit.file
        tree = self.tree if same else self.program.tree(unit.file.module)
        return Kit(self.program, unit, tree, story) if story is not None and tree else None

    def taken(self, other: Kit, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        """Edits that another kit has made, as a fix in this file has them."""
        path = "" if other.source.path == self.source.path else other.source.path
        return tuple(replace(edit, path=path) for edit in edits)

    # places -----------------------------------------------------------------------------------

    def range(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """Where a node stands: 1-based, end exclusive, without parentheses around it."""
        return self._tree_of(node).range(node)

    def _tree_of(self, node: cst.CSTNode) -> Tree:
        for tree in (self.unit.tree, *self.unit.file.trees):
            if tree.holds(node):
                return tree
        raise KeyError(node)

    def place(self, at: cst.CSTNode | Spot, message: str) -> Place:
        """A related place, in this file or in another."""
        if isinstance(at, Spot):
            return Place(at.unit.file.source.path, *at.unit.tree.range(at.node), message)
        return Place(self.source.path, *self.range(at), message)

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

    # surroundings -----------------------------------------------------------------------------

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node that a node stands in, None for the root of the parsed piece."""
        return self._tree_of(node).parent(node)

    def parents(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, innermost first."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def around(self, node: cst.CSTNode, kind: type[Node]) -> Node | None:
        """The innermost node of a kind around a node."""
        for above in self.parents(node):
            if isinstance(above, kind):
                return above
        return None

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | cst.Lambda | None:
        """The innermost function or lambda that a node stands in, None at module level."""
        for above in self.parents(node):
            if isinstance(above, (cst.FunctionDef, cst.Lambda)):
                return above
        return None
