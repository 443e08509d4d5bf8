"""The `return` and `yield` of a function, and their place in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import libcst as cst

from asynclint.fixes.kit import Kit

Node = TypeVar("Node", bound=cst.CSTNode)
_SCOPES = (cst.FunctionDef, cst.Lambda, cst.ClassDef)


def own(function: cst.FunctionDef, *kinds: type[Node]) -> Iterator[Node]:
    """The nodes of some kinds that belong to a function's own body, in no particular order."""
    waiting: list[cst.CSTNode] = [function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, kinds):
            yield node
        waiting += [child for child in node.children if not isinstance(child, _SCOPES)]


def returns(function: cst.FunctionDef) -> list[cst.Return]:
    """A function's own `return` statements."""
    return list(own(function, cst.Return))


def only_yield(function: cst.FunctionDef) -> cst.Yield | None:
    """The one `yield` of a generator function; None if it has more, or one that is in a loop."""
    every = list(own(function, cst.Yield))
    for loop in own(function, cst.For, cst.While):
        waiting: list[cst.CSTNode] = [loop]
        while waiting:
            node = waiting.pop()
            if any(node is each for each in every):
                return None
            waiting.extend(node.children)
    return every[0] if len(every) == 1 else None


def is_last(kit: Kit, statement: cst.BaseSmallStatement) -> bool:
    """Whether a function ends behind a statement anyway, once it has run without an exception."""
    below: cst.CSTNode = statement
    for above in kit.parents(statement):
        match above:
            case cst.FunctionDef():
                return True
            case cst.SimpleStatementLine() | cst.IndentedBlock():
                if above.body[-1] is not below:
                    return False
            case cst.For() | cst.While():
                return False
            case cst.Try() | cst.TryStar():
                if below is above.body and above.orelse is not None:
                    return False
            case cst.BaseCompoundStatement() if not _ends_block(kit, above):
                return False
        below = above
    return False


def _ends_block(kit: Kit, statement: cst.CSTNode) -> bool:
    block = kit.parent(statement)
    return isinstance(block, cst.IndentedBlock) and block.body[-1] is statement


def stands_alone(kit: Kit, statement: cst.BaseSmallStatement) -> bool:
    """Whether a statement has lines of its own."""
    line = kit.parent(statement)
    return isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
