"""Attributes that nothing but the making of an instance assigns."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model.declared import Assigned, Class, Scope
from asynclint.model.resolve import Resolver

_MAKERS = ("__init__", "__post_init__", "__new__")


class Lasting:
    """What is assigned to attributes of classes, in all of their line and by whom; kept by name."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._assigned: dict[tuple[Class, str], tuple[Assigned, ...]] = {}
        self._others: dict[tuple[Class, str], frozenset[Scope]] = {}

    def assigned(self, cls: Class, name: str) -> tuple[Assigned, ...]:
        """All that is assigned to an attribute in a class, its bases and its subclasses."""
        key = (cls, name)
        if key not in self._assigned:
            given = (each.attributes.get(name, ()) for each in self._family(cls, name))
            self._assigned[key] = tuple(one for each in given for one in each)
        return self._assigned[key]

    def is_stable(self, cls: Class, name: str, own: Scope) -> bool:
        """Whether only the making of an instance, or the function of `own`, assigns it."""
        return self._assigning(cls, name) <= {own}

    def is_kept(self, cls: Class, name: str, own: Scope) -> bool:
        """Whether an attribute holds one object as long as the instance lives."""
        return bool(self.assigned(cls, name)) and self.is_stable(cls, name, own)

    def _assigning(self, cls: Class, name: str) -> frozenset[Scope]:
        """The functions, but for those that make instances, that assign an attribute."""
        key = (cls, name)
        if key not in self._others:
            scopes = {a.scope for a in self.assigned(cls, name) if a.scope is not None}
            inner = frozenset(scope for scope in scopes if scope.kind != "class")
            self._others[key] = inner - self._making(cls, name) if inner else inner
        return self._others[key]

    def _making(self, cls: Class, name: str) -> frozenset[Scope]:
        """The functions that make instances, of the classes that assign an attribute."""
        method = self._resolver.classes.method
        found = (method(each, maker) for each in self._family(cls, name) for maker in _MAKERS)
        return frozenset(each.scope for each in found if each is not None)

    def _family(self, cls: Class, name: str) -> Iterator[Class]:
        """A class, its bases, and those of its subclasses that have a name of their own for it."""
        classes = self._resolver.classes
        yield from (each for each in classes.line(cls) if isinstance(each, Class))
        yield from classes.heirs_with(cls, name)
