"""Protocols and abstract methods: what they promise, and what does not keep it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asynclint.facts import Kind
from asynclint.model.calling import last_name, promises_iteration
from asynclint.model.declared import Class, Function, Module
from asynclint.model.shapes import OPAQUE, Generic, Literal
from asynclint.model.values import ASYNC_GENERATOR, COROUTINE, UNKNOWN, Func, Inst, Lib, Made, Thing

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_AWAITABLE = ("Awaitable", "Coroutine", "CoroutineType", "Future", "Task")
_PROTOCOL = (Lib("typing.Protocol"), Lib("typing_extensions.Protocol"))


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A method that makes something else than what its declaration promises.

    promised, made: 'coroutine' or 'async_generator'; `promised` is 'awaitable' where any awaitable
    object is meant.
    """

    declared: Function
    method: Function
    promised: str
    made: str


class Protocols:
    """Compares the methods of classes with what Protocols and abstract bases declare."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def is_protocol(self, cls: Class) -> bool:
        """Whether the class itself is declared a Protocol: those that inherit from one are not."""
        home = cls.scope.parent or cls.scope
        named = (base.base if isinstance(base, Generic) else base for base in cls.bases)
        return any(t in _PROTOCOL for base in named for t in self._resolver.shape(base, home))

    def fitting(self, thing: Thing) -> bool:
        """Whether of an object no more is known than that it fits a Protocol."""
        cls = thing.of if isinstance(thing, Inst) else None
        return isinstance(cls, Class) and self.is_protocol(cls)

    def meant(self, cls: Class) -> list[Class]:
        """The Protocols that a class is meant to fit, though nothing says so.

        They stand in its module or in one that it imports; the class has all of their methods, with
        parameters of the same names, and these are not so few that it could be by chance.
        """
        known = self._resolver.memory.get(("meant", cls), lambda _: self._fitting(cls))
        return known if isinstance(known, list) else []

    def _fitting(self, cls: Class) -> list[Class]:
        near = self._near(cls.scope.module)
        known = () if cls in near else near
        return [protocol for protocol in known if self._fits(protocol, cls)]

    def _near(self, module: Module) -> list[Class]:
        """The Protocols of a module and of those that it imports."""
        known = self._resolver.memory.get(("protocols", module), lambda _: self._of_module(module))
        return known if isinstance(known, list) else []

    def _of_module(self, module: Module) -> list[Class]:
        modules = (module, *self._resolver.project.imports(module))
        found = (each for near in modules for each in near.classes)
        return [each for each in found if self.is_protocol(each)]

    def _fits(self, protocol: Class, cls: Class) -> bool:
        evidence = 0
        for declared in self._methods(protocol):
            method = self._resolver.classes.inherited(cls, declared.name)
            if method is None or _names(method) != _names(declared):
                return False
            evidence += 0 if declared.name.startswith("__") else len(_names(declared))
        return evidence > 1

    def _methods(self, protocol: Class) -> Iterator[Function]:
        """What a class must have to fit a Protocol."""
        for entry in self._resolver.classes.line(protocol):
            for name in entry.scope.bindings if isinstance(entry, Class) else ():
                method = self._resolver.classes.inherited(protocol, name)
                if method is not None:
                    yield method

    def mismatch(self, method: Function) -> Mismatch | None:
        """How a method differs from the one that it replaces, or that a Protocol wants."""
        classes, owner = self._resolver.classes, method.owner
        if owner is None or classes.method(owner, method.name) is not method:
            return None
        for base in classes.line(owner)[1:]:
            if base is None or isinstance(base, str):
                break
            declared = classes.method(base, method.name)
            if declared is not None:
                return self.compare(declared, method)
        found: Mismatch | None = None
        for protocol in self.meant(owner):
            declared = classes.inherited(protocol, method.name)
            if declared is None or not self.promised(declared):
                continue
            differs = self.compare(declared, method)
            if differs is None:
                return None  # it fits one of them
            found = found or differs
        return found

    def compare(self, declared: Function, method: Function) -> Mismatch | None:
        """How a method breaks the promise of the one that it implements, None if it keeps it."""
        promised, made = self.promised(declared), self.makes(method)
        if not promised or not made or promised == made:
            return None
        if promised == "awaitable" and made == COROUTINE:
            return None
        return Mismatch(declared, method, promised, made)

    def promised(self, declared: Function) -> str:
        """What callers of a method may count on: '' if nothing is said.

        A plain `def` promises by its annotation, an `async def` by its kind; but the stub of one
        may only have lost its `yield`, if its annotation does not tell.
        """
        outcome = self._resolver.decoration(declared)
        if outcome.value != frozenset({Func(declared)}) or outcome.binding != "plain":
            return ""
        match declared.kind:
            case Kind.ASYNC_GENERATOR:
                return ASYNC_GENERATOR
            case Kind.COROUTINE:
                return COROUTINE if not declared.stub or _says_what(declared) else ""
            case Kind.FUNCTION if promises_iteration(declared):
                return ASYNC_GENERATOR
            case Kind.FUNCTION if last_name(declared.returns) in _AWAITABLE:
                return "awaitable"
            case _:
                return ""

    def makes(self, method: Function) -> str:
        """What calling a method makes: a coroutine, an async generator, or '' for the rest."""
        outcome = self._resolver.decoration(method)
        made = self._resolver.call(outcome.value) if outcome.binding == "plain" else UNKNOWN
        kinds = {thing.cls for thing in made if isinstance(thing, Made)}
        kind = kinds.pop() if len(kinds) == len(made) == 1 else ""
        return kind if kind in (COROUTINE, ASYNC_GENERATOR) else ""


def _names(function: Function) -> tuple[str, ...]:
    """The name of a method and those of its parameters, the receiver's aside."""
    return (function.name, *(p.name for p in function.parameters[1:]))


def _says_what(function: Function) -> bool:
    """Whether an annotation names a plain result."""
    known = function.returns not in (OPAQUE, Literal(None))
    return known and not promises_iteration(function)
