"""Attributes of values, and the facts about library callables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.facts import Fact, Kind
from asynclint.model import typed
from asynclint.model.calling import instance
from asynclint.model.declared import Class
from asynclint.model.values import (
    UNKNOWN,
    Const,
    Inst,
    Klass,
    Lib,
    Made,
    Many,
    Method,
    Mod,
    Obj,
    Partial,
    Super,
    Table,
    Thing,
    Value,
    join,
    one,
    ordered,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver


class Members:
    """Looks attributes up."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def attribute(self, value: Value, name: str) -> Value:
        """What an attribute of a value is; None has none that anybody asks for."""
        return join(*(self._of(thing, name) for thing in ordered(value) if thing != Const(None)))

    def _of(self, thing: Thing, name: str) -> Value:
        resolver = self._resolver
        match thing:
            case Lib(name=owner):
                return one(Lib(resolver.canonical(f"{owner}.{name}")))
            case Mod(module=module):
                return resolver.member(module, name) or UNKNOWN
            case Inst(of=Class()):
                return resolver.classes.attribute(thing, name)
            case Inst(of="pytest.FixtureRequest", args=args) if name == "param" and args:
                return args[0]
            case Inst(of=str(owner)):
                fact = resolver.facts.method(owner, name)
                if fact is not None and fact.kind is Kind.ATTRIBUTE:
                    return typed.shared(instance(fact.returns, thing))
                return one(Method(thing, name))
            case Made() | Obj() | Many() | Table():
                return one(Method(thing, name))
            case Klass(cls=cls):
                return resolver.classes.on_class(thing, name)
            case Super(cls=cls):
                return resolver.classes.above(cls, name)
            case Const(value=str() | bytes() as value):
                return one(Method(Inst(f"builtins.{type(value).__name__}"), name))
            case Partial(callee=callee) if name == "func":
                return one(callee)
            case _:
                return UNKNOWN

    def fact_of(self, thing: Thing) -> Fact | None:
        """The fact of a library callable, or of a method of a library's object."""
        facts = self._resolver.facts
        match thing:
            case Lib(name=name):
                return facts.get(name)
            case Method(owner=Inst(of=str(owner)), name=name):
                return facts.method(owner, name)
            case Method(owner=Made(cls=owner), name=name):
                return facts.method(owner, name)
            case Method(owner=Many() | Table() as collection, name=name):
                owner = typed.owner(collection)
                return facts.method(owner, name) if owner else None
            case Partial(callee=callee):
                return self.fact_of(callee)
            case _:
                return None
