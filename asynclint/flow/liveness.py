"""Which slots matter behind a point: what no path reads any more need not be kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from asynclint.model.components import components
from asynclint.visitor import ops
from asynclint.visitor.ops import Block, Branch, Dispatch, Graph, Jump, Next, Slot


@dataclass(slots=True)
class _Part:
    """A block: what it reads before it binds it, what it binds, and what may follow."""

    read: set[Slot] = field(default_factory=set)
    bound: set[Slot] = field(default_factory=set)
    after: list[int] = field(default_factory=list)
    handler: int | None = None

    @property
    def following(self) -> list[int]:
        """All blocks that may follow."""
        return self.after if self.handler is None else [*self.after, self.handler]


class Liveness:
    """What holds of the blocks of a graph.

    live: for each block, the slots and remembered tests (`?test`) that it or a block behind it may
    read. cyclic: the blocks that a path can come to again. rank: for each block, how far from the
    entry it stands: behind all that lead to it, but for those that a loop leads back from.
    ops: the operations by their numbers. broken_off: the iterations that `break` can leave.
    """

    def __init__(self, graph: Graph) -> None:
        parts = [_part(block) for block in graph.blocks]
        self.live = _live(parts)
        self.cyclic = _cyclic(parts)
        self.rank = _rank(parts)
        self.ops = {op.id: op for block in graph.blocks for op in block.ops}
        self.broken_off = {op.it for op in self.ops.values() if isinstance(op, ops.Leave)}
        self._captured = graph.captured

    def is_dead(self, slot: Slot, block: int) -> bool:
        """Whether nothing reads a slot any more from the beginning of a block on."""
        if slot in self.live[block]:
            return False
        return isinstance(slot, int) or not (slot[0] == "%" or slot in self._captured)


def _part(block: Block) -> _Part:
    part = _Part(handler=block.handler)
    read, bound = part.read, part.bound
    for op in block.ops:
        for slot in _slots_read(op):
            if isinstance(slot, int) and slot not in bound:
                read.add(slot)
        match op:
            case ops.Load(name=name):
                if name not in bound:
                    read.add(name)
            case ops.Store(name=name) | ops.Delete(name=name):
                part.bound.add(name)
            case ops.Define(name=name, captures=captures):
                part.read |= captures - part.bound
                part.bound.add(name)
            case _:
                pass
        if isinstance(dst := getattr(op, "dst", None), int):
            bound.add(dst)
    match block.end:
        case Jump(target=target):
            part.after = [target]
        case Branch(slot=slot, test=test, yes=yes, no=no):
            part.after = [yes, no]
            part.read |= {slot} - part.bound
            part.read |= {f"?{test.key}", f"?{test.name}"} | ({test.name, test.loop} - part.bound)
        case Next(body=body, done=done):
            part.after = [body, done]
        case Dispatch(targets=targets):
            part.after = list(targets)
        case _:
            pass
    return part


def _slots_read(op: ops.Op) -> Iterator[Slot | None]:
    """The slots that an operation reads."""
    kind: Any = type(op)
    single, several, arguments = _reading(kind)
    for name in single:
        yield getattr(op, name)
    for name in several:
        yield from getattr(op, name)
    for name in arguments:
        for arg in getattr(op, name):
            yield arg.slot


@cache
def _reading(kind: type[Any]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The fields of a kind of operation that say which slots it reads."""
    names = [each.name for each in fields(kind)]
    return (
        tuple(name for name in names if name in _SINGLE),
        tuple(name for name in names if name in ("keys", "uses")),
        tuple(name for name in names if name in ("args", "items")),
    )


_SINGLE = ("base", "container", "func", "key", "left", "right", "src")


def _rank(parts: list[_Part]) -> list[int]:
    """The place of each block in reverse postorder; the body of a loop comes before its end."""
    done: list[int] = []
    met = {0}
    stack = [(0, iter(_far_first(parts[0])))]
    while stack:
        index, rest = stack[-1]
        following = next((each for each in rest if each not in met), None)
        if following is None:
            done.append(index)
            stack.pop()
        else:
            met.add(following)
            stack.append((following, iter(_far_first(parts[following]))))
    rank = [len(parts)] * len(parts)
    for place, index in enumerate(reversed(done)):
        rank[index] = place
    return rank


def _far_first(part: _Part) -> list[int]:
    handler = [] if part.handler is None else [part.handler]
    return [*handler, *reversed(part.after)]


def _live(parts: list[_Part]) -> list[frozenset[Slot]]:
    before: list[list[int]] = [[] for _ in parts]
    for index, part in enumerate(parts):
        for following in part.following:
            before[following].append(index)
    live = [set(part.read) for part in parts]
    waiting = list(range(len(parts)))
    while waiting:
        index = waiting.pop()
        for previous in before[index]:
            part = parts[previous]
            # An exception may come before the block has bound anything.
            wanted = live[index] if part.handler == index else live[index] - part.bound
            if not wanted <= live[previous]:
                live[previous] |= wanted
                waiting.append(previous)
    return [frozenset(each) for each in live]


def _cyclic(parts: list[_Part]) -> frozenset[int]:
    found: set[int] = set()
    done: set[int] = set()
    for start in range(len(parts)):
        if start in done:
            continue
        for group in components(start, lambda index: parts[index].following, done):
            done.update(group)
            if len(group) > 1 or group[0] in parts[group[0]].following:
                found.update(group)
    return frozenset(found)
