"""Helper functions that a fix adds to a module, one for all the places that call it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.findings import Edit
from asynclint.fixes.bindings import bindings_of
from asynclint.fixes.header import (
    first_row,
    gap_above_comments,
    gap_behind,
    head_of,
    indentation,
    lines_edit,
    top_gap,
)
from asynclint.fixes.names import fresh_name
from asynclint.source.text import Source

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_INDENT = 4  # the spaces of one level in helpers as they are handed in


@dataclass(frozen=True, slots=True)
class Helper:
    """A helper by the name under which to call it, and the edit that adds it if it is not there."""

    name: str
    edit: Edit | None


def helper_edit(source: Source, tree: ast.Module, name: str, code: str) -> Helper:
    """Adds a function to the module, below its imports, unless it has the very same one.

    `code` is one `def` or `async def` of that name, with line feeds and four spaces a level; the
    edit has the newlines and the indentation of the file. The name is changed if the module has
    another use for it. The same function is one with the same parameters, decorators and body,
    docstring and annotations aside, under whatever name. Equal calls give equal edits, so the
    fixes of one round share one. Raises ValueError if `code` is no such function.
    """
    wanted = _parse(name, code)
    functions = [node for node in tree.body if isinstance(node, _Function)]
    for function in [node for node in functions if _outline(node) == _outline(wanted)]:
        once = len(bindings_of(tree)[function.name]) == 1
        if once and _substance(function) == _substance(wanted):
            return Helper(function.name, None)
    chosen = fresh_name(tree, name)
    renamed = re.sub(rf"(?<![\w.]){re.escape(name)}\b", chosen, code)
    text = _indented(renamed, indentation(source, tree)).strip("\n") + "\n"
    return Helper(chosen, _place(source, tree, wanted, text))


def _parse(name: str, code: str) -> _Function:
    match ast.parse(code).body:
        case [(ast.FunctionDef() | ast.AsyncFunctionDef()) as function] if function.name == name:
            return function
    raise ValueError(f"not one function called {name!r}:\n{code}")


def _outline(function: _Function) -> tuple[object, ...]:
    """What is quickly compared, and tells most functions apart."""
    arguments = function.args
    groups = (arguments.posonlyargs, arguments.args, arguments.kwonlyargs)
    stars = (arguments.vararg, arguments.kwarg)
    return (
        type(function),
        [[parameter.arg for parameter in group] for group in groups],
        [star.arg if star else None for star in stars],
        [type(node) for node in _body(function)],
    )


def _substance(function: _Function) -> list[str]:
    """What remains to be compared: the same whatever the function is called."""
    nodes: list[ast.AST] = [*_run_at_definition(function), *_body(function)]
    return [ast.dump(node).replace(f"Name(id={function.name!r}", "Name(itself") for node in nodes]


def _body(function: _Function) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def _run_at_definition(function: _Function) -> Iterator[ast.expr]:
    """The expressions that must have their names when the `def` is reached, annotations aside."""
    yield from function.decorator_list
    yield from function.args.defaults
    yield from (default for default in function.args.kw_defaults if default is not None)


def _indented(code: str, unit: str) -> str:
    """The code with each level indented by `unit`; only docstrings of all strings move along."""
    nodes = list(ast.walk(ast.parse(code)))
    docstrings = [node.value for node in nodes if isinstance(node, ast.Expr)]
    strings = {
        row
        for node in nodes
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and node not in docstrings
        for row in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }
    lines = code.split("\n")
    for row, line in enumerate(lines, start=1):
        levels, rest = divmod(len(line) - len(line.lstrip(" ")), _INDENT)
        if row not in strings:
            lines[row - 1] = unit * levels + " " * rest + line.lstrip(" ")
    return "\n".join(lines)


def _place(source: Source, tree: ast.Module, helper: _Function, text: str) -> Edit:
    """Inserts the helper below the imports, and below whatever its `def` needs to run."""
    stop = head_of(tree).stop
    bound = bindings_of(tree)
    expressions = [*_run_at_definition(helper), *_annotations(helper)]
    names = {
        node.id
        for expression in expressions
        for node in ast.walk(expression)
        if isinstance(node, ast.Name)
    }
    for line in [bound[name][0].line for name in names if name in bound]:
        rows = [first_row(statement) for statement in tree.body]
        stop = max(stop, sum(row <= line for row in rows))
    above = gap_above_comments(source, tree.body, 0) if tree.body and not stop else None
    gap = gap_behind(source, tree.body, stop - 1) if stop else above or top_gap(source)
    return lines_edit(source, gap, text, above=2, below=2)


def _annotations(function: _Function) -> Iterator[ast.expr]:
    for node in ast.walk(function.args):
        if isinstance(node, ast.arg) and node.annotation is not None:
            yield node.annotation
    if function.returns is not None:
        yield function.returns
