"""The bodies of one file: parsed when somebody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from asynclint.facts import Kind
from asynclint.flow.reads import STATEMENTS, Body
from asynclint.model.declared import Function, Module, Scope
from asynclint.model.values import Value
from asynclint.source.text import Source
from asynclint.visitor.lower import nested_definitions
from asynclint.visitor.parse import (
    UNKNOWN_SYNTAX,
    Tree,
    outermost,
    parse_function,
    parse_module_body,
)
from asynclint.visitor.pure import code_of


@dataclass(slots=True, eq=False, repr=False)
class Unit:
    """One body: a function's, a lambda's, or the module's (`function` None, no `parent`).

    body: which of the file's it is, or in which it stands. exported: names of a module body that
    functions read, so that what they hold is not lost.
    """

    file: File
    tree: Tree
    node: cst.FunctionDef | cst.Lambda | cst.Module
    scope: Scope
    body: Body
    function: Function | None = None
    parent: Unit | None = None
    env: tuple[tuple[str, Value], ...] = ()
    exported: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Short, and the same in every run: values are ordered by it."""
        code = f" {code_of(self.node)}" if isinstance(self.node, cst.Lambda) else ""
        around = f"{self.parent!r}." if self.parent is not None else self.file.source.path
        return f"Unit({around}:{self.name}{code})"

    @property
    def on_loop(self) -> bool:
        """Whether the body runs on a running event loop."""
        if self.function is None:
            return False
        return self.function.kind in (Kind.COROUTINE, Kind.ASYNC_GENERATOR)

    @property
    def name(self) -> str:
        """What to call the unit in a message."""
        if self.function is not None:
            return self.function.qualname
        return "lambda" if self.parent is not None else "module"


@dataclass(frozen=True, slots=True)
class Spot:
    """A node with the unit in which it stands, where that is not the one that is spoken of."""

    unit: Unit
    node: cst.CSTNode


@dataclass(slots=True)
class Parsed:
    """How many lines of a program are held as trees."""

    lines: int = 0


class File:
    """One file's units; `trees` are the pieces of it that have been parsed.

    unknown, body_unknown: outermost functions, and whether the module's own statements too, that
    could not be parsed, as libcst does not know their syntax.
    """

    def __init__(self, source: Source, module: Module, path: str, parsed: Parsed) -> None:
        """path: the absolute one. parsed: is counted up."""
        self._parsed = parsed
        self.source = source
        self.module = module
        self.trees: list[Tree] = []
        self.unknown: set[Function] = set()
        self.body_unknown = False
        self._body: Unit | None = None
        self._units: dict[Function, Unit] = {}
        self._lambdas: dict[object, Unit] = {}
        self.path = path
        self._outermost = {each: number for number, each in enumerate(outermost(module))}
        self._by_owner: dict[int, list[Function]] = {}
        for function in module.functions:
            self._by_owner.setdefault(id(function.scope.parent), []).append(function)

    def body(self, function: Function) -> Body:
        """The body in which a function stands."""
        outer = self._outer(function)
        return self.path, self._outermost[outer] if outer is not None else STATEMENTS

    def unit(self, function: Function) -> Unit | None:
        """The unit of a function; its outermost function is parsed if it has not been yet."""
        if function not in self._units and function not in self.unknown:
            outer = self._outer(function)
            if outer is None:
                return None
            try:
                tree, node = parse_function(self.source, outer)
            except UNKNOWN_SYNTAX:
                self.unknown.add(outer)
                return None
            self.trees.append(tree)
            self._parsed.lines += _length(outer)
            self._add(outer, node, tree, None)
        return self._units.get(function)

    def _outer(self, function: Function) -> Function | None:
        """The outermost function around a function, or itself."""
        outer: Function | None = function
        while outer is not None and outer not in self._outermost:
            outer = self._parent(outer)
        return outer

    def _parent(self, function: Function) -> Function | None:
        scope = function.scope.parent
        while scope is not None and scope.kind != "function":
            scope = scope.parent
        for candidate in self.module.functions:
            if candidate.scope is scope:
                return candidate
        return None

    def _add(
        self, function: Function, node: cst.FunctionDef, tree: Tree, parent: Unit | None
    ) -> None:
        body = parent.body if parent is not None else self.body(function)
        unit = Unit(self, tree, node, function.scope, body, function, parent)
        self._units[function] = unit
        self._add_nested(node, function.scope, unit)

    def _add_nested(self, node: cst.FunctionDef | cst.ClassDef, scope: Scope, unit: Unit) -> None:
        """Pairs the definitions of tree and index: both are in source order."""
        functions = list(self._by_owner.get(id(scope), ()))
        classes = [c for c in self.module.classes if c.scope.parent is scope]
        for inner in nested_definitions(node):
            if isinstance(inner, cst.FunctionDef) and functions:
                declared = functions.pop(0)
                if declared.name == inner.name.value:
                    self._add(declared, inner, unit.tree, unit)
            elif isinstance(inner, cst.ClassDef) and classes:
                cls = classes.pop(0)
                if cls.name == inner.name.value:
                    self._add_nested(inner, cls.scope, unit)

    def module_unit(self) -> Unit:
        """The unit of the module's own statements."""
        if self._body is None:
            self._body = self._parse_body()
        return self._body

    def _parse_body(self) -> Unit:
        try:
            tree = parse_module_body(self.source, self.module)
        except UNKNOWN_SYNTAX:
            self.body_unknown = True
            tree = Tree(cst.parse_module(""), 0)
        self.trees.append(tree)
        self._parsed.lines += len(self.source.line_starts) - sum(map(_length, self._outermost))
        read = frozenset().union(*(f.mentions for f in self.module.functions))
        own = (self.path, STATEMENTS)
        return Unit(self, tree, tree.module, self.module.scope, own, exported=read)

    def let_go(self) -> None:
        """Forgets the units, which hold the file in turn, and their trees."""
        self.trees.clear()
        self._units.clear()
        self._lambdas.clear()
        self._body = None

    def lambda_unit(self, node: cst.CSTNode, parent: Unit, env: dict[str, Value]) -> Unit:
        """The unit of a lambda where it is made; `env` holds what its free names stand for."""
        assert isinstance(node, cst.Lambda)
        known = tuple(sorted(env.items()))
        key = (id(node), frozenset(env.items()))
        if key not in self._lambdas:
            own = Scope("function", parent.scope, self.module)
            self._lambdas[key] = Unit(
                self, parent.tree, node, own, parent.body, None, parent, known
            )
        return self._lambdas[key]


def _length(function: Function) -> int:
    return function.last_line - function.first_line + 1
