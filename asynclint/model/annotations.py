"""What annotations say: the objects that a name, a parameter or a result may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.model import typed
from asynclint.model.declared import Class, Scope
from asynclint.model.shapes import (
    Either,
    Generic,
    Literal,
    Packed,
    Ref,
    Shape,
    Union,
    written,
)
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    FUTURE,
    LOOP,
    NONE,
    TASK,
    THREAD_FUTURE,
    UNKNOWN,
    Const,
    Hint,
    Inst,
    Klass,
    Lib,
    Made,
    Thing,
    Value,
    join,
    one,
)

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_TRACKED = (TASK, FUTURE, THREAD_FUTURE, LOOP)
_TYPING = ("typing.", "typing_extensions.", "collections.abc.", "types.")
_GENERIC = (*_TYPING, "builtins.", "collections.", "contextlib.")
_TRANSPARENT = ("Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar")
_ONE_SHOT = {
    "Coroutine": COROUTINE,
    "CoroutineType": COROUTINE,
    "AsyncGenerator": ASYNC_GENERATOR,
    "AsyncGeneratorType": ASYNC_GENERATOR,
    "AsyncIterator": ASYNC_GENERATOR,
}
_OF_ONE = {
    **dict.fromkeys(("list", "List", "Sequence", "MutableSequence"), "list"),
    **dict.fromkeys(("deque", "Deque"), "deque"),
    **dict.fromkeys(("set", "Set", "frozenset", "FrozenSet", "AbstractSet", "MutableSet"), "set"),
    **dict.fromkeys(("Iterable", "Iterator", "Generator", "Collection", "Reversible"), "iterable"),
    **dict.fromkeys(("ValuesView", "KeysView", "Container"), "iterable"),
    "AsyncIterable": "async",
}
_OF_TWO = (
    *("dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict"),
    *("OrderedDict", "ChainMap", "MappingProxyType"),
)
_MOST = 12  # alternatives of a union that are looked at


class Annotations:
    """Reads annotations; what it cannot read may be anything."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def instance(self, shape: Shape, scope: Scope) -> Value:
        """An object of which an annotation tells the type."""
        match shape:
            case Literal(value=None):
                return NONE
            case Literal(value=str(text)):
                return self.instance(written(text), scope)
            case Either(options=options) | Union(options=options):
                return self._any_of(options, scope)
            case Generic(base=base, args=args):
                return self._generic(base, args, scope)
            case Packed(kind=kind, of=of):
                element = self.instance(of, scope)
                return typed.many("tuple", element) if kind == "args" else _keyed(element)
            case Ref():
                return self._named(shape, scope)
            case _:
                return UNKNOWN

    def _any_of(self, options: tuple[Shape, ...], scope: Scope) -> Value:
        if len(options) > _MOST:
            return UNKNOWN
        return join(*(self.instance(option, scope) for option in options))

    def _generic(self, base: Shape, args: tuple[Shape, ...], scope: Scope) -> Value:
        value = self._resolver.shape(base, scope)
        if len(value) != 1:
            return UNKNOWN
        (thing,) = value
        if not isinstance(thing, Lib) or not thing.name.startswith(_GENERIC):
            return self._object(thing, scope)
        name = thing.name.rpartition(".")[2]
        if not args:
            return self._object(thing, scope)
        if name == "Optional":
            return join(NONE, self.instance(args[0], scope))
        if name == "Union":
            return self._any_of(args, scope)
        if name in _TRANSPARENT:
            return self.instance(args[0], scope)
        return self._collection(name, args, thing, scope)

    def _collection(self, name: str, args: tuple[Shape, ...], thing: Lib, scope: Scope) -> Value:
        if name in _OF_ONE:
            found = typed.many(_OF_ONE[name], self.instance(args[0], scope))
        elif name in _OF_TWO and len(args) > 1:
            key, value = (self.instance(arg, scope) for arg in args[:2])
            found = typed.many("dict", key, value)
        elif name in ("tuple", "Tuple"):
            found = self._tuple(args, scope)
        elif name == "ItemsView" and len(args) > 1:
            found = typed.many("iterable", typed.row(tuple(self.instance(a, scope) for a in args)))
        elif name in ("type", "Type"):
            return self._class(args[0], scope)
        elif name == "Callable" and len(args) > 1:
            return typed.giving(self.instance(args[-1], scope), "")
        else:
            found = UNKNOWN
        return found if typed.is_known(found) else self._object(thing, scope)

    def _tuple(self, args: tuple[Shape, ...], scope: Scope) -> Value:
        if len(args) > 1 and args[1] == Literal(...):
            return typed.many("tuple", self.instance(args[0], scope))
        return typed.row(tuple(self.instance(arg, scope) for arg in args))

    def _class(self, shape: Shape, scope: Scope) -> Value:
        """`type[X]`: the class, or one that inherits from it."""
        instances = self.instance(shape, scope)
        classes: set[Thing] = set()
        for thing in instances:
            if not isinstance(thing, Inst) or not isinstance(thing.of, Class):
                return UNKNOWN
            classes.add(Klass(thing.of, exact=False))
        return frozenset(classes)

    def _named(self, shape: Ref, scope: Scope) -> Value:
        value = self._resolver.shape(shape, scope) - NONE  # a name that an import may lack
        if len(value) != 1:
            return UNKNOWN
        (thing,) = value
        return self._object(thing, scope)

    def _object(self, thing: Thing, scope: Scope) -> Value:
        """An instance of what a name in an annotation stands for."""
        match thing:
            case Klass(cls=cls):
                return one(Inst(cls))
            case Hint(instances=instances):
                return instances
            case Lib(name=name) if name.startswith(_TYPING):
                return self._special(name.rpartition(".")[2], scope)
            case Lib(name=name):
                return one(Made(name, shared=True) if name in _TRACKED else Inst(name))
            case Const(value=str(text)):
                return self.instance(written(text), scope)
            case _:
                return UNKNOWN

    def _special(self, name: str, scope: Scope) -> Value:
        if name == "Self":
            owner = self._resolver.owner(scope)
            return one(Inst(owner)) if owner is not None else UNKNOWN
        made = _ONE_SHOT.get(name)
        return one(Made(made)) if made else UNKNOWN


def _keyed(element: Value) -> Value:
    return typed.many("dict", one(Inst("builtins.str")), element)
