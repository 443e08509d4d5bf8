"""Writes the story down: what many paths report of one place becomes one entry."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from typing import TypeVar

import libcst as cst

from asynclint.facts import Accepts, Fact
from asynclint.flow.file import Spot
from asynclint.flow.registries import Stored
from asynclint.flow.state import Record
from asynclint.flow.story import (
    Consumption,
    Handover,
    Iteration,
    Life,
    LoopStart,
    LoopUse,
    Reading,
    Step,
    Story,
    Subject,
    Waiting,
)
from asynclint.model.declared import Class
from asynclint.model.values import UNKNOWN, Obj, Value
from asynclint.visitor.ops import Op

Entry = TypeVar("Entry")
#: Starts of loops to which one place leads that are told apart.
MOST_STARTS = 8


class Journal:
    """Entries by place: asking for one again gives the same entry to add to.

    outer: the journal of the function from which this one was entered.
    """

    def __init__(self, story: Story, outer: Journal | None = None) -> None:
        self.story = story
        self._outer = outer
        self._entries: dict[tuple[object, ...], object] = {}
        known = outer.makers.maps if outer is not None else ()
        self.makers: ChainMap[int, Op] = ChainMap({}, *known)
        self.kept: dict[int, tuple[Spot, ...]] = {}  # where tables got what they give
        self._reached: dict[int, list[int]] = {}  # starts of loops to which a place leads
        self.plain: set[int] = set()  # nodes that hold something else on another path

    def _entry(self, key: tuple[object, ...], new: Callable[[], Entry], into: list[Entry]) -> Entry:
        found = self._entries.get(key)
        if found is None:
            found = new()
            self._entries[key] = found
            into.append(found)
        return found  # type: ignore[return-value]

    def life(self, obj: Obj) -> Life | None:
        """The life of an object that this function made, by its site."""
        found = self._entries.get(("life", obj.site))
        if found is None and self._outer is not None:
            return self._outer.life(obj)
        return found if isinstance(found, Life) else None

    def born(self, obj: Obj, op: Op, record: Record) -> Life:
        """Begins a life."""
        self.makers[obj.site] = op
        subject = Subject(record.cls, record.by, op.node, record.origin)
        return self._entry(("life", obj.site), lambda: Life(subject, op), self.story.lives)

    def subject(self, obj: Obj, record: Record) -> Subject:
        """An object as rules see it; of an element, as its container's items were made."""
        life = self.life(obj)
        if life is not None:
            return life.subject
        made = None
        for item in sorted(
            (t for t in record.items if isinstance(t, Obj)), key=lambda o: (o.site, o.age)
        ):
            made = made or self.makers.get(item.site)
        maker = self.makers.get(obj.site) or made
        kept = self.kept.get(obj.site, ())
        if kept:
            return Subject(record.cls, record.by, None, record.origin, kept)
        return Subject(record.cls, record.by, maker.node if maker else None, record.origin)

    def consumption(  # noqa: PLR0913, PLR0917 - all are parts of one event
        self,
        node: cst.BaseExpression,
        by: Op,
        how: str,
        subject: Subject,
        callee: str,
        accepts: Accepts,
    ) -> Consumption:
        """The entry of an awaitable consumed at a node."""
        key = ("consumption", id(node), id(by.node), subject.cls, id(subject.made))
        return self._entry(
            key,
            lambda: Consumption(node, by, how, subject, callee, accepts),
            self.story.consumptions,
        )

    def reading(self, node: cst.CSTNode, subject: Subject, how: str, life: Life | None) -> Reading:
        """An object looked at as a plain value."""
        key = ("reading", id(node), id(subject.made))
        return self._entry(key, lambda: Reading(node, subject, how, life), self.story.readings)

    def iteration(  # noqa: PLR0913, PLR0917 - all are parts of one event
        self,
        node: cst.CSTNode,
        op: Op,
        subject: Subject,
        how: str,
        is_async: bool,
        callee: str = "",
    ) -> Iteration:
        """An object iterated, entered or driven."""
        key = ("iteration", id(node), how, subject.cls)
        return self._entry(
            key,
            lambda: Iteration(node, op, subject, how, is_async, callee),
            self.story.iterations,
        )

    def handover(self, entry: Handover) -> None:
        """A callable handed over."""
        self._entry(("handover", id(entry.node)), lambda: entry, self.story.handovers)

    def start(
        self,
        op: Op,
        callee: str,
        fact: Fact | None,
        value: Value,
    ) -> LoopStart:
        """An event loop run on this thread."""
        return self._entry(
            ("start", id(op.node), callee),
            lambda: LoopStart(op.node, op, callee, fact, value),
            self.story.starts,
        )

    def reached(self, op: Op, start: LoopStart, chain: tuple[Step, ...]) -> LoopStart:
        """The start of a loop in another function, to which a chain leads from here.

        Where a place leads to many, the last of them stand for all the others.
        """
        at, root = chain[0].node, chain[-1].node
        known = self._reached.setdefault(id(at), [])
        if id(root) not in known and len(known) < MOST_STARTS:
            known.append(id(root))
        which = known.index(id(root)) if id(root) in known else len(known) - 1
        return self._entry(
            ("reached", id(at), which),
            lambda: LoopStart(at, op, start.callee, start.fact, UNKNOWN, chain=chain),
            self.story.starts,
        )

    def waiting(self, op: Op, subject: Subject, method: str) -> Waiting:
        """A future asked for its result."""
        return self._entry(
            ("waiting", id(op.node)),
            lambda: Waiting(op.node, op, subject, method),
            self.story.waitings,
        )

    def asked_of(self, cls: Class, name: str, node: cst.CSTNode) -> None:
        """An attribute of an instance is read."""
        entry = (cls, name, node)
        self._entry(("asked-of", id(node)), lambda: entry, self.story.asked_of)

    def loop_use(self, op: Op, what: str) -> LoopUse:
        """A closed loop used, or the current loop asked for."""
        return self._entry(
            ("loop-use", id(op.node), what),
            lambda: LoopUse(op.node, op, what),
            self.story.loop_uses,
        )

    def log(self, op: Op) -> None:
        """A record handed to `logging`."""
        self._entry(("log", id(op.node)), lambda: op.node, self.story.logs)

    def stored(self, entry: Stored) -> None:
        """A coroutine object put into a table."""
        self._entry(("stored", id(entry.at.node)), lambda: entry, self.story.stored)
