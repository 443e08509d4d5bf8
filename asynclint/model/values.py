"""Values: what a name or an expression may stand for, as sets of things.

A value is a frozenset of alternatives; a rule may only rely on what holds for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import NamedTuple, get_args

from asynclint.model.declared import Class, Function, Module

COROUTINE = "coroutine"
ASYNC_GENERATOR = "async_generator"
ASYNC_ITERABLE = "async_iterable"  # any other object that only `async for` goes through
GENERATOR = "generator"
TASK = "asyncio.Task"
FUTURE = "asyncio.Future"
THREAD_FUTURE = "concurrent.futures.Future"
LOOP = "asyncio.AbstractEventLoop"
REQUEST = "pytest.FixtureRequest"  # of a fixture; args: what `param` is


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything at all."""


@dataclass(frozen=True, slots=True)
class Const:
    """A constant, or a tested truth value where `value` is True or False."""

    value: object


@dataclass(frozen=True, slots=True)
class Lib:
    """A function, class or module of a library, by its canonical dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Mod:
    """A module of the analysed program, or of an installed package whose source can be read."""

    module: Module


@dataclass(frozen=True, slots=True)
class Func:
    """A function of the analysed program; `bound` once its receiver is known.

    this: the receiver, where it is a tracked instance. env: what the free names of a nested
    function stood for where it was defined, if tracked objects are among them.
    """

    function: Function
    bound: bool = False
    this: Inst | None = None
    env: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Klass:
    """A class of the analysed program; `exact` unless it may be a subclass (`cls`, `type[X]`)."""

    cls: Class
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Inst:
    """An instance of a class, of the program or (a dotted name) of a library.

    `exact` where the object was seen made; else subclasses are possible. at: the tracked object
    that it is, where its attributes are known. args: of a generic class, what it is one of.
    """

    of: Class | str
    exact: bool = False
    at: Obj | None = None
    args: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Super:
    """`super()` in a method of a class: attributes are looked up behind the class."""

    cls: Class


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh object of a kind whose life matters: a coroutine object, a task, a loop ...

    `by` is the callable that made it; `shared` where further calls give the same object again.
    """

    cls: str
    by: Thing | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Partial:
    """A callable that calls another: `functools.partial(f, ...)`; calling it gives `f`'s result.

    given: how many positional arguments it has already.
    """

    callee: Thing
    given: int = 0


@dataclass(frozen=True, slots=True)
class Giving:
    """A callable of which only the result is known: a lambda, a wrapper of a decorator.

    runs: what runs when the result is entered by `with`.
    """

    result: Value
    label: str = "lambda"
    runs: Thing | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A collection that a display declares: what it holds, under which keys where they are known.

    kind: 'list', 'tuple', 'set' or 'dict'. filled: whether more is put into it elsewhere.
    """

    items: tuple[tuple[object, Value], ...]
    kind: str = "dict"
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    """A collection of which only the type is known: `dict[str, Door]`, `tuple[Door, int]`.

    kind: 'list', 'deque', 'tuple', 'set', 'dict', 'iterable' (nothing but iteration is known of it)
    or 'async' (only `async for` goes through it). element: what iteration gives. value: of a
    mapping, what stands under its keys. parts: the items of a tuple of known length.
    """

    kind: str
    element: Value
    value: Value = frozenset()
    parts: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """A type that is no class of its own: `list[Door]`, `A | B`, a TypeVar, a NewType.

    instances: what an object of that type is.
    """

    instances: Value


@dataclass(frozen=True, slots=True)
class Code:
    """A lambda, by the unit of its body (compared by identity).

    env: what its free names stood for where it was made, if tracked objects are among them.
    """

    unit: object
    env: tuple[tuple[str, Value], ...] = ()


class Obj(NamedTuple):
    """A tracked object of the function under analysis: where it was made, and how long ago.

    `site` numbers the operation that makes it. `age` 0 is the newest object of that site; 1 stands
    for all older ones together (a loop makes one each time round). A tuple, because objects are
    compared all the time.
    """

    site: int
    age: int = 0


@dataclass(frozen=True, slots=True)
class Method:
    """An attribute of an object, called as a method; `name` is looked up when it is called."""

    owner: Thing
    name: str


@dataclass(frozen=True, slots=True)
class Picked:
    """Some element of a container, taken by a key that is not known (`jobs[name]`)."""

    container: Obj
    key: object


@dataclass(frozen=True, slots=True)
class Turn:
    """The current value of a loop variable over something unknown: differs each time round."""

    loop: int


Thing = (
    Unknown
    | Const
    | Lib
    | Mod
    | Func
    | Klass
    | Inst
    | Super
    | Made
    | Partial
    | Giving
    | Table
    | Many
    | Hint
    | Code
    | Obj
    | Method
    | Picked
    | Turn
)
Value = frozenset[Thing]
_THINGS: tuple[type, ...] = get_args(Thing)

UNKNOWN: Value = frozenset({Unknown()})
NONE: Value = frozenset({Const(None)})
LIMIT = 8  # more alternatives than this say nothing any more


def one(thing: Thing) -> Value:
    """The value that is this thing for sure."""
    if type(thing) is Lib or (type(thing) is Inst and thing.at is None and not thing.args):
        return _the_same(thing)
    return frozenset({thing})


@lru_cache(maxsize=16_384)  # a few of them stand for most things that are kept
def _the_same(thing: Lib | Inst) -> Value:
    return frozenset({thing})


def join(*values: Value) -> Value:
    """Any of the values."""
    if len(values) == 1 and len(values[0]) == 1:
        return values[0]
    joined = frozenset().union(*values)
    if len(joined) > LIMIT or Unknown() in joined:
        return UNKNOWN
    # One of the values, where it is equal: so many are kept that their size counts.
    return next((value for value in values if len(value) == len(joined)), joined)


def without_none(value: Value) -> Value:
    """The value when it is used as an object: None would fail before any of this matters."""
    rest = value - NONE
    return rest or value


def ordered(value: Value) -> tuple[Thing, ...]:
    """The alternatives in an order that is the same in every run."""
    return tuple(value) if len(value) == 1 else _sorted(value)


def forget_values() -> None:
    """Lets go of all values that are remembered: they keep their whole program alive."""
    _sorted.cache_clear()
    _the_same.cache_clear()


@lru_cache(maxsize=16_384)  # the texts of the same few values are asked for over and over
def _sorted(value: Value) -> tuple[Thing, ...]:
    return tuple(sorted(value, key=_text))


def _text(part: object) -> str:
    """A text that is the same in every run: sets have an order of their own in each."""
    if isinstance(part, frozenset):
        return "{" + ",".join(sorted(map(_text, part))) + "}"
    if isinstance(part, Obj):
        return f"Obj({part.site},{part.age})"
    if isinstance(part, tuple):
        return "(" + ",".join(map(_text, part)) + ")"
    if is_dataclass(part) and isinstance(part, _THINGS):
        texts = (_text(getattr(part, each.name)) for each in fields(part))
        return f"{type(part).__name__}({','.join(texts)})"
    return repr(part)
