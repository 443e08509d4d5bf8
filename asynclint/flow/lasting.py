"""Attributes that nothing but the making of an instance assigns."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model.declared import Assigned, Class, Scope
from asynclint.model.resolve import Resolver

_MAKERS = ("__init__", "__post_init__", "__new__")


class Lasting:
    """What is assigned to attributes of classes, in all of their line and by whom; kept by name.

    exact, wherever it is asked for: whether an instance is known to be one of the very class, so
    that its subclasses do not count.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._assigned: dict[tuple[Class, str, bool], tuple[Assigned, ...]] = {}
        self._others: dict[tuple[Class, str, bool], frozenset[Scope]] = {}

    def assigned(self, cls: Class, name: str, *, exact: bool) -> tuple[Assigned, ...]:
        """All that is assigned to an attribute in a class, its bases and its subclasses."""
        key = (cls, name, exact)
        if key not in self._assigned:
            given = (each.attributes.get(name, ()) for each in self._family(key))
            self._assigned[key] = tuple(one for each in given for one in each)
        return self._assigned[key]

    def is_stable(self, cls: Class, name: str, own: Scope, *, exact: bool) -> bool:
        """Whether only the making of an instance, or the function of `own`, assigns it."""
        # The class itself first: of the others more may have to be read.
        return all(
            self._assigning((cls, name, only_here)) <= {own}
            for only_here in ((True,) if exact else (True, False))
        )

    def is_kept(self, cls: Class, name: str, own: Scope, *, exact: bool) -> bool:
        """Whether an attribute holds one object as long as the instance lives."""
        return self.is_stable(cls, name, own, exact=exact) and bool(
            self.assigned(cls, name, exact=exact)
        )

    def _assigning(self, key: tuple[Class, str, bool]) -> frozenset[Scope]:
        """The functions, but for those that make instances, that assign an attribute."""
        if key not in self._others:
            cls, name, exact = key
            given = self.assigned(cls, name, exact=exact)
            scopes = {each.scope for each in given if each.scope is not None}
            inner = frozenset(scope for scope in scopes if scope.kind != "class")
            self._others[key] = inner - self._making(key) if inner else inner
        return self._others[key]

    def _making(self, key: tuple[Class, str, bool]) -> frozenset[Scope]:
        """The functions that make instances, of the classes that assign an attribute."""
        method = self._resolver.classes.method
        found = (method(each, maker) for each in self._family(key) for maker in _MAKERS)
        return frozenset(each.scope for each in found if each is not None)

    def _family(self, key: tuple[Class, str, bool]) -> Iterator[Class]:
        """A class, its bases, and those of its subclasses that have a name of their own for it."""
        cls, name, exact = key
        classes = self._resolver.classes
        yield from (each for each in classes.line(cls) if isinstance(each, Class))
        if not exact:
            yield from classes.heirs_with(cls, name)
