"""Which names matter behind a point: what no path reads any more need not be kept apart."""

from __future__ import annotations

from dataclasses import dataclass, field

from asynclint.model.components import components
from asynclint.visitor import ops
from asynclint.visitor.ops import Block, Branch, Dispatch, Graph, Jump, Next


@dataclass(slots=True)
class _Part:
    """A block: what it reads before it binds it, what it binds, and what may follow."""

    read: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    after: list[int] = field(default_factory=list)
    handler: int | None = None

    @property
    def following(self) -> list[int]:
        """All blocks that may follow."""
        return self.after if self.handler is None else [*self.after, self.handler]


class Liveness:
    """What holds of the blocks of a graph.

    live: for each block, the names and remembered tests (`?test`) that it or a block behind it may
    read. cyclic: the blocks that a path can come to again.
    """

    def __init__(self, graph: Graph) -> None:
        parts = [_part(block) for block in graph.blocks]
        self.live = _live(parts)
        self.cyclic = _cyclic(parts)
        self._captured = graph.captured

    def is_dead(self, slot: str, block: int) -> bool:
        """Whether nothing reads a name any more from the beginning of a block on."""
        if "%" in slot or slot in self._captured:
            return False
        return slot not in self.live[block]


def _part(block: Block) -> _Part:
    part = _Part(handler=block.handler)
    for op in block.ops:
        match op:
            case ops.Load(name=name):
                part.read |= {name} - part.bound
            case ops.Store(name=name) | ops.Delete(name=name):
                part.bound.add(name)
            case ops.Define(name=name, captures=captures):
                part.read |= captures - part.bound
                part.bound.add(name)
            case _:
                pass
    match block.end:
        case Jump(target=target):
            part.after = [target]
        case Branch(test=test, yes=yes, no=no):
            part.after = [yes, no]
            part.read |= {f"?{test.key}", f"?{test.name}"} | ({test.name, test.loop} - part.bound)
        case Next(body=body, done=done):
            part.after = [body, done]
        case Dispatch(targets=targets):
            part.after = list(targets)
        case _:
            pass
    return part


def _live(parts: list[_Part]) -> list[frozenset[str]]:
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
