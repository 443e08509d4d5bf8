"""What the text of a module does with an attribute of a name, whoever's it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

HANDED_ON = ""  # it goes where it cannot be followed
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Module)


def attribute_uses(tree: ast.Module, name: str, family: frozenset[str]) -> frozenset[str]:
    """What is asked of the object in the attribute `name` of instances of some class.

    family: the names of that class and of those related to it. What other classes do with an
    attribute of `self` is left out; every other `<anything>.name` counts.

    Gives names of its own attributes and methods (`close` for `self.loop.close()`, by way of a
    variable too), `f()` for a call that gets it as an argument, and HANDED_ON. To be compared with
    None, or to be tested for truth, is no use.
    """
    return frozenset(_Uses(tree).of_attribute(name, family))


class _Uses:
    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(ast.walk(tree))
        self._above = {id(c): node for node in self._nodes for c in ast.iter_child_nodes(node)}

    def of_attribute(self, name: str, family: frozenset[str]) -> Iterator[str]:
        for node in self._nodes:
            match node:
                case ast.Attribute(attr=attr, ctx=ast.Load()) if attr == name:
                    owner = self._owner(node.value)
                    if owner is None or owner in family:
                        yield from self._of(node)
                case ast.Constant(value=value) if value == name:
                    yield HANDED_ON  # `getattr(self, "loop")`
                case _:
                    pass

    def _owner(self, receiver: ast.expr) -> str | None:
        """The class of whose method an expression is the first parameter; None if of none."""
        node: ast.AST = receiver
        while isinstance(receiver, ast.Name) and not isinstance(node, ast.Module):
            above = self._above[id(node)]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
                if receiver.id in names:
                    first = isinstance(above, ast.ClassDef) and names[0] == receiver.id
                    return above.name if isinstance(above, ast.ClassDef) and first else None
            node = above
        return None

    def _of(self, node: ast.expr, *, follow: bool = True) -> Iterator[str]:
        match self._above[id(node)]:
            case ast.Attribute(attr=method):
                yield method
            case ast.Call(func=func):
                yield f"{_last(func)}()"
            case ast.keyword(arg="loop") as keyword:
                call = self._above[id(keyword)]
                yield f"{_last(call.func)}()" if isinstance(call, ast.Call) else HANDED_ON
            case ast.Compare(ops=[ast.Is() | ast.IsNot()]) | ast.UnaryOp():
                pass
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if test is node:
                pass
            case ast.Assign(targets=[ast.Name(id=name)]) if follow:
                yield from self._of_variable(name, self._scope(node))
            case _:
                yield HANDED_ON

    def _of_variable(self, name: str, scope: ast.AST) -> Iterator[str]:
        for node in ast.walk(scope):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                yield from self._of(node, follow=False)

    def _scope(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, _SCOPES):
            node = self._above[id(node)]
        return node


def _last(func: ast.expr) -> str:
    """The last part of what is called."""
    match func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
