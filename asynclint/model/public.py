"""The names that a module gives to `from module import *`: what `__all__` holds."""

from __future__ import annotations

import ast

_NAME = "__all__"


class Public:
    """Reads the statements of a module's scope that make `__all__`, in source order.

    Where it is made anew, as in the branches of an `if`, all that it may hold counts.
    """

    def __init__(self) -> None:
        self._known: frozenset[str] | None = None
        self._unclear = False

    @property
    def names(self) -> frozenset[str] | None:
        """What is in it; None where there is none, or it is not made of plain strings alone."""
        return None if self._unclear else self._known

    def see(self, node: ast.AST) -> None:
        """Takes in one statement, or any other node."""
        match node:
            case ast.Assign(targets=targets, value=value) if any(map(_is_it, targets)):
                self._add(value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_it(target):
                self._add(value)
            case ast.AugAssign(target=target, value=value) if _is_it(target):
                self._add(value)
            case ast.Call(func=ast.Attribute(value=owner, attr=method), args=[given]):
                if _is_it(owner):
                    self._add(ast.List([given]) if method == "append" else given)
            case _:
                pass

    def _add(self, value: ast.expr) -> None:
        names = _strings(value)
        if names is None:
            self._unclear = True
        else:
            self._known = (self._known or frozenset()) | names


def _is_it(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == _NAME


def _strings(node: ast.expr) -> frozenset[str] | None:
    """The strings of a display, or of several that are added up."""
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            names = [e.value for e in items if isinstance(e, ast.Constant)]
            plain = len(names) == len(items) and all(isinstance(name, str) for name in names)
            return frozenset(map(str, names)) if plain else None
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            halves = _strings(left), _strings(right)
            return None if None in halves else frozenset().union(*filter(None, halves))
        case _:
            return None
