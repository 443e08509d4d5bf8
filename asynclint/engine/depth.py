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
    """The 1-based row of a statement nested deeper than `limit`, None if there is none.

    Walks statements only, and expressions only of those that are long enough to be deep: each
    level takes one character at least.
    """
    longest = max(map(len, source.text.split("\n")))
    few = limit // (longest + 1)  # rows on which nothing can be that deep
    blocks: list[tuple[list[ast.AST], int]] = [(list(tree.body), 1)]
    while blocks:
        block, level = blocks.pop()
        if block and level > limit:
            return _row(block[0])
        for node in block:
            inner = [part for name in _BLOCKS if (part := getattr(node, name, None))]
            if isinstance(node, ast.stmt):
                last = _row(inner[0][0]) if inner else node.end_lineno or node.lineno
                if last - node.lineno >= few and _is_deep(node, limit):
                    return node.lineno
            blocks.extend((part, level + 1) for part in reversed(inner))
    return None


def _row(node: ast.AST) -> int:
    """Where a statement begins, or a part of one that has statements in it."""
    while not hasattr(node, "lineno"):  # a `case`
        node = node.body[0]  # type: ignore[attr-defined]
    return node.lineno  # type: ignore[no-any-return]


def _is_deep(statement: ast.stmt, limit: int) -> bool:
    level: list[ast.AST] = [statement]
    for _ in range(limit):
        children = (child for node in level for child in ast.iter_child_nodes(node))
        level = [child for child in children if not isinstance(child, ast.stmt)]
        if not level:
            return False
    return True
