"""What declared expressions are worth: shapes to values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.facts import Fact, Kind
from asynclint.model import typed
from asynclint.model.declared import Scope
from asynclint.model.frames import Arguments, Frame
from asynclint.model.guarded import answer
from asynclint.model.shapes import (
    Awaited,
    CallShape,
    Comprehension,
    Display,
    Either,
    Element,
    Entered,
    Generic,
    LambdaShape,
    Literal,
    Member,
    Part,
    Ref,
    Shape,
    Union,
)
from asynclint.model.values import (
    UNKNOWN,
    Const,
    Func,
    Hint,
    Inst,
    Klass,
    Lib,
    Partial,
    Table,
    Thing,
    Value,
    join,
    one,
    without_none,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_TYPING = ("typing.", "typing_extensions.")


class Expressions:
    """Evaluates shapes in a scope, within the application of a function where there is one."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def value(self, shape: Shape, scope: Scope, frame: Frame | None = None) -> Value:
        """What an expression is worth."""
        resolver = self._resolver
        match shape:
            case Ref(parts=parts):
                value = resolver.name(parts[0], scope, frame)
                for part in parts[1:]:
                    value = resolver.attribute(value, part)
                return value
            case Member(base=base, name=name):
                return resolver.attribute(self.value(base, scope, frame), name)
            case CallShape():
                return self._call(shape, scope, frame)
            case Literal(value=value):
                return one(Const(value))
            case Either():
                return self._either(shape, scope, frame)
            case LambdaShape(body=body):
                return typed.giving(self.value(body, scope, frame), "lambda")
            case Display() | Comprehension():
                return self._collection(shape, scope, frame)
            case Union(options=options):
                instances = (resolver.annotation(option, scope) for option in options)
                return one(Hint(join(*instances)))
            case Generic():
                return self._subscript(shape, scope, frame)
            case _:
                return self._taken(shape, scope, frame)

    def _taken(self, shape: Shape, scope: Scope, frame: Frame | None) -> Value:
        """What is taken out of something: awaited, entered, iterated, unpacked."""
        resolver = self._resolver
        match shape:
            case Awaited(of=of):
                return resolver.awaited(self.value(of, scope, frame))
            case Entered(of=of, is_async=is_async):
                return resolver.entered(self.value(of, scope, frame), is_async=is_async)
            case Element(of=of, is_async=is_async):
                return resolver.elements(self.value(of, scope, frame), is_async=is_async)
            case Part(of=of, index=index):
                return resolver.part(self.value(of, scope, frame), index)
            case _:
                return UNKNOWN

    def _either(self, shape: Either, scope: Scope, frame: Frame | None) -> Value:
        options = shape.options
        if shape.guard is not None and frame is not None:
            known = answer(self._resolver, shape.guard, scope, frame)
            if known is not None:
                options = options[:1] if known else options[1:]
        elif shape.guard is None and len(options) > 1:
            values = [self.value(option, scope, frame) for option in options]
            return join(*(without_none(value) for value in values[:-1]), values[-1])
        return join(*(self.value(option, scope, frame) for option in options))

    def _collection(
        self, shape: Display | Comprehension, scope: Scope, frame: Frame | None
    ) -> Value:
        if isinstance(shape, Comprehension):
            element = self.value(shape.element, scope, frame)
            if shape.kind == "dict":
                return typed.many("dict", UNKNOWN, element)
            return typed.many(shape.kind, element)
        values = (self.value(item, scope, frame) for item in shape.items)
        return one(Table(tuple(zip(shape.keys, values, strict=True)), shape.kind))

    def _subscript(self, shape: Generic, scope: Scope, frame: Frame | None) -> Value:
        """Of a type, its instances; of a collection, an item."""
        base = without_none(self.value(shape.base, scope, frame))
        if all(isinstance(thing, (Lib, Klass, Hint)) for thing in base):
            return one(Hint(self._resolver.annotation(shape, scope)))
        key = self.value(shape.key, scope, frame) if shape.key is not None else UNKNOWN
        return self._resolver.item(base, key)

    # calls ------------------------------------------------------------------------------------

    def _call(self, shape: CallShape, scope: Scope, frame: Frame | None) -> Value:
        callees = self.value(shape.callee, scope, frame)
        if len(callees) != 1:
            return self._resolver.call(callees)
        (thing,) = callees
        match thing:
            case Lib(name=name):
                return self._call_library(thing, name, shape, scope, frame)
            case Func() | Partial() | Inst() | Klass():
                return self._resolver.call_one(thing, self.arguments(shape, scope, frame))
            case _:
                return self._resolver.call_one(thing)

    def arguments(self, shape: CallShape, scope: Scope, frame: Frame | None) -> Arguments:
        """The arguments of a call."""
        keywords = {name: self.value(given, scope, frame) for name, given in shape.keywords}
        complete = "**" not in keywords
        keywords.pop("**", None)
        positional = [self.value(arg, scope, frame) for arg in shape.args]
        return Arguments(positional, keywords, complete)

    def _call_library(
        self, thing: Thing, name: str, shape: CallShape, scope: Scope, frame: Frame | None
    ) -> Value:
        first = shape.args[0] if shape.args else None
        if name.startswith(_TYPING):
            return self._declared_type(name.rpartition(".")[2], thing, shape, scope, frame)
        if first is None:
            return self._resolver.call_one(thing)
        if name == "functools.partial":
            given = len(shape.args) - 1
            return frozenset(Partial(t, given) for t in self.value(first, scope, frame))
        if name == "builtins.getattr" and len(shape.args) > 1:
            return self._by_name(shape, scope, frame)
        fact = self._resolver.fact_of(thing)
        if fact is None:
            return self._resolver.call_one(thing)
        return self._by_fact(fact, thing, shape, scope, frame)

    def _by_fact(
        self, fact: Fact, thing: Thing, shape: CallShape, scope: Scope, frame: Frame | None
    ) -> Value:
        if fact.returns == "argument" and fact.argument < len(shape.args):
            given = self.value(shape.args[fact.argument], scope, frame)
            return typed.handing_out(fact.name, given) if fact.kind is Kind.CLASS else given
        if fact.decorates and len(shape.args) == 1 and not shape.keywords:
            value = self.value(shape.args[0], scope, frame)
            outcome = self._resolver.decorate(fact, value)
            if outcome.binding == "plain":
                return outcome.value
            return self._resolver.call_one(thing) if outcome.binding == "property" else UNKNOWN
        return self._resolver.call_one(thing)

    def _by_name(self, shape: CallShape, scope: Scope, frame: Frame | None) -> Value:
        """`getattr(x, "name")`; a default may come back in its place."""
        owner, name, *default = (self.value(arg, scope, frame) for arg in shape.args)
        if len(name) != 1:
            return UNKNOWN
        (constant,) = name
        if not isinstance(constant, Const) or not isinstance(constant.value, str):
            return UNKNOWN
        return join(self._resolver.attribute(owner, constant.value), *default)

    def _declared_type(
        self, name: str, thing: Thing, shape: CallShape, scope: Scope, frame: Frame | None
    ) -> Value:
        """`TypeVar("T", bound=X)`, `NewType("N", X)`, `cast(X, value)`."""
        resolver = self._resolver
        given = shape.args[1:]
        if name == "NewType" and given:
            return one(Hint(resolver.annotation(given[0], scope)))
        if name == "TypeVar":
            bounds = [bound for key, bound in shape.keywords if key == "bound"] or [*given]
            return one(Hint(join(*(resolver.annotation(b, scope) for b in bounds)) or UNKNOWN))
        if name == "cast" and given:
            declared = resolver.annotation(shape.args[0], scope)
            if typed.is_known(declared) and not any(map(resolver.protocols.fitting, declared)):
                return declared
            value = self.value(given[0], scope, frame)
            return value if typed.is_known(value) else declared
        return resolver.call_one(thing)
