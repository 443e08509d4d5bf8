"""Hooks: methods that a library calls by itself, as its facts tell."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from asynclint.facts import Fact
from asynclint.model.declared import Function

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver


class Hooks:
    """Finds out who calls a method."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def plain_caller(self, method: Function) -> str:
        """The library class that calls a method of a class without await; '' if none for sure."""
        assert method.owner is not None
        resolver = self._resolver
        home = method.owner.scope.parent or method.owner.scope
        for shape in method.owner.decorators:
            for fact in resolver.decorator_facts_of(shape, home):
                if any(fnmatchcase(method.name, hook) for hook in fact.sync_hooks):
                    return fact.name
        for base in (*resolver.classes.line(method.owner)[1:], "builtins.object"):
            if base is None:
                return ""
            if not isinstance(base, str):
                continue
            for fact in self._ancestry(base):
                if any(fnmatchcase(method.name, hook) for hook in fact.async_hooks):
                    return ""
                if any(fnmatchcase(method.name, hook) for hook in fact.sync_hooks):
                    return "Python" if fact.name == "builtins.object" else fact.name
            if resolver.facts.get(base) is None:
                return ""
        return ""

    def _ancestry(self, name: str) -> Iterator[Fact]:
        waiting = [name]
        while waiting:
            fact = self._resolver.facts.get(waiting.pop(0))
            if fact is not None:
                yield fact
                waiting.extend(fact.bases)
