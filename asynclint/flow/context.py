"""What every part of the interpreter shares: the unit, the present state, the journal."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Accepts, How
from asynclint.flow.journal import Journal
from asynclint.flow.registries import Registry
from asynclint.flow.sites import INSTANCES, of_op
from asynclint.flow.state import FRESH, MIXED, Record, State
from asynclint.flow.story import Consumption, Iteration, Story, Subject
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
    Func,
    Made,
    Method,
    Obj,
    Partial,
    Picked,
    Thing,
    Turn,
    Unknown,
    Value,
    one,
    ordered,
)
from asynclint.visitor.ops import Call, Op

if TYPE_CHECKING:
    from asynclint.flow.file import Unit
    from asynclint.flow.program import Program

#: What may be awaited once only; of a parameter that is not annotated this is not known.
ONE_SHOT = (COROUTINE, "parameter")
_AWAITED_OFTEN = (TASK, FUTURE, THREAD_FUTURE)


class Context:
    """The interpreter's present point, and what happens to objects there.

    outer: that of the call from which the unit is entered, where it is not looked at by itself.
    """

    def __init__(
        self, unit: Unit, program: Program, story: Story, outer: Context | None = None
    ) -> None:
        self.unit = unit
        self.program = program
        self.resolver = program.resolver
        self.facts = program.resolver.facts
        self.story = story
        self.outer = outer
        self.depth: int = 0 if outer is None else outer.depth + 1
        self.journal: Journal = Journal(story, None if outer is None else outer.journal)
        self.ops: ChainMap[int, Op] = ChainMap()
        self.given: frozenset[Obj] = frozenset()  # objects that were there before it was entered
        self.touched: dict[Obj, list[Consumption | Iteration]] = {}  # what befalls these
        self.state = State({}, {})
        self.consumed_now: set[Obj] = set()  # by the present operation
        self.carried: Value = frozenset()  # objects among the arguments of a coroutine function
        self.failing: list[Obj] = []  # what it spends even if it raises
        self.running = False  # it runs a loop, which may fail before it has begun
        self.tables: dict[Obj, Registry] = {}  # tables of modules, by their object
        self.present: Op | None = None
        self.alternative = 0  # of the callables that it can mean, the one that is called
        self.sure = True  # the loops that it starts are started whatever it means
        self.comes_again = False  # a path can come to this point more than once
        self.guarded = False  # whether an exception handler stands around it
        self.caught: frozenset[str] = frozenset()  # the exceptions that such handlers name
        self.asked = ""  # the name on whose truth it hangs

    @property
    def on_loop(self) -> bool:
        """Whether the code runs on a running event loop."""
        return self.story.on_loop

    def iterated(  # noqa: PLR0913, PLR0917 - all are parts of one event
        self,
        node: cst.CSTNode,
        op: Op,
        subject: Subject,
        how: str,
        is_async: bool,
        callee: str = "",
    ) -> Iteration:
        """The entry of an object that is iterated, entered or driven here."""
        entry = self.journal.iteration(node, op, subject, how, is_async, callee)
        entry.foreseen |= "TypeError" in self.caught
        return entry

    # making -----------------------------------------------------------------------------------

    def materialize(self, value: Value, op: Op, origin: str = "made") -> Value:
        """Turns things that are made here into tracked objects."""
        if not any(isinstance(t, Made) for t in value):
            return value
        found: set[Thing] = set()
        for index, thing in enumerate(ordered(value)):
            if isinstance(thing, Made):
                how = "shared" if thing.shared else origin
                record = Record(thing.cls, thing.by, origin=how, escaped=how != "made")
                found.add(self.make(op, record, index % INSTANCES))
            else:
                found.add(thing)
        return frozenset(found)

    def make(self, op: Op, record: Record, index: int = 0) -> Obj:
        """A new tracked object, made by an operation."""
        site = of_op(op.id, index)
        again = Obj(site) in self.state.heap
        obj = self.state.make(site, record)
        if record.origin == "made":
            life = self.journal.born(obj, op, record)
            slot = f"%made{op.id}"
            life.remade |= again or slot in self.state.env
            if record.cls == LOOP and self.comes_again:
                self.state.assign(slot, NONE)
        else:
            self.journal.makers.setdefault(obj.site, op)
        return obj

    # consuming --------------------------------------------------------------------------------

    def consume(  # noqa: PLR0913, PLR0917 - all are parts of one event
        self,
        value: Value,
        op: Op,
        node: cst.BaseExpression,
        how: str,
        callee: str = "",
        accepts: Accepts = Accepts.AWAITABLE,
    ) -> list[Obj]:
        """Somebody awaits, schedules or runs a value; returns the objects that this spends."""
        sure = len(value) == 1
        spent: list[Obj] = []
        for thing in ordered(value):
            if isinstance(thing, Picked):
                self._consume_picked(thing, op, node, how, callee)
                continue
            record = self.state.record(thing)
            if record is None:
                continue
            assert isinstance(thing, Obj)
            if not sure and record.cls not in ONE_SHOT:
                continue
            entry = self.journal.consumption(
                node, op, how, self.journal.subject(thing, record), callee, accepts
            )
            self.touch(thing, entry)
            entry.element |= record.origin == "element"
            if record.cls in ONE_SHOT:
                if thing in self.consumed_now:
                    continue  # by another alternative of the same call
                self.consumed_now.add(thing)
                if sure and record.spent >= 0 and self._counts(record, callee):
                    entry.again[record.spent] = self.ops[record.spent]
                    entry.failed_before |= record.failed
                    entry.shared |= self._stands_twice(thing)
                self.state.update(
                    thing, spent=op.id if sure else MIXED, failed=False, doubtful=False
                )
                spent.append(thing)
                if how != How.SCHEDULE.value:
                    self.failing.append(thing)
                    self.running |= how == How.RUN.value and not self._is_idle(op)
            elif record.cls in _AWAITED_OFTEN:
                self.state.update(thing, ticked=True)
            else:
                self.state.escape(frozenset({thing}))
        return spent

    def _is_idle(self, op: Op) -> bool:
        """Whether a loop runs the coroutine that is known not to run: what it raises is its own."""
        called = self.state.get(op.func) if isinstance(op, Call) else UNKNOWN
        loops = [self.state.record(t.owner) for t in called if isinstance(t, Method)]
        return bool(loops) and all(loop is not None and loop.idle for loop in loops)

    def touch(self, obj: Obj, entry: Consumption | Iteration) -> None:
        """Notes what befalls an object that was there before the function was entered."""
        if obj in self.given:
            self.touched.setdefault(obj, []).append(entry)
        else:
            for source in self._elements_like(obj):
                self.touched.setdefault(source, []).append(entry)

    def _elements_like(self, obj: Obj) -> list[Obj]:
        """The coroutine objects, among what was there before, of which an element is some one."""
        record = self.state.record(obj)
        if record is None or record.of is None:
            return []
        held = State({"": one(record.of)}, self.state.heap).reachable()
        return [
            each
            for each in sorted(held & self.given, key=repr)
            if self.state.heap[each].cls == COROUTINE
        ]

    def _stands_twice(self, obj: Obj) -> bool:
        heap = self.state.heap
        holders = [o for o, r in heap.items() if r.repeated and obj in r.items]
        return bool(holders) and not self.state.reachable(self.given).isdisjoint(holders)

    def sweep(self) -> None:
        """Has done with objects that statements before this one have lost."""
        raise NotImplementedError

    def _counts(self, record: Record, callee: str) -> bool:
        """A run that failed may never have begun; only the very same call again is a sure reuse."""
        if not record.doubtful:
            return True
        before = self.ops.get(record.spent)
        return before is not None and self.callee_name(before) == callee

    def callee_name(self, op: Op) -> str:
        """What an operation calls, as its entry in the story says."""
        for entry in self.story.consumptions:
            if entry.by is op:
                return entry.callee
        return ""

    def _consume_picked(
        self, thing: Picked, op: Op, node: cst.BaseExpression, how: str, callee: str
    ) -> None:
        record = self.state.record(thing.container)
        if record is None:
            return
        items = [r for _, r in self.state.objects(record.items)]
        if not items or any(r.cls != COROUTINE for r in items):
            return
        subject = self.journal.subject(thing.container, record)
        entry = self.journal.consumption(node, op, how, subject, callee, Accepts.AWAITABLE)
        entry.picked = True
        for obj, _ in list(self.state.objects(record.items)):
            self.touch(obj, entry)
        subject.cls, subject.by = COROUTINE, items[0].by if len(items) == 1 else None
        by_turn = isinstance(thing.key, Turn) and not record.repeated
        key = None if isinstance(thing.key, (Turn, Const, Unknown)) else thing.key
        for before, spent in record.picked:
            same = record.repeated or None in (key, before) or before == key
            if spent >= 0 and same and not by_turn:
                entry.again[spent] = self.ops[spent]
                entry.shared |= record.repeated
        unsure = by_turn or (None, MIXED) in record.picked
        picks = ((None, MIXED),) if unsure else (*record.picked, (key, op.id))
        self.state.update(
            thing.container, picked=tuple(dict.fromkeys(picks)), each=MIXED, read=True
        )
        for obj, item in list(self.state.objects(record.items)):
            self.state.update(obj, spent=MIXED if item.spent == FRESH else item.spent)

    def consume_items(  # noqa: PLR0913, PLR0917 - all are parts of one event
        self,
        value: Value,
        op: Op,
        node: cst.BaseExpression,
        how: str,
        callee: str,
        accepts: Accepts,
    ) -> None:
        """Every element of a container is consumed: `gather(*jobs)`, `wait(jobs)`."""
        for obj, record in list(self.state.objects(value)):
            if record.cls in (ASYNC_GENERATOR, COROUTINE, "parameter", LOOP):
                continue
            if record.cls == "values":
                self.consume_items(record.items, op, node, how, callee, accepts)
                continue
            items = list(self.state.objects(record.items))
            for item, held in items:
                entry = self.journal.consumption(
                    node, op, how, self.journal.subject(item, held), callee, accepts
                )
                self.touch(item, entry)
                if held.cls != COROUTINE:
                    continue
                entry.shared |= record.repeated
                earlier = held.spent if item.age == 0 else record.each
                earlier = record.each if record.each != FRESH else earlier
                if earlier >= 0:
                    entry.again[earlier] = self.ops[earlier]
                self.state.update(item, spent=op.id)
            if items:
                self.state.update(obj, each=op.id, read=True)

    # looking ----------------------------------------------------------------------------------

    def read(
        self, value: Value, node: cst.CSTNode, how: str, *, deep: bool = False, soft: bool = False
    ) -> None:
        """A value is looked at as if it were a plain one; softly where it may be on purpose."""
        found = False
        for obj, record in list(self.state.objects(value)) if len(value) == 1 else ():
            if record.cls == COROUTINE and record.origin in ("made", "element"):
                entry = self.journal.reading(
                    node, self.journal.subject(obj, record), how, self.journal.life(obj)
                )
                entry.soft |= soft
                found = True
            elif deep:
                for item in ordered(record.items):
                    self.read(frozenset({item}), node, how, deep=True)
        if not found:
            self.journal.plain.add(id(node))

    def escape(self, value: Value) -> None:
        """Somebody unknown gets to know a value."""
        self.state.escape(value)
        for obj, _ in self.state.objects(value):
            life = self.journal.life(obj)
            if life is not None:
                life.used = True
        for thing in value:
            inner = thing.callee if isinstance(thing, Partial) else thing
            if isinstance(inner, Func):
                self.story.given.add(inner.function)
