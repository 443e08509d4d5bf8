"""What the text of a module does with a table: whether what is put into it stays there."""

from __future__ import annotations

import ast

_LOOKING = frozenset({"get", "setdefault", "keys", "values", "items", "__contains__"})


def only_looked_up(tree: ast.Module, name: str) -> bool:
    """Whether a name, or an attribute of that name, is a table that nothing is taken out of.

    It may be bound, looked up, asked for its keys and filled; no entry may be deleted, and it may
    not be handed on or copied.
    """
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return all(
        _keeps(node, above)
        for node in above
        if (isinstance(node, ast.Name) and node.id == name)
        or (isinstance(node, ast.Attribute) and node.attr == name)
    )


def _keeps(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    match above[node]:
        case ast.Assign(targets=targets) if node in targets:
            return True
        case ast.AnnAssign(target=target) if target is node:
            return True
        case ast.Subscript(value=value, ctx=ctx) if value is node:
            return not isinstance(ctx, ast.Del)
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[table]):
            return table is node
        case ast.Attribute(value=value, attr=method) if value is node:
            return method in _LOOKING
        case ast.Call(func=ast.Name(id="len")) | ast.Global():
            return True
        case _:
            return False
