"""The state at one point of one path: what names hold, and how tracked objects fare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from operator import itemgetter
from typing import NamedTuple, TypeVar

from asynclint.model.values import (
    LOOP,
    UNKNOWN,
    Code,
    Const,
    Func,
    Inst,
    Method,
    Obj,
    Partial,
    Picked,
    Thing,
    Value,
    join,
)
from asynclint.visitor.ops import Slot

Slotted = TypeVar("Slotted", str, int)

FRESH = -1  # not consumed yet
MIXED = -2  # consumed on some way that led here, or by somebody unknown: nothing may be said


class Record(NamedTuple):
    """One tracked object.

    cls: what it is (`coroutine`, `asyncio.Task`, `list` ...). by: the callable that made it.
    spent: the operation that consumed it, FRESH or MIXED. failed: that consumption raised.
    doubtful: the consumption raised and may not even have begun (`asyncio.run` where a loop runs).
    escaped: somebody else may know the object. origin: 'made', 'parameter', 'element', 'shared',
    'global'.
    of: for an element, its container. items, keyed: what a container holds, and what under known
    keys.
    each: how the elements of a container that cannot be told apart stand, as `spent` does.
    repeated: the container holds one object more than once. picked: which elements were consumed by
    key, and by which operation; the key None stands for one that is not known.
    closed: the operation that closed a loop. ticked: the loop may have run since a task was made.
    shrunk: something was taken out of a container. idle: a loop that was asked, and does not run.
    A tuple, because records are made and compared all the time.
    """

    cls: str
    by: Thing | None = None
    spent: int = FRESH
    failed: bool = False
    doubtful: bool = False
    escaped: bool = False
    origin: str = "made"
    of: Obj | None = None
    items: Value = frozenset()
    keyed: tuple[tuple[object, Value], ...] = ()
    each: int = FRESH
    repeated: bool = False
    picked: tuple[tuple[object, int], ...] = ()
    read: bool = False
    closed: int = FRESH
    ticked: bool = False
    shrunk: bool = False
    idle: bool = False


class State:
    """What holds on one path. Copied where paths part; compared by its frozen content.

    env: what names hold. temps: results of expressions, until their statement ends. dirty: since
    an exception was last thought of, something has changed that a handler could see. turns: how
    many times the path has gone back to the head of a loop.
    """

    __slots__ = ("dirty", "env", "heap", "temps", "turns")

    def __init__(
        self,
        env: dict[str, Value],
        heap: dict[Obj, Record],
        temps: dict[int, Value] | None = None,
        turns: int = 0,
    ) -> None:
        self.env = env
        self.heap = heap
        self.temps = temps if temps is not None else {}
        self.dirty = True
        self.turns = turns

    def copy(self) -> State:
        """An independent copy."""
        return State(self.env.copy(), self.heap.copy(), self.temps.copy(), self.turns)

    def key(self) -> object:
        """Equal for states between which nothing differs."""
        temps = frozenset(self.temps.items()) if self.temps else None
        return (frozenset(self.env.items()), frozenset(self.heap.items()), temps)

    def get(self, slot: Slot) -> Value:
        """The value in a slot."""
        if isinstance(slot, int):
            return self.temps.get(slot, UNKNOWN)
        return self.env.get(slot, UNKNOWN)

    def assign(self, slot: Slot, value: Value) -> None:
        """Puts a value into a slot."""
        if isinstance(slot, int):
            self.temps[slot] = value
        else:
            self.env[slot] = value
            self.dirty = True

    def narrow(self, slot: Slot, value: Value) -> None:
        """Less is known to be in a slot, if there is anything."""
        if isinstance(slot, int):
            if slot in self.temps:
                self.temps[slot] = value
        elif slot in self.env:
            self.env[slot] = value

    def record(self, thing: Thing) -> Record | None:
        """The record of a tracked object."""
        return self.heap.get(thing) if isinstance(thing, Obj) else None

    def update(self, obj: Obj, **changes: object) -> None:
        """Changes fields of an object's record."""
        self.heap[obj] = self.heap[obj]._replace(**changes)  # type: ignore[arg-type]
        self.dirty = True

    def objects(self, value: Value) -> list[tuple[Obj, Record]]:
        """The tracked objects among the alternatives of a value."""
        heap = self.heap
        found = [(t, heap[t]) for t in value if isinstance(t, Obj) and t in heap]
        return sorted(found, key=itemgetter(0)) if len(found) > 1 else found

    # making and losing objects ----------------------------------------------------------------

    def make(self, site: int, record: Record) -> Obj:
        """A new object of a site; the one that the site made before becomes an old one."""
        newest = Obj(site)
        if newest in self.heap:
            self.age(site)
        self.heap[newest] = record
        self.dirty = True
        return newest

    def age(self, site: int) -> None:
        """The newest object of a site becomes an old one."""
        newest, old = Obj(site), Obj(site, 1)
        record = self.heap.pop(newest)
        if old in self.heap:
            record = merged(self.heap[old], record)
        self.heap[old] = record
        swap = {newest: old}
        self.env = {slot: swapped(value, swap) for slot, value in self.env.items()}
        self.temps = {slot: swapped(value, swap) for slot, value in self.temps.items()}
        self.heap = {obj: swapped_record(held, swap) for obj, held in self.heap.items()}

    def reachable(self, known: Iterable[Obj] = ()) -> set[Obj]:
        """The objects that some name, or one of those that are known anyway, still leads to."""
        heap = self.heap
        if not heap:
            return set()
        values = (*self.env.values(), *self.temps.values())
        waiting = [obj for value in values for obj in objects_in(value)]
        waiting.extend(known)
        found: set[Obj] = set()
        while waiting:
            obj = waiting.pop()
            if obj not in found and (record := heap.get(obj)) is not None:
                found.add(obj)
                waiting += held(record)
        return found

    def escape(self, value: Value) -> None:
        """Somebody unknown gets to know these objects, and all that they hold."""
        waiting = list(objects_in(value))
        while waiting:
            obj = waiting.pop()
            record = self.heap.get(obj)
            if record is not None and not record.escaped:
                self.update(obj, escaped=True)
                waiting += held(record)


