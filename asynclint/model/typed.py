"""Collections of which the type or the display is known: what comes out of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from asynclint.facts import Kind
from asynclint.model.values import (
    COROUTINE,
    NONE,
    UNKNOWN,
    Const,
    Func,
    Giving,
    Inst,
    Made,
    Many,
    Table,
    Thing,
    Unknown,
    Value,
    join,
    one,
    ordered,
)

_OWNERS = {
    "list": "builtins.list",
    "deque": "collections.deque",
    "tuple": "builtins.tuple",
    "set": "builtins.set",
    "dict": "builtins.dict",
}
_SEQUENCES = ("list", "deque", "tuple")


def many(kind: str, element: Value, value: Value = frozenset()) -> Value:
    """A collection of one type; UNKNOWN where nothing is known of what it holds."""
    if element == UNKNOWN and value in (UNKNOWN, frozenset()):
        return UNKNOWN
    return one(Many(kind, shared(element), shared(value)))


def row(parts: tuple[Value, ...]) -> Value:
    """A tuple of known length; UNKNOWN where nothing is known of its items."""
    if all(part == UNKNOWN for part in parts):
        return UNKNOWN
    parts = tuple(shared(part) for part in parts)
    return one(Many("tuple", join(*parts), parts=parts))


def shared(value: Value) -> Value:
    """The same objects, which others may know and get as well."""
    if not any(isinstance(thing, Made) for thing in value):
        return value
    return frozenset(replace(t, shared=True) if isinstance(t, Made) else t for t in value)


def owner(thing: Thing) -> str:
    """The class of a collection under which the facts know its methods, '' if none."""
    return _OWNERS.get(thing.kind, "") if isinstance(thing, (Many, Table)) else ""


def elements(thing: Thing, *, is_async: bool = False) -> Value:
    """What going through a collection gives, each time round."""
    match thing:
        case Many(kind=kind, element=element):
            return element if is_async == (kind == "async") else UNKNOWN
        case Table(kind="dict", items=items) if not is_async:
            keys = [UNKNOWN if key is None else one(Const(key)) for key, _ in items]
            return UNKNOWN if thing.filled else _any(keys)
        case Table() if not is_async:
            return _held(thing)
        case _:
            return UNKNOWN


def _held(table: Table) -> Value:
    """Any of the things that a display holds."""
    if table.filled:
        return UNKNOWN
    found = _any([shared(value) for _, value in table.items])
    return found if is_known(found) else _of_one_kind([value for _, value in table.items])


def _of_one_kind(values: list[Value]) -> Value:
    """Too many to be told apart: coroutine functions, if they all are."""
    first: Func | None = None
    for value in values:
        for thing in ordered(value):
            if not isinstance(thing, Func) or thing.function.kind is not Kind.COROUTINE:
                return UNKNOWN
            first = first or thing
    return (
        UNKNOWN if first is None else one(Giving(one(Made(COROUTINE, first)), first.function.name))
    )


def _any(values: list[Value]) -> Value:
    return join(*values) if values else UNKNOWN


def item(thing: Thing, key: object, *, is_known: bool) -> Value:
    """What stands under a key, which may be known only to be some key."""
    match thing:
        case Many(kind="dict", value=value):
            return value
        case Many(parts=parts) if parts and is_known and isinstance(key, int):
            return parts[key] if -len(parts) <= key < len(parts) else UNKNOWN
        case Many(kind=kind, element=element) if kind in _SEQUENCES:
            return element
        case Table(items=items) if is_known and all(name is not None for name, _ in items):
            same = [value for name, value in items if name == key]
            return shared(same[-1]) if same else UNKNOWN
        case Table():
            return _held(thing)
        case _:
            return UNKNOWN


def part(thing: Thing, index: int) -> Value:
    """The part at a position when a collection is unpacked."""
    match thing:
        case Many(kind="dict" | "set" | "iterable", element=element):
            return element
        case Table(kind="list" | "tuple"):
            return item(thing, index, is_known=True)
        case Many(kind=kind) if kind in _SEQUENCES:
            return item(thing, index, is_known=True)
        case _:
            return UNKNOWN


def method(thing: Thing, name: str, args: Sequence[Value] | None = None) -> Value:
    """What a method of a collection gives when it is called.

    args: its positional arguments, None where they are not known.
    """
    if not isinstance(thing, (Many, Table)):
        return UNKNOWN
    if thing.kind != "dict":
        way = _OF_OTHERS.get(name)
        return way(thing) if way is not None else UNKNOWN
    if name in _LOOKING_UP:
        return _looked_up(thing, name, args)
    way = _OF_MAPPINGS.get(name)
    return way(thing) if way is not None else UNKNOWN


def _looked_up(thing: Thing, name: str, args: Sequence[Value] | None) -> Value:
    if not args:
        return UNKNOWN
    found = under(thing, args[0])
    if len(args) > 1:
        return join(found, args[1])
    return join(found, NONE) if name == "get" else found


def under(thing: Thing, key: Value) -> Value:
    """What stands under a key."""
    constant = next(iter(key)) if len(key) == 1 else None
    is_known = isinstance(constant, Const)
    return item(thing, constant.value if isinstance(constant, Const) else None, is_known=is_known)


def _value(thing: Thing) -> Value:
    return item(thing, None, is_known=False)


def _pair(thing: Thing) -> Value:
    return row((elements(thing), _value(thing)))


_Way = Callable[[Thing], Value]
_LOOKING_UP = ("get", "pop", "setdefault")
_OF_MAPPINGS: dict[str, _Way] = {
    "popitem": _pair,
    "values": lambda thing: many("iterable", _value(thing)),
    "keys": lambda thing: many("iterable", elements(thing)),
    "items": lambda thing: many("iterable", _pair(thing)),
    "copy": one,
}
_OF_OTHERS: dict[str, _Way] = {
    "pop": elements,
    "popleft": elements,
    "copy": one,
    "union": one,
    "difference": one,
    "intersection": one,
}


def is_known(value: Value) -> bool:
    """Whether a value says anything at all."""
    return bool(value) and Unknown() not in value


def is_kind_of(value: Value, declared: Value) -> bool:
    """Whether there are several objects, and all are of the one kind that is declared."""
    kinds = {each.cls if isinstance(each, Made) else None for each in value | declared}
    return len(value) > 1 == len(declared) == len(kinds) and None not in kinds


def handing_out(manager: str, value: Value) -> Value:
    """A context manager of a library that binds what it was given: `closing(x)`."""
    return one(Inst(manager, exact=True, args=(shared(value),))) if is_known(value) else UNKNOWN


def giving(result: Value, label: str) -> Value:
    """A callable of which the result is known; UNKNOWN where it is not."""
    return one(Giving(result, label)) if is_known(result) else UNKNOWN
