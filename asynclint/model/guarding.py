"""Finds the guards in a function's body."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from asynclint.model.declared import Function
from asynclint.model.guards import OTHER, Guard, guard_of, negated

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_Guards = tuple[Guard, ...]


def note_guards(function: Function, body: list[ast.stmt], returned: Sequence[ast.Return]) -> None:
    """Notes on which tests the results of a function hang, and the definitions in it.

    returned: the statements whose shapes are `function.results`, in the same order.
    """
    found = _guards_in(body)
    if not found:
        return
    function.guards = tuple(found.get(node, ()) for node in returned)
    for node, guards in found.items():
        if isinstance(node, _DEFINITIONS):
            for binding in function.scope.bindings.get(node.name, ()):
                if isinstance(binding, Function) and binding.def_line == node.lineno:
                    binding.guarded = guards


def _guards_in(body: list[ast.stmt]) -> dict[ast.stmt, _Guards]:
    """The guards of `return` statements and definitions; those that always run are left out.

    What follows an `if` that leaves the block runs only where its test is false.
    """
    found: dict[ast.stmt, _Guards] = {}
    waiting: list[tuple[list[ast.stmt], _Guards]] = [(body, ())]
    while waiting:
        block, guards = waiting.pop()
        for statement in block:
            if guards and isinstance(statement, (ast.Return, *_DEFINITIONS)):
                found[statement] = guards
            waiting.extend(_blocks(statement, guards))
            if isinstance(statement, ast.If) and isinstance(statement.body[-1], _LEAVING):
                guards = (*guards, negated(guard_of(statement.test)))
    return found


def _blocks(statement: ast.stmt, guards: _Guards) -> Iterator[tuple[list[ast.stmt], _Guards]]:
    """The blocks inside a statement; definitions are other bodies."""
    if isinstance(statement, (*_DEFINITIONS, ast.ClassDef)):
        return
    if isinstance(statement, ast.If):
        guard = guard_of(statement.test)
        yield statement.body, (*guards, guard)
        yield statement.orelse, (*guards, negated(guard))
        return
    for name in ("body", "finalbody"):
        yield getattr(statement, name, []), guards
    yield getattr(statement, "orelse", []), (*guards, OTHER)
    for inner in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield inner.body, (*guards, OTHER)
