"""Loose names: what a body names, apart from calls that are awaited on the spot.

Nearly every call of a coroutine function is awaited where it stands, and nothing can be wrong with
it. What else a body names decides whether it is worth being analysed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from asynclint.model.shapes import OPAQUE, Awaited, CallShape, Member, Ref, Shape, named, shape_of

#: Where a body begins: line (1-based) and column (0-based) of its `def`; `MODULE` is the module's.
Place = tuple[int, int]
MODULE: Place = (0, 0)
_DEPTH = 16  # attributes and calls in a row that are followed
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(slots=True)
class Loose:
    """What one body names; each shape once, in order.

    named: functions, classes, variables and attributes, with whether they are called; all but what
    is told apart here. awaited: what is called, and the result awaited on the spot. iterated: the
    same for `async for`. fed: the same where the result is an argument, with what gets it. passing:
    of what is called, that which gets arguments that are no fresh values, with the names among
    them. gone_through: what may be iterated, by syntax or by what it is an argument of. spends:
    whether something that is no call is awaited, or iterated asynchronously.
    """

    named: dict[Shape, bool] = field(default_factory=dict)
    awaited: dict[Shape, None] = field(default_factory=dict)
    iterated: dict[Shape, None] = field(default_factory=dict)
    fed: dict[tuple[Shape, Shape], None] = field(default_factory=dict)
    passing: dict[Shape, set[str]] = field(default_factory=dict)
    gone_through: dict[Shape, None] = field(default_factory=dict)
    spends: bool = False


def loose_names(tree: ast.Module) -> dict[Place, Loose]:
    """The loose names of the module's own statements and of all functions in it.

    A lambda belongs to the body around it, and so do the statements of a class.
    """
    found: dict[Place, Loose] = {}
    bodies: list[tuple[Place, list[ast.AST]]] = [(MODULE, list(tree.body))]
    while bodies:
        place, nodes = bodies.pop()
        reader = _Reader()
        inner = reader.read(nodes)
        bodies.extend(((each.lineno, each.col_offset), list(each.body)) for each in inner)
        found[place] = reader.loose
    return found


class _Reader:
    """Reads one body."""

    def __init__(self) -> None:
        self.loose = Loose()
        self._stack: list[ast.AST] = []

    def read(self, nodes: list[ast.AST]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Notes what stands in the nodes; gives the functions that are defined in them."""
        stack = self._stack
        stack.extend(reversed(nodes))
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Load):
                    self.loose.named.setdefault(named((node.id,)), False)
            elif isinstance(node, ast.Attribute):
                self.loose.named.setdefault(self._attribute(node), False)
            elif isinstance(node, ast.Call):
                callees: dict[Shape, None] = {}
                self._call(node, callees)
                self.loose.named.update(dict.fromkeys(callees, True))
            elif isinstance(node, ast.Await):
                self._spent(node.value, self.loose.awaited)
            elif isinstance(node, ast.AsyncFor):
                self._spent(node.iter, self.loose.iterated)
                stack.extend((*node.orelse, *node.body, node.target))
            elif isinstance(node, ast.comprehension) and node.is_async:
                self._spent(node.iter, self.loose.iterated)
                stack.extend((*node.ifs, node.target))
            elif (iterated := _iterated(node)) is not None:
                self._gone_through(iterated)
                stack.extend(ast.iter_child_nodes(node))
            elif isinstance(node, _FUNCTIONS):
                stack.extend(_outside(node))
                yield node
            elif not isinstance(node, ast.AnnAssign):
                stack.extend(ast.iter_child_nodes(node))
            else:
                stack.extend(part for part in (node.value, node.target) if part is not None)

    def _spent(self, value: ast.expr, callees: dict[Shape, None]) -> None:
        if isinstance(value, ast.Call):
            self._call(value, callees)
        else:
            self.loose.spends = True
            self._stack.append(value)

    def _call(self, node: ast.Call, callees: dict[Shape, None]) -> Shape:
        callee = node.func
        if isinstance(callee, ast.Attribute):
            shape = self._attribute(callee)
        else:
            shape = shape_of(callee, _DEPTH)
            if not isinstance(callee, ast.Name):
                self._stack.append(callee)
        if shape != OPAQUE:
            callees[shape] = None
        values = [*node.args, *(k.value for k in node.keywords)]
        for value in values:
            self._gone_through(value)
            if isinstance(value, ast.Call):
                self._fed(value, shape)
            else:
                self._stack.append(value)
        if not all(isinstance(value, (ast.Call, ast.Constant)) for value in values):
            names = {value.id for value in values if isinstance(value, ast.Name)}
            self.loose.passing.setdefault(shape, set()).update(names)
        return shape

    def _fed(self, value: ast.Call, eater: Shape) -> None:
        """A call whose result goes into another one."""
        callees: dict[Shape, None] = {}
        self._call(value, callees)
        self.loose.fed.update(((each, eater), None) for each in callees)

    def _gone_through(self, value: ast.expr) -> None:
        shape = shape_of(value, _DEPTH)
        if isinstance(shape, (Ref, Member, CallShape, Awaited)):
            self.loose.gone_through[shape] = None

    def _attribute(self, node: ast.Attribute) -> Shape:
        shape = shape_of(node, _DEPTH)
        if not isinstance(shape, Ref):
            self._stack.append(node.value)
        return Member(OPAQUE, node.attr) if shape == OPAQUE else shape


def _iterated(node: ast.AST) -> ast.expr | None:
    """What a node goes through by plain iteration, if it does."""
    match node:
        case ast.For(iter=value) | ast.comprehension(iter=value):
            return value
        case ast.Starred(value=value) | ast.YieldFrom(value=value):
            return value
        case ast.Assign(targets=[ast.Tuple() | ast.List()], value=value):
            return value
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[value]):
            return value
        case _:
            return None


def _outside(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST]:
    """The parts of a function that the body around it evaluates; annotations say nothing here."""
    defaults = [each for each in node.args.kw_defaults if each is not None]
    return [*node.decorator_list, *node.args.defaults, *defaults]
