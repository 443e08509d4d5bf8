"""What awaiting a coroutine object gives, as far as annotations, returns and facts tell."""

from __future__ import annotations

from asynclint.fixes.kit import Kit
from asynclint.flow.story import Subject
from asynclint.model.declared import Class
from asynclint.model.values import (
    ASYNC_GENERATOR,
    UNKNOWN,
    Const,
    Func,
    Inst,
    Lib,
    Made,
    Method,
    Partial,
    Table,
    Thing,
    Value,
    join,
    one,
)


def is_of_library(subject: Subject) -> bool:
    """Whether a library's function made the object."""
    return isinstance(_callee(subject.by), Lib | Method)


def offers(kit: Kit, subject: Subject, method: str) -> bool | None:
    """Whether the result of awaiting an object has a special method; None if that is not known."""
    answers = {_offers(kit, thing, method) for thing in _result(kit, subject)}
    return answers.pop() if len(answers) == 1 else None


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
