"""Cures a coroutine object in a default argument: each call of the function makes its own."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.calling import meanings
from asynclint.fixes.kit import Kit


def made_inside(kit: Kit, node: cst.CSTNode) -> Fix | None:
    """`def f(job=work())` becomes `def f(job=None)`, with the call in the body.

    node: a variable of the function. None unless it is a parameter of that kind, and its default
    means the same in the body.
    """
    function = kit.unit.node
    param = _parameter(function, node)
    if param is None or not isinstance(function, cst.FunctionDef):
        return None
    call, body = param.default, function.body
    if not isinstance(call, cst.Call) or not isinstance(body, cst.IndentedBlock):
        return None
    read = meanings(kit, call)
    if read is None or not read.isdisjoint(kit.unit.scope.bindings):
        return None
    annotated = _with_none(kit, param)
    first = _first_statement(body)
    if annotated is None or first is None:
        return None
    name = param.name.value
    start = kit.source.offset(kit.range(first)[0].row, 0)
    indent = kit.source.text[start : kit.span(first)[0]]
    unit = _level(kit, function, indent)
    newline = kit.source.newline
    lines = f"{indent}if {name} is None:{newline}{indent}{unit}{name} = {kit.text(call)}{newline}"
    edits = (kit.replace(call, "None"), Edit(start, start, lines), *annotated)
    message = "Call it in the function; unsafe, as each call of the function does its work again"
    return Fix(Applicability.UNSAFE, message, edits)


def _parameter(function: cst.CSTNode, node: cst.CSTNode) -> cst.Param | None:
    if not isinstance(function, cst.FunctionDef) or not isinstance(node, cst.Name):
        return None
    params = function.params
    every = (*params.posonly_params, *params.params, *params.kwonly_params)
    return next((param for param in every if param.name.value == node.value), None)


def _with_none(kit: Kit, param: cst.Param) -> tuple[Edit, ...] | None:
    """Admits None in the annotation of a parameter; None where that cannot be written there."""
    if param.annotation is None:
        return ()
    expression = param.annotation.annotation
    if isinstance(expression, cst.SimpleString | cst.ConcatenatedString):
        return None
    text = kit.text(expression)
    if any(word in text for word in ("None", "Optional", "Any", "object")):
        return ()
    _, end = kit.span(expression)
    return (Edit(end, end, " | None"),)


def _first_statement(body: cst.IndentedBlock) -> cst.CSTNode | None:
    """The first statement of a function, its docstring aside; None if there is no other."""
    statements = list(body.body)
    match statements[0]:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString())]):
            statements.pop(0)
    return statements[0] if statements else None


def _level(kit: Kit, function: cst.FunctionDef, indent: str) -> str:
    """One level of indentation in a function, whose body begins with `indent`."""
    line = kit.source.line(kit.range(function)[0].row)
    outer = line[: len(line) - len(line.lstrip())]
    return indent.removeprefix(outer)
