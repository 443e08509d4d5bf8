"""Where a piece of code mentions a variable, and where it binds it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.fixes.kit import Kit


def mentions(node: cst.CSTNode, name: str) -> Iterator[cst.Name]:
    """The places in a piece of code, in source order, that mean a variable by its name."""
    if isinstance(node, cst.Name):
        if node.value == name:
            yield node
    elif isinstance(node, (cst.Attribute, cst.Arg)):
        yield from mentions(node.value, name)
    else:
        for child in node.children:
            if not (isinstance(node, cst.FunctionDef) and child is node.name):
                yield from mentions(child, name)


def is_binding(kit: Kit, mention: cst.Name) -> bool:
    """Whether a mention of a variable binds it or deletes it; parameters do not count."""
    child: cst.CSTNode = mention
    above = kit.parent(child)
    while isinstance(above, (cst.Tuple, cst.List, cst.Element, cst.StarredElement)):
        child, above = above, kit.parent(above)
    match above:
        case cst.AssignTarget() | cst.AsName() | cst.Del():
            return True
        case cst.For(target=target) | cst.AugAssign(target=target) | cst.AnnAssign(target=target):
            return target is child
        case cst.NamedExpr(target=target):
            return target is child
    return False


def is_read_by_functions(kit: Kit, name: str) -> bool:
    """Whether functions of the file read or bind a name as a variable of the module."""
    return any(
        name in function.mentions
        and (name not in function.scope.bindings or name in function.scope.elsewhere)
        for function in kit.module.functions
    )
