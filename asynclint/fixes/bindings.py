"""What the names of a scope are bound to, as far as imports need to know it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from asynclint.fixes.names import identifiers

Scope = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Binding:
    """One statement that gives a name of a scope its meaning.

    origin: the dotted name of what an absolute import binds; None for anything else.
    loaded: the module that the import loads for the name; "" for anything else.
    line: 1-based. sure: it stands in the scope's own list of statements, under no condition.
    """

    name: str
    origin: str | None
    loaded: str
    line: int
    sure: bool


@lru_cache(maxsize=64)  # the fixes of one round ask for the same scopes again and again
def bindings_of(scope: Scope) -> Mapping[str, tuple[Binding, ...]]:
    """The bindings of a scope by name, in source order.

    `del` counts as one; so do the variables of comprehensions and the parameters of lambdas, which
    hide a name where they stand; those of nested functions do not. What functions bind after
    `global` is among the bindings of the module.
    """
    found = list(_own(scope))
    if isinstance(scope, ast.Module):
        for node in ast.walk(scope):
            if isinstance(node, _FUNCTIONS):
                names = _declared_global(node)
                found += [binding for binding in _own(node) if binding.name in names]
    by_name: dict[str, tuple[Binding, ...]] = {}
    for binding in sorted(found, key=lambda binding: binding.line):
        by_name[binding.name] = (*by_name.get(binding.name, ()), binding)
    return by_name


def scopes_at(tree: ast.Module, line: int) -> tuple[Scope, ...]:
    """The module and the functions whose names code on a line (1-based) sees, outermost first.

    The body of a class counts only for the code that stands directly in it.
    """
    scopes: list[Scope] = [tree]
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if not getattr(node, "lineno", line) <= line <= (getattr(node, "end_lineno", None) or line):
            continue
        if isinstance(node, _SCOPES):
            scopes.append(node)
            stack.clear()
        stack.extend(ast.iter_child_nodes(node))
    *outer, last = scopes
    return (*(scope for scope in outer if not isinstance(scope, ast.ClassDef)), last)


def has_star_import(tree: ast.Module) -> bool:
    """Whether a name that the module does not bind may come from `from ... import *`."""
    return "*" in bindings_of(tree)


def import_bindings(node: ast.Import | ast.ImportFrom, *, sure: bool) -> Iterator[Binding]:
    """The bindings that one import statement makes; `*` is the name of what a star binds."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            absolute = node.module if not node.level and alias.name != "*" else None
            origin = f"{absolute}.{alias.name}" if absolute else None
            name, loaded = alias.asname or alias.name, absolute or ""
        elif alias.asname:
            name, origin, loaded = alias.asname, alias.name, alias.name
        else:
            # `import a.b` binds `a`, and loads both (language reference, "The import statement").
            name = origin = alias.name.partition(".")[0]
            loaded = alias.name
        yield Binding(name, origin, loaded, node.lineno, sure)


def _own(scope: Scope) -> Iterator[Binding]:
    stack: list[tuple[ast.AST, bool]] = [(node, True) for node in scope.body]
    if isinstance(scope, _FUNCTIONS):
        stack += [(parameter, False) for parameter in _parameters(scope.args)]
    while stack:
        node, sure = stack.pop()
        if isinstance(node, _IMPORTS):
            yield from import_bindings(node, sure=sure)
            continue
        if _binds(node):
            line = getattr(node, "lineno", getattr(scope, "lineno", 1))
            yield from (Binding(name, None, "", line, sure) for name in identifiers(node))
        children = _run_in_place(node) if isinstance(node, _SCOPES) else ast.iter_child_nodes(node)
        stack += [(child, False) for child in children]


def _parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _binds(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return not isinstance(node.ctx, ast.Load)
    # What else has a name binds it, but for attributes, which are no names of a scope.
    return not isinstance(node, (ast.Global, ast.Nonlocal))


def _run_in_place(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """The parts of a definition that are evaluated where it stands, not in its own scope."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
    defaults = (default for default in node.args.kw_defaults if default is not None)
    return [*node.decorator_list, *node.args.defaults, *defaults]


def _declared_global(function: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    nodes: list[ast.AST] = list(function.body)
    names: set[str] = set()
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Global):
            names.update(node.names)
        elif not isinstance(node, _SCOPES):
            nodes.extend(ast.iter_child_nodes(node))
    return frozenset(names)
