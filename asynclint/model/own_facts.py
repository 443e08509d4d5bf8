"""What the facts know of a package whose source is the program's own.

Its source tells first. What that does not say (a method that a decorator puts on a class, the file
that a context manager gives) the facts fill in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asynclint.facts import Fact
from asynclint.model import typed
from asynclint.model.declared import Class, Function, Import, Scope
from asynclint.model.values import UNKNOWN, Hint, Inst, Lib, Method, Value, one

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_OPEN = one(Hint(UNKNOWN))


class OwnFacts:
    """Looks declarations of the program up in the facts, by their dotted names."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def member(self, cls: Class, name: str) -> Value:
        """A method of which no class of the program declares anything."""
        dotted = f"{cls.scope.module.name}.{cls.qualname}"
        if self._resolver.facts.get(dotted) is None:
            return UNKNOWN
        fact = self._resolver.facts.method(dotted, name)
        return one(Method(Inst(dotted), name)) if fact is not None else UNKNOWN

    def named(self, value: Value, home: Scope, name: str) -> Value:
        """What a name means: the facts know more of a type that its declaration leaves open."""
        if value != _OPEN or home.kind != "module":
            return value
        fact = self._resolver.facts.get(f"{home.module.name}.{name}")
        return value if fact is None else one(Lib(fact.name))

    def completed(self, function: Function, value: Value) -> Value:
        """What a call gives, with what `with` makes of it where only the facts know that."""
        fact = self._resolver.facts.get(f"{function.scope.module.name}.{function.qualname}")
        if fact is None or function.scope.module.library:
            return value
        for is_async in (False, True):
            entered = self._entered(fact, function, is_async=is_async)
            known = self._resolver.entered(value, is_async=is_async)
            if typed.is_known(entered) and not typed.is_known(known):
                value = frozenset(
                    replace(t, args=(entered,)) if isinstance(t, Inst) else t for t in value
                )
        return value

    def _entered(self, fact: Fact, function: Function, *, is_async: bool) -> Value:
        """What the facts say that `with` gives: an instance of the program's class of that name."""
        made = self._resolver.fact_result(fact, Lib(fact.name))
        found = self._resolver.entered(made, is_async=is_async)
        return frozenset(
            Inst(cls)
            if isinstance(t, Inst)
            and isinstance(t.of, str)
            and (cls := self._declared(t.of, function))
            else t
            for t in found
        )

    def _declared(self, dotted: str, function: Function) -> Class | None:
        """The class of the program that goes by a dotted name, whatever decorates it."""
        module, _, name = dotted.rpartition(".")
        binding = Import(dotted, name)
        target = self._resolver.project.imported(binding, function.scope.module)
        bound = target.scope.bindings.get(name, ()) if target is not None else ()
        (only,) = bound if len(bound) == 1 and module else (None,)
        return only if isinstance(only, Class) else None
