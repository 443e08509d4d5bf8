"""Builds a graph block by block: what the statement and expression visitors share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import libcst as cst

from asynclint.visitor import ops
from asynclint.visitor.ops import Block, Branch, End, Graph, Jump, Op, Slot, Test

MAX_OPS = 20_000  # beyond this a function is left out: nested `finally` bodies multiply


class TooComplex(Exception):  # noqa: N818 - says what the function is
    """A function is too large to follow; it is left out."""


@dataclass(slots=True)
class LoopFrame:
    """An enclosing loop: where `break` and `continue` lead, and its iterator if it has one."""

    after: int
    head: int
    it: str


@dataclass(slots=True)
class FinallyFrame:
    """An enclosing `finally`: its body runs on every way out."""

    body: cst.BaseSuite
    handler: int | None


Frame = LoopFrame | FinallyFrame


class Builder(cst.CSTVisitor):
    """The graph under construction and the position in it."""

    def __init__(self, first: int = 0) -> None:
        super().__init__()
        self.blocks: list[Block] = [Block()]
        self.current = 0
        self.handler: int | None = None
        self.guarded = False
        self.caught: frozenset[str] = frozenset()
        self.asked = ""
        self.frames: list[Frame] = []
        self.captured: set[str] = set()
        self.renames: list[dict[str, str]] = []
        self.result: Slot = 0
        self._slots = 0
        self._names = 0
        self._first = first
        self._ops = 0
        self._keys: Counter[str] = Counter()
        self._key_names: dict[str, frozenset[str]] = {}
        self._key_counts: dict[str, str] = {}
        self._tested: set[str] = set()

    # blocks -----------------------------------------------------------------------------------

    def block(self) -> int:
        """A new empty block under the present exception handler."""
        self.blocks.append(
            Block(handler=self.handler, guarded=self.guarded, caught=self.caught, asked=self.asked)
        )
        return len(self.blocks) - 1

    def enter(self, index: int) -> None:
        """Goes on in a block."""
        self.current = index

    def close(self, end: End) -> None:
        """Ends the present block; what follows it, if anything, is unreachable until `enter`."""
        self.blocks[self.current].end = end
        self.current = self.block()

    def jump(self, target: int) -> None:
        """Ends the present block with a jump."""
        self.close(Jump(target))

    def emit(self, op: Op) -> None:
        """Adds an operation; raises TooComplex beyond MAX_OPS."""
        self._ops += 1
        if self._ops > MAX_OPS:
            raise TooComplex
        op.id = self._first + self._ops
        self.blocks[self.current].ops.append(op)

    def under(self, handler: int | None) -> None:
        """Puts the code that follows under another exception handler."""
        self.handler = handler
        fresh = self.block()
        self.blocks[self.current].end = Jump(fresh)
        self.enter(fresh)

    # slots and names --------------------------------------------------------------------------

    def slot(self) -> int:
        """A new slot for an intermediate result."""
        self._slots += 1
        return self._slots

    def keep(self, what: str) -> str:
        """A new slot that outlives the statement."""
        self._names += 1
        return f"%{what}{self._names}"

    def local(self, name: str) -> str:
        """The variable that a name means here: comprehensions and class bodies have their own."""
        for scope in reversed(self.renames):
            if name in scope:
                return scope[name]
        return name

    # tests ------------------------------------------------------------------------------------

    def branch(self, slot: Slot, test: Test, yes: int, no: int, names: frozenset[str]) -> None:
        """Ends the block by asking; `names` are the variables that the test reads."""
        if test.key:
            self._keys[test.name or test.key] += 1
            self._key_names[test.key] = names
            self._key_counts[test.key] = test.name or test.key
        self._tested |= names
        self.close(Branch(slot, test, yes, no))

    def graph(self) -> Graph:
        """The finished graph. Tests that are asked once need no memory and lose their key."""
        for block in self.blocks:
            end = block.end
            if isinstance(end, Branch) and end.test.key and not self._asked_again(end.test.key):
                end.test = Test(end.test.kind, end.test.const, end.test.name)
        keys: dict[str, list[str]] = {}
        for key, names in self._key_names.items():
            for name in names if self._asked_again(key) else ():
                keys.setdefault(name, []).append(key)
        return Graph(
            blocks=self.blocks,
            captured=frozenset(self.captured),
            keys={name: tuple(found) for name, found in keys.items()},
            tested=frozenset(self._tested),
        )

    def _asked_again(self, key: str) -> bool:
        return self._keys[self._key_counts[key]] > 1

    def forget(self, node: cst.CSTNode) -> None:
        """Marks the end of a statement."""
        self.emit(ops.Forget(node))
