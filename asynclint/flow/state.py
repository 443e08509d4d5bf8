"""The state at one point of one path: what names hold, and how tracked objects fare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from asynclint.model.values import (
    UNKNOWN,
    Const,
    Method,
    Obj,
    Partial,
    Picked,
    Thing,
    Value,
    join,
)
from asynclint.visitor.ops import Slot

FRESH = -1  # not consumed yet
MIXED = -2  # consumed on some way that led here, or by somebody unknown: nothing may be said


@dataclass(frozen=True, slots=True)
class Record:
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
    shrunk: something was taken out of a container.
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


class State:
    """What holds on one path. Copied where paths part; compared by its frozen content."""

    __slots__ = ("dirty", "env", "heap")

    def __init__(self, env: dict[Slot, Value], heap: dict[Obj, Record]) -> None:
        self.env = env
        self.heap = heap
        self.dirty = True

    def copy(self) -> State:
        """An independent copy."""
        return State(dict(self.env), dict(self.heap))

    def key(self) -> object:
        """Equal for states between which nothing differs."""
        return (frozenset(self.env.items()), frozenset(self.heap.items()))

    def get(self, slot: Slot) -> Value:
        """The value in a slot."""
        return self.env.get(slot, UNKNOWN)

    def assign(self, slot: Slot, value: Value) -> None:
        """Puts a value into a slot."""
        self.env[slot] = value
        if isinstance(slot, str):
            self.dirty = True

    def record(self, thing: Thing) -> Record | None:
        """The record of a tracked object."""
        return self.heap.get(thing) if isinstance(thing, Obj) else None

    def update(self, obj: Obj, **changes: object) -> None:
        """Changes fields of an object's record."""
        self.heap[obj] = replace(self.heap[obj], **changes)  # type: ignore[arg-type]
        self.dirty = True

    def objects(self, value: Value) -> Iterator[tuple[Obj, Record]]:
        """The tracked objects among the alternatives of a value."""
        for thing in sorted((t for t in value if isinstance(t, Obj)), key=_order):
            record = self.heap.get(thing)
            if record is not None:
                yield thing, record

    # making and losing objects ----------------------------------------------------------------

    def make(self, site: int, record: Record) -> Obj:
        """A new object of a site; the one that the site made before becomes an old one."""
        newest = Obj(site)
        if newest in self.heap:
            self._age(site)
        self.heap[newest] = record
        self.dirty = True
        return newest

    def _age(self, site: int) -> None:
        newest, old = Obj(site), Obj(site, 1)
        record = self.heap.pop(newest)
        if old in self.heap:
            record = merged(self.heap[old], record)
        self.heap[old] = record
        swap = {newest: old}
        for slot, value in self.env.items():
            self.env[slot] = _swapped(value, swap)
        for obj, held in self.heap.items():
            if newest in held.items or held.of == newest or held.keyed:
                self.heap[obj] = replace(
                    held,
                    items=_swapped(held.items, swap),
                    of=old if held.of == newest else held.of,
                    keyed=tuple((k, _swapped(v, swap)) for k, v in held.keyed),
                )

    def reachable(self) -> set[Obj]:
        """The objects that some name still leads to."""
        found: set[Obj] = set()
        waiting = [t for value in self.env.values() for t in value]
        while waiting:
            obj = _inside(waiting.pop())
            if not isinstance(obj, Obj) or obj in found or obj not in self.heap:
                continue
            found.add(obj)
            record = self.heap[obj]
            waiting.extend(record.items)
            waiting.extend(t for _, value in record.keyed for t in value)
            if record.of is not None:
                waiting.append(record.of)
        return found

    def escape(self, value: Value) -> None:
        """Somebody unknown gets to know these objects, and all that they hold."""
        waiting = list(value)
        while waiting:
            obj = _inside(waiting.pop())
            record = self.record(obj)
            if record is None or record.escaped:
                continue
            assert isinstance(obj, Obj)
            self.update(obj, escaped=True)
            waiting.extend(record.items)
            if record.of is not None:
                waiting.append(record.of)


def _inside(thing: Thing) -> Thing:
    """The object that something leads to: `loop` for `loop.run_forever`."""
    while True:
        match thing:
            case Picked(container=inner) | Method(owner=inner) | Partial(callee=inner):
                thing = inner
            case _:
                return thing


def _order(obj: Obj) -> tuple[int, int]:
    return (obj.site, obj.age)


def _swapped(value: Value, swap: dict[Obj, Obj]) -> Value:
    if not any(t in swap or isinstance(t, Picked) for t in value):
        return value
    return frozenset(_swap_thing(t, swap) for t in value)


def _swap_thing(thing: Thing, swap: dict[Obj, Obj]) -> Thing:
    if isinstance(thing, Picked) and thing.container in swap:
        return replace(thing, container=swap[thing.container])
    return swap.get(thing, thing) if isinstance(thing, Obj) else thing


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
        each=agree(one.each, other.each),
        repeated=one.repeated and other.repeated,
        picked=one.picked if one.picked == other.picked else ((None, MIXED),),
        read=one.read or other.read,
        closed=agree(one.closed, other.closed),
        ticked=one.ticked or other.ticked,
        shrunk=one.shrunk or other.shrunk,
    )


def joined(one: State, other: State) -> State:
    """A state that holds on either path; where they differ, nothing may be said."""
    env = {slot: join(one.env[slot], other.env[slot]) for slot in one.env.keys() & other.env.keys()}
    heap = dict(one.heap)
    for obj, record in other.heap.items():
        heap[obj] = merged(heap[obj], record) if obj in heap else record
    return State(env, heap)


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


_DISPLAYS = ("list", "tuple", "set", "dict")
_ALWAYS_TRUE = ("coroutine", "async_generator", "generator", "asyncio.Task", "asyncio.Future")
