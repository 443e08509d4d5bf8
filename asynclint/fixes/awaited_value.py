"""What awaiting a coroutine object gives, and how values are iterated, as far as is declared."""

from __future__ import annotations

import ast

import libcst as cst

from asynclint.fixes.kit import Kit
from asynclint.flow.story import Subject
from asynclint.model.declared import Class
from asynclint.model.shapes import shape_of
from asynclint.model.values import (
    ASYNC_GENERATOR,
    GENERATOR,
    UNKNOWN,
    Const,
    Func,
    Inst,
    Lib,
    Made,
    Many,
    Method,
    Partial,
    Table,
    Thing,
    Unknown,
    Value,
    join,
    one,
    without_none,
)

_SCALARS = frozenset(f"builtins.{name}" for name in ("int", "float", "complex", "bool", "object"))


def is_of_library(subject: Subject) -> bool:
    """Whether a library's function made the object."""
    return isinstance(_callee(subject.by), Lib | Method)


def offers(kit: Kit, subject: Subject, method: str) -> bool | None:
    """Whether the result of awaiting an object has a special method; None if that is not known."""
    answers = {_offers(kit, thing, method) for thing in _result(kit, subject)}
    return answers.pop() if len(answers) == 1 else None


def iteration(kit: Kit, expression: cst.BaseExpression) -> str:
    """How to iterate a value: 'async', 'plain', '' where it is neither; by the declarations.

    Of what is not known most can be iterated plainly, so 'plain' stands for it, too.
    """
    shape = shape_of(as_ast(kit.text(expression)))
    value = kit.program.resolver.shape(shape, kit.unit.scope)
    found = {_iteration(kit, thing) for thing in without_none(value)}
    return found.pop() if len(found) == 1 else ""


def _iteration(kit: Kit, thing: Thing) -> str:
    match thing:
        case Many(kind=kind):
            return "async" if kind == "async" else "plain"
        case Table() | Inst(of="builtins.str" | "builtins.bytes"):
            return "plain"
        case Const(value=value):
            return "plain" if isinstance(value, str | bytes) else ""
        case Made(cls=cls):
            return {ASYNC_GENERATOR: "async", GENERATOR: "plain"}.get(cls, "")
        case Inst(of=Class() as cls):
            if _class_offers(kit, cls, "__aiter__"):
                return "async"
            return "" if _class_offers(kit, cls, "__iter__") is False else "plain"
        case Inst(of=str(name)):
            if kit.program.resolver.facts.method(name, "__aiter__"):
                return "async"
            return "" if name in _SCALARS else "plain"
        case Unknown():
            return "plain"
        case _:
            return ""


def as_ast(text: str) -> ast.expr | None:
    """The tree of an expression; None if it has none."""
    try:
        return ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _callee(thing: Thing | None) -> Thing | None:
    while isinstance(thing, Partial):
        thing = thing.callee
    return thing


def _result(kit: Kit, subject: Subject) -> Value:
    resolver = kit.program.resolver
    by = _callee(subject.by)
    if isinstance(by, Func):
        function = by.function
        declared = resolver.annotation(function.returns, function.scope)
        if declared != UNKNOWN or not function.results:
            return declared
        return join(*(resolver.shape(result, function.scope) for result in function.results))
    fact = resolver.fact_of(by) if by is not None else None
    known = fact is not None and fact.returns not in ("", "argument")
    return one(Inst(fact.returns)) if fact is not None and known else UNKNOWN


def _offers(kit: Kit, thing: Thing, method: str) -> bool | None:
    match thing:
        case Made(cls=cls):
            return cls == ASYNC_GENERATOR and method in ("__aiter__", "__anext__")
        case Inst(of=Class() as cls):
            return _class_offers(kit, cls, method)
        case Inst(of=str(name)) if name.startswith("builtins."):
            return False  # no builtin class is asynchronous
        case Inst(of=str(name)):
            return True if kit.program.resolver.facts.method(name, method) else None
        case Const() | Table():
            return False
        case _:
            return None


def _class_offers(kit: Kit, cls: Class, method: str) -> bool | None:
    for entry in kit.program.resolver.classes.line(cls):
        if isinstance(entry, Class):
            if method in entry.scope.bindings:
                return True
        elif entry is None:
            return None
        elif entry != "builtins.object":
            return True if kit.program.resolver.facts.method(entry, method) else None
    return False
