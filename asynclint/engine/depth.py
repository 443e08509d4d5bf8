"""A guard before libcst, which needs native stack and ever more time for each level of nesting.

Measured with libcst 1.9.0 on CPython 3.11: a chain of 1,000 attributes takes 0.2 s, one of 3,000
takes 2.5 s, and one of 6,000 ends the process by a segmentation fault. CPython's parser refuses
such trees above some 3,000 levels in 3.11 and 3.12, but takes 20,000 in 3.10 and 8,000 in 3.13.
"""

from __future__ import annotations

import ast
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asynclint.source.text import Source

#: More levels than people write; generated code joins a few hundred terms at most.
MAX_DEPTH = 1000
#: Enough for MAX_DEPTH levels in the visitor (measured: 3 to 4 calls each), and little enough for
#: the native stack of CPython 3.10, of which each call takes some.
_RECURSION_LIMIT = 5000
#: From here on a recursion limit that was hit tells of the code, and not of a loop in the tool.
DEEP = 100

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@contextmanager
def room_for_depth() -> Iterator[None]:
    """Lets the analysis call itself as deep as MAX_DEPTH needs."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def row_deeper_than(limit: int, source: Source, tree: ast.Module) -> int | None:
    """The 1-based row of the first statement nested deeper than `limit`, None if there is none.

    Walks statements only, and expressions only of those that are long enough to be deep.
    """
    waiting: list[tuple[ast.AST, int]] = [(tree, 0)]
    while waiting:
        node, level = waiting.pop()
        inner = list(_inner_blocks(node))
        if isinstance(node, ast.stmt):
            rows = _own_rows(node, inner)
            if level > limit or (_length(source, *rows) > limit and _is_deep(node, limit)):
                return rows[0]
        waiting.extend((each, level + 1) for each in reversed(inner))
    return None


def _inner_blocks(node: ast.AST) -> Iterator[ast.AST]:
    for name in _BLOCKS:
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield from block


def _own_rows(node: ast.stmt, inner: list[ast.AST]) -> tuple[int, int]:
    """First and last row of a simple statement, or of the head of a compound one."""
    decorators = getattr(node, "decorator_list", ())
    first = min([node.lineno, *(each.lineno for each in decorators)])
    last = node.end_lineno or node.lineno
    return first, getattr(inner[0], "lineno", last) if inner else last


def _length(source: Source, first: int, last: int) -> int:
    """Characters on some rows; each level takes one at least."""
    starts = source.line_starts
    end = starts[last] if last < len(starts) else len(source.text)
    return end - starts[first - 1]


def _is_deep(statement: ast.stmt, limit: int) -> bool:
    level: list[ast.AST] = [statement]
    for _ in range(limit):
        children = (child for node in level for child in ast.iter_child_nodes(node))
        level = [child for child in children if not isinstance(child, ast.stmt)]
        if not level:
            return False
    return True