def objects_in(value: Value) -> tuple[Obj, ...]:
    """The objects to which the alternatives of a value lead directly: a loop, for its `close`."""
    found: list[Obj] = []
    for thing in value:
        if type(thing) is Obj:
            found.append(thing)
        elif type(thing) in _LEADING:
            for inner in inside(thing):
                found += (inner,) if type(inner) is Obj else objects_in(frozenset((inner,)))
    return tuple(found) if len(found) < 2 else tuple(sorted(set(found)))  # noqa: PLR2004 - none or one


def inside(thing: Thing) -> tuple[Thing, ...]:
    """The things that a value leads to: `loop` for `loop.run_forever`."""
    match thing:
        case Picked(container=inner) | Method(owner=inner) | Partial(callee=inner):
            return (inner,)
        case Inst(at=Obj() as obj) | Func(this=Inst(at=Obj() as obj), env=()):
            return (obj,)
        case Func(this=this, env=env):
            held = tuple(t for _, value in env for t in value)
            return held if this is None or this.at is None else (*held, this.at)
        case Code(env=env):
            return tuple(t for _, value in env for t in value)
        case _:
            return ()


def held(record: Record) -> tuple[Obj, ...]:
    """All that an object leads to directly."""
    if not record.items and not record.keyed and record.of is None:
        return ()
    known = _HELD.get(id(record))
    if known is None:
        if len(_HELD) >= _MOST_HELD:
            _HELD.clear()
        # The record is kept with the answer: no other can come to be at its address.
        known = _HELD[id(record)] = (record, _look_into(record))
    return known[1]


def _look_into(record: Record) -> tuple[Obj, ...]:
    found = list(objects_in(record.items))
    for _, value in record.keyed:
        found += objects_in(value)
    if record.of is not None:
        found.append(record.of)
    return tuple(dict.fromkeys(found))


def forget_held() -> None:
    """Lets go of all records: they keep their whole program alive."""
    _HELD.clear()


#: By address: the same few records stand in many states, and their contents are costly to compare.
_HELD: dict[int, tuple[Record, tuple[Obj, ...]]] = {}
_MOST_HELD = 16_384


def swapped(value: Value, swap: Mapping[Obj, Obj]) -> Value:
    """A value in which objects have been put in the place of others."""
    if swap.keys().isdisjoint(objects_in(value)):
        return value
    return frozenset(swap_thing(t, swap) for t in value)


