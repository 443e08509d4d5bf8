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
    (`name is None`), 'truth', or '' for anything else. holds: whether the guarded code runs where
    the answer is yes.
    """

    asks: str
    name: str = ""
    holds: bool = True


OTHER = Guard("")
_QUESTIONS = ("iscoroutinefunction", "isasyncgenfunction", "isgeneratorfunction", "callable")


def guard_of(test: ast.expr) -> Guard:
    """The guard that a test is for what runs where it is true."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return negated(guard_of(inner))
        case ast.Name(id=name):
            return Guard("truth", name)
        case ast.Call(func=func, args=[ast.Name(id=name)]):
            asked = getattr(func, "attr", getattr(func, "id", ""))
            return Guard(asked, name) if asked in _QUESTIONS else OTHER
        case ast.Compare(
            left=ast.Name(id=name), ops=[operator], comparators=[ast.Constant(value=None)]
        ) if isinstance(operator, (ast.Is, ast.IsNot)):
            return Guard("none", name, isinstance(operator, ast.Is))
        case _:
            return OTHER


def negated(guard: Guard) -> Guard:
    """The guard of what runs where the test is false."""
    return replace(guard, holds=not guard.holds)
