"""Guards: tests on which a definition or a `return` hangs, as far as they tell callables apart.

A decorator often asks what it was given and defines one of several wrappers:
`if asyncio.iscoroutinefunction(func): ...`. Which one it is can be said once `func` is known.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Guard:
    """One test of a name.

    asks: 'iscoroutinefunction', 'isasyncgenfunction', 'isgeneratorfunction', 'callable', 'none'
    (`name is None`), 'isinstance', 'truth', 'any', or '' for anything else. holds: whether the
    guarded code runs where the answer is yes. types: the builtin classes that `isinstance` names.
    options: the tests of which `any` asks whether one holds (`a or b`).
    """

    asks: str
    name: str = ""
    holds: bool = True
    types: tuple[str, ...] = ()
    options: tuple[Guard, ...] = ()


OTHER = Guard("")
_PLAIN = ("bool", "bytes", "dict", "float", "int", "list", "set", "str", "tuple")
_QUESTIONS = ("iscoroutinefunction", "isasyncgenfunction", "isgeneratorfunction", "callable")


def guard_of(test: ast.expr) -> Guard:
    """The guard that a test is for what runs where it is true."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return negated(guard_of(inner))
        case ast.Name(id=name):
            return Guard("truth", name)
        case ast.BoolOp(op=ast.Or(), values=values):
            return Guard("any", options=tuple(guard_of(value) for value in values))
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), classes]):
            types = _names(classes)
            return Guard("isinstance", name, types=types) if types else OTHER
        case ast.Call(func=func, args=[ast.Name(id=name)]):
            asked = getattr(func, "attr", getattr(func, "id", ""))
            return Guard(asked, name) if asked in _QUESTIONS else OTHER
        case ast.Compare(
            left=ast.Name(id=name), ops=[operator], comparators=[ast.Constant(value=None)]
        ) if isinstance(operator, (ast.Is, ast.IsNot)):
            return Guard("none", name, isinstance(operator, ast.Is))
        case _:
            return OTHER


def _names(classes: ast.expr) -> tuple[str, ...]:
    """The builtin classes that stand there; none of them where others do, too."""
    each = classes.elts if isinstance(classes, ast.Tuple) else [classes]
    names = tuple(node.id for node in each if isinstance(node, ast.Name) and node.id in _PLAIN)
    return names if len(names) == len(each) else ()


def negated(guard: Guard) -> Guard:
    """The guard of what runs where the test is false."""
    return replace(guard, holds=not guard.holds)
