"""Which names of installed packages make coroutine objects, as their own source tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from asynclint.facts import Kind
from asynclint.model.declared import Binding, Class, Function, Import, Module
from asynclint.model.values import Func, Inst, Klass, Mod, Value

if TYPE_CHECKING:
    from asynclint.engine.reach import Reach
    from asynclint.model.resolve import Resolver

_ASYNC = (Kind.COROUTINE, Kind.ASYNC_GENERATOR)
_DEPTH = 3  # `package.module.Class`


class Installed:
    """Reads no more of a package than the way from an imported name to its declaration."""

    def __init__(self, resolver: Resolver, reach: Reach) -> None:
        self._resolver = resolver
        self._reach = reach
        self._methods: dict[Class, frozenset[str]] = {}

    def words(self, module: Module) -> frozenset[str]:
        """The names through which a module of the program may get a coroutine object."""
        found: set[str] = set()
        for scope in module.scopes():
            names = [n for n, bound in scope.bindings.items() if self._any_leads(bound, module)]
            for star in scope.stars:
                names += self._starred(star, module)
            for name in dict.fromkeys(names):
                value = self._resolver.name(name, scope)
                found.update(self._told(name, value, module.mentions, _DEPTH))
        return frozenset(found)

    def _any_leads(self, bindings: list[Binding], module: Module) -> bool:
        for binding in bindings:
            if isinstance(binding, Import) and self._is_installed(binding, module):
                names = (binding.member,) if binding.member else ("", *sorted(module.mentions))
                if any(self._leads(binding, name, module) for name in names):
                    return True
        return False

    def _starred(self, star: Import, module: Module) -> list[str]:
        """The names that a module may have from a star import of a library."""
        if not self._is_installed(star, module):
            return []
        free = sorted(module.mentions - module.scope.bindings.keys())
        return [name for name in free if self._leads(star, name, module)]

    def _is_installed(self, binding: Import, module: Module) -> bool:
        return self._resolver.project.installed(binding, module)

    def _leads(self, binding: Import, name: str, module: Module) -> bool:
        written = binding.near or binding.dotted
        if binding.member and not binding.near:
            written = written.removesuffix(f".{binding.member}")
        return self._reach.leads(written, name, self._resolver.project.path(module))

    def _told(self, name: str, value: Value, mentions: frozenset[str], depth: int) -> Iterator[str]:
        """What tells of a coroutine object in a use of `name`, which has this value."""
        for thing in value:
            match thing:
                case Func(function=function):
                    yield from self._of_function(name, function, thing)
                case Klass(cls=cls) | Inst(of=Class() as cls):
                    yield from self._of_class(cls)
                case Mod(module=module) if depth:
                    path = self._resolver.project.path(module)
                    for inner in sorted(mentions):
                        if self._reach.leads_from(path, inner):
                            member = self._resolver.member(module, inner)
                            if member is not None:
                                yield from self._told(inner, member, mentions, depth - 1)
                case _:
                    pass

    def _of_function(self, name: str, function: Function, thing: Func) -> Iterator[str]:
        if function.kind in _ASYNC or function.decorators:
            yield name
        else:
            for made in self._resolver.result(function, thing):
                if isinstance(made, Inst) and isinstance(made.of, Class):
                    yield from self._of_class(made.of)

    def _of_class(self, cls: Class) -> frozenset[str]:
        """The methods of a class, inherited ones too, that are declared `async def`."""
        if cls not in self._methods:
            line = [c for c in self._resolver.classes.line(cls) if isinstance(c, Class)]
            bound = (b for c in line for each in c.scope.bindings.values() for b in each)
            self._methods[cls] = frozenset(
                b.name for b in bound if isinstance(b, Function) and b.kind in _ASYNC
            )
        return self._methods[cls]