def swap_thing(thing: Thing, swap: Mapping[Obj, Obj]) -> Thing:
    """A thing in which objects have been put in the place of others."""
    match thing:
        case Obj():
            return swap.get(thing, thing)
        case Picked(container=container):
            return replace(thing, container=swap.get(container, container))
        case Inst(at=Obj() as obj) if obj in swap:
            return replace(thing, at=swap[obj])
        case Method(owner=owner):
            return replace(thing, owner=swap_thing(owner, swap))
        case Partial(callee=callee):
            return replace(thing, callee=swap_thing(callee, swap))
        case Func(this=this, env=env) if this is not None or env:
            receiver = swap_thing(this, swap) if this is not None else None
            assert receiver is None or isinstance(receiver, Inst)
            return replace(thing, this=receiver, env=_swapped_env(env, swap))
        case Code(env=env) if env:
            return replace(thing, env=_swapped_env(env, swap))
        case _:
            return thing


def _swapped_env(
    env: tuple[tuple[str, Value], ...], swap: Mapping[Obj, Obj]
) -> tuple[tuple[str, Value], ...]:
    return tuple((name, swapped(value, swap)) for name, value in env)


def swapped_record(record: Record, swap: Mapping[Obj, Obj]) -> Record:
    """A record in which objects have been put in the place of others."""
    if swap.keys().isdisjoint(held(record)):
        return record
    return record._replace(
        items=swapped(record.items, swap),
        of=swap.get(record.of, record.of) if record.of is not None else None,
        keyed=tuple((k, swapped(v, swap)) for k, v in record.keyed),
    )


def merged(one: Record, other: Record) -> Record:
    """One record for objects, or paths, that are no longer told apart."""
    same = one.cls == other.cls

    def agree(left: int, right: int) -> int:
        return left if left == right else MIXED

    return Record(
        cls=one.cls if same else "unknown",
        by=one.by if one.by == other.by else None,
        spent=agree(one.spent, other.spent),
        failed=one.failed and other.failed,
        doubtful=one.doubtful or other.doubtful,
        escaped=one.escaped or other.escaped or not same,
        origin=one.origin if one.origin == other.origin else "shared",
        of=one.of if one.of == other.of else None,
        items=one.items | other.items,
        keyed=one.keyed if one.keyed == other.keyed else (),
        # What is in the one only may or may not be in both: nothing is said of it.
        each=agree(one.each, other.each) if one.items == other.items else MIXED,
        repeated=one.repeated and other.repeated,
        picked=one.picked if one.picked == other.picked else ((None, MIXED),),
        read=one.read or other.read,
        closed=agree(one.closed, other.closed),
        ticked=one.ticked or other.ticked,
        shrunk=one.shrunk or other.shrunk,
        idle=one.idle and other.idle,
    )


def joined(one: State, other: State) -> State:
    """A state that holds on either path; where they differ, nothing may be said."""
    heap = one.heap.copy()
    for obj, record in other.heap.items():
        known = heap.get(obj)
        if known is None:
            heap[obj] = record
        elif known != record:
            heap[obj] = merged(known, record)
    turns = max(one.turns, other.turns)
    return State(_joined(one.env, other.env), heap, _joined(one.temps, other.temps), turns)


def _joined(one: dict[Slotted, Value], other: dict[Slotted, Value]) -> dict[Slotted, Value]:
    found: dict[Slotted, Value] = {}
    for slot, value in one.items():
        theirs = other.get(slot)
        if theirs is not None:
            found[slot] = value if value is theirs or value == theirs else join(value, theirs)
    return found


def truth(value: Value, state: State) -> bool | None:
    """Whether a value is true; None if that is not known."""
    answers = {_truth(thing, state) for thing in value}
    return answers.pop() if len(answers) == 1 else None


def _truth(thing: Thing, state: State) -> bool | None:
    if isinstance(thing, Const):
        return bool(thing.value)
    record = state.record(thing)
    if record is None:
        return None
    filled = bool(record.items) and not (record.escaped or record.shrunk)
    if record.cls in _ALWAYS_TRUE or (filled and record.cls in _DISPLAYS):
        return True
    return None


_LEADING = frozenset({Code, Func, Inst, Method, Partial, Picked})  # see `inside`
_DISPLAYS = ("list", "tuple", "set", "dict")
#: None of these has `__bool__` or `__len__`: `if loop:` asks whether there is a loop.
_ALWAYS_TRUE = (
    "coroutine",
    "async_generator",
    "generator",
    "asyncio.Task",
    "asyncio.Future",
    LOOP,
)
