"""Parses single functions: the CST of one `def`, or of a module without its functions' bodies.

The lines of one `def`, behind `if 1:` where it is indented, parse alone; so a file costs only what
its candidate functions cost. Positions are computed only for trees in which something was found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from asynclint.findings import Position
from asynclint.model.declared import Function, Module
from asynclint.source.text import Source

#: What libcst raises where it does not know valid Python: `(x): int = 1`, `await f()if x else y`,
#: a line break between `async` and `for` in a comprehension.
UNKNOWN_SYNTAX = (cst.ParserSyntaxError, cst.CSTValidationError, AttributeError)


@dataclass(slots=True, eq=False)
class Tree:
    """A parsed piece of a file. `shift` is added to the rows that libcst counts in the piece."""

    module: cst.Module
    shift: int
    _ranges: dict[cst.CSTNode, CodeRange] = field(default_factory=dict)
    _parents: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)

    def range(self, node: cst.CSTNode) -> tuple[Position, Position]:
        """Start and end of a node in the file (1-based rows and columns, end exclusive).

        Parentheses around an expression are left out, as Python's tracebacks do.
        """
        span = self._located()[node]
        return (
            Position(span.start.line + self.shift, span.start.column + 1),
            Position(span.end.line + self.shift, span.end.column + 1),
        )

    def holds(self, node: cst.CSTNode) -> bool:
        """Whether a node belongs to this tree."""
        return node in self._located()

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node that a node stands in, None for the root."""
        if not self._parents:
            waiting: list[cst.CSTNode] = [self.module]
            while waiting:
                above = waiting.pop()
                below = above.children
                self._parents.update(dict.fromkeys(below, above))
                waiting += below
        return self._parents.get(node)

    def _located(self) -> dict[cst.CSTNode, CodeRange]:
        if not self._ranges:
            wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
            self._ranges.update(wrapper.resolve(PositionProvider))
        return self._ranges


def parse_function(source: Source, function: Function) -> tuple[Tree, cst.FunctionDef]:
    """The CST of an outermost function, from its own lines.

    Raises one of UNKNOWN_SYNTAX where libcst does not know the syntax.
    """
    text = function_text(source, function)
    indented = function.column > 0
    module = cst.parse_module(f"if 1:\n{text}" if indented else text)
    statement: cst.CSTNode = module.body[0]
    if indented:
        assert isinstance(statement, cst.If)
        statement = statement.body.body[0]
    assert isinstance(statement, cst.FunctionDef)
    return Tree(module, function.first_line - 1 - indented), statement


def function_text(source: Source, function: Function) -> str:
    """The text of a function, from the first line of its first decorator to its last one."""
    return _lines(source, function.first_line, function.last_line)


def parse_module_body(source: Source, module: Module) -> Tree:
    """The CST of a module in which every outermost function is an empty one, on the same lines.

    Raises one of UNKNOWN_SYNTAX where libcst does not know the syntax.
    """
    return Tree(cst.parse_module(statements_text(source, module)), 0)


def statements_text(source: Source, module: Module) -> str:
    """The text of a module in which every outermost function is an empty one, on the same lines."""
    pieces: list[str] = []
    row = 1
    for function in sorted(outermost(module), key=lambda f: f.def_line):
        pieces.append(_lines(source, row, function.def_line - 1))
        indent = _indent(source.line(function.def_line))
        pieces.append(f"{indent}def {function.name}(): pass\n")
        pieces.append("\n" * (function.last_line - function.def_line))
        row = function.last_line + 1
    pieces.append(_lines(source, row, len(source.line_starts)))
    return "".join(pieces)


def outermost(module: Module) -> list[Function]:
    """The functions that stand in no other function, in source order."""
    return [f for f in module.functions if not _inside_function(f)]


def _inside_function(function: Function) -> bool:
    scope = function.scope.parent
    while scope is not None and scope.kind == "class":
        scope = scope.parent
    return scope is not None and scope.kind == "function"


def _indent(line: str) -> str:
    found = re.match(r"[ \t\f]*", line)
    return found[0] if found else ""


def _lines(source: Source, first: int, last: int) -> str:
    """The text of some lines (1-based, inclusive) with their ends."""
    starts = source.line_starts
    if first > last or first > len(starts):
        return ""
    end = starts[last] if last < len(starts) else len(source.text)
    return source.text[starts[first - 1] : end]
