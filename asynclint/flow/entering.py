"""Calls followed into the function's body, where what is given to it has a fate of its own.

The body is run with the caller's very values, so that what it does to them, on which of its ways,
is known as exactly as if it stood in the caller. What it reports is told of the call.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from asynclint.facts import Kind, Outcome, Where
from asynclint.flow.binding import Binding
from asynclint.flow.file import Spot, Unit
from asynclint.flow.registries import is_registry
from asynclint.flow.sites import PER_OP, RETURNED, first_op, of_op
from asynclint.flow.state import (
    FRESH,
    Record,
    State,
    inside,
    joined,
    merged,
    swap_thing,
    swapped_record,
)
from asynclint.flow.story import ITERATE, Consumption, Handover, Iteration, Step, reached
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    LOOP,
    NONE,
    UNKNOWN,
    Const,
    Func,
    Inst,
    Klass,
    Made,
    Obj,
    Picked,
    Thing,
    Turn,
    Unknown,
    Value,
    one,
)
from asynclint.visitor import ops

DEEPEST = 4
_WAYS = 3  # outcomes of a call that are kept apart


@dataclass(slots=True)
class Purse:
    """How much may still be spent on entering functions, for one function under analysis."""

    steps: int = 2_000


@dataclass(frozen=True, slots=True)
class Way:
    """One way on which a function is left: 'return' or 'raise', and the state there."""

    how: str
    state: State


class Entering(Binding):
    """Enters functions, and takes over what comes out."""

    purse: Purse
    _runs: dict[object, tuple[Entering, int]]  # of entered bodies, and the steps that they took
    ways: list[Way]  # on which the unit itself is left, where it is an entered one
    forks: list[State]  # further states in which the present operation ends
    raises: list[State]  # states in which it raises
    stopped: bool  # it never ends but by raising

    def run(self, env: dict[str, Value], heap: dict[Obj, Record]) -> object:
        """Runs the unit."""
        raise NotImplementedError

    def follow(self, unit: Unit, thing: Thing, op: ops.Call, result: Value | None) -> bool:
        """Runs a callee's body; whether that could be done. Then the call is done with.

        result: what the call gives, where that is not what the body returns.
        """
        if self.depth >= DEEPEST or self.purse.steps <= 0 or self._is_open(unit):
            return False
        frame = self._frame(unit, thing, op)
        if frame is None or not frame.story.complete or not frame.ways:
            return False
        self._resume(frame, op, result)
        self._retell(frame, op, _name(unit))
        return True

    def _frame(self, unit: Unit, thing: Thing, op: ops.Call) -> Entering | None:
        """The run of a callee's body with the values of a call; None where it cannot be run.

        Paths that differ in nothing that the callee is given share one run.
        """
        frame = self.program.frame(unit, self)
        env = self.bound(unit, thing, op) if frame is not None else None
        if frame is None or env is None:
            return None
        known = State(env, self.state.heap).reachable()
        heap = {obj: record for obj, record in self.state.heap.items() if obj in known}
        key = (unit, frozenset(env.items()), frozenset(heap.items()))
        if (run := self._runs.get(key)) is not None:
            self.purse.steps -= run[1]
            return run[0]
        before = self.purse.steps
        frame.given = frozenset(known)
        frame.run(env, heap)
        self._runs[key] = frame, before - self.purse.steps
        return frame

    def _is_open(self, unit: Unit) -> bool:
        context: object = self
        while isinstance(context, Entering):
            if context.unit is unit or (unit.function and context.unit.function is unit.function):
                return True
            context = context.outer
        return False

    # coming back ------------------------------------------------------------------------------

    def _resume(self, frame: Entering, op: ops.Call, result: Value | None) -> None:
        """Goes on behind the call, once for each way out of the function."""
        before = self.state
        after: list[State] = []
        declared = self._declared(frame.unit)
        if result is None and _gives_one_shot_sometimes(frame.ways):
            result = declared
        for way in frame.ways:
            self.state = before.copy()
            value = self._taken_over(frame, way.state, op)
            if way.how == "raise":
                self.raises.append(self.state)
                continue
            if result is not None or Unknown() in value:
                value = declared if result is None else result
            if frame.unit.function is not None:
                value = self.resolver.own_facts.completed(frame.unit.function, value)
            value = self.materialize(value, op)
            self.state.assign(op.dst, value)
            after.append(self.state)
        self.stopped = not after
        unlike = {state.key(): state for state in after}
        states = list(unlike.values())
        while len(states) > _WAYS:
            last = states.pop()
            states[-1] = joined(states[-1], last)
        self.state = states[0] if states else before
        self.forks.extend(states[1:])

    def _declared(self, unit: Unit) -> Value:
        """What a function says that it returns, where that is a plain object."""
        function = unit.function
        if function is None or function.kind is not Kind.FUNCTION:
            return UNKNOWN
        declared = self.resolver.annotation(function.returns, function.scope)
        plain = all(isinstance(each, (Inst, Klass)) or each == Const(None) for each in declared)
        return declared if plain else UNKNOWN

    def _taken_over(self, frame: Entering, end: State, op: ops.Call) -> Value:
        """Makes the present state what it is after the call; returns what the function returned."""
        returned = end.env.get("%return", NONE)
        start = first_op(frame.depth)
        swap: dict[Obj, Obj] = {}
        roots: dict[str, Value] = {
            **{str(i): one(obj) for i, obj in enumerate(frame.given)},
            "%return": returned,
        }
        for obj in sorted(State(roots, end.heap).reachable()):
            if (
                obj in frame.given
                or len(swap) >= PER_OP - RETURNED
                or -_MANY < obj.site < 0
                or is_registry(obj.site)
            ):
                continue
            swap[obj] = Obj(of_op(op.id, RETURNED + len(swap)))
        for obj in list(swap.values()):
            if obj in self.state.heap:
                self.state.age(obj.site)
                swap[obj] = Obj(obj.site, 1)
        for obj in sorted((frame.given | swap.keys()) & end.heap.keys()):
            record = _settled(swapped_record(end.heap[obj], swap), start, op.id)
            home = swap.get(obj, obj)
            if obj not in frame.given:
                origin = "given" if record.origin == "made" else record.origin
                record = record._replace(origin=origin)
                self.journal.makers.setdefault(home.site, op)
            elif home != obj and home in self.state.heap:
                record = merged(self.state.heap[home], record)
            self.state.heap[home] = record
        self.state.dirty = True
        return frozenset(t for thing in returned for t in self._at_home(thing, end, swap))

    def _at_home(self, thing: Thing, end: State, swap: dict[Obj, Obj]) -> Value:
        """A returned thing as the caller knows it."""
        if isinstance(thing, Obj) and thing in swap and thing in end.heap:
            record = end.heap[thing]
            if record.spent == FRESH and record.origin == "made" and record.cls != LOOP:
                return one(Made(record.cls, record.by))
        if isinstance(thing, (Turn, Picked)):
            return UNKNOWN
        home = swap_thing(thing, swap)
        lost = isinstance(home, Obj) and home not in self.state.heap
        return UNKNOWN if lost else one(home)

    # telling ----------------------------------------------------------------------------------

    def _retell(self, frame: Entering, op: ops.Call, name: str) -> None:
        """Tells of the call what happened in the function to what the caller has."""
        for obj in sorted(frame.touched):
            for entry in frame.touched[obj]:
                if isinstance(entry, Consumption):
                    self._retell_consumption(frame, obj, entry, op, name)
                else:
                    self._retell_iteration(frame, obj, entry, op, name)
        self._retell_starts(frame, op, name)
        self._retell_callables(frame, op, name)

    def _retell_consumption(
        self, frame: Entering, obj: Obj, entry: Consumption, op: ops.Call, name: str
    ) -> None:
        record = self.state.record(obj)
        if record is None:
            return
        how = ITERATE if entry.how == ITERATE else "passed"
        node = self.argument_with(obj, op)
        subject = self.journal.subject(obj, record)
        mine = self.journal.consumption(node, op, how, subject, name, entry.accepts)
        mine.inside = mine.inside or (Spot(frame.unit, entry.node), *entry.inside)
        mine.element |= entry.element
        mine.picked |= entry.picked
        mine.held |= node is op.node
        self.touch(obj, mine)
        earlier = {spent: self.ops[spent] for spent in entry.again if spent in self.ops}
        if entry.again and not earlier and not _is_told(frame, entry):
            earlier = {op.id: op}
            mine.replayed = True
        if earlier:
            mine.again.update(earlier)
            mine.failed_before |= entry.failed_before
            mine.shared |= entry.shared

    def _retell_iteration(
        self, frame: Entering, obj: Obj, entry: Iteration, op: ops.Call, name: str
    ) -> None:
        record = self.state.record(obj)
        told = frame.program.story(frame.unit)
        if record is None or any(e.node is entry.node for e in (told.iterations if told else ())):
            return
        subject = self.journal.subject(obj, record)
        node = self.argument_with(obj, op)
        mine = self.iterated(node, op, subject, entry.how, entry.is_async, name)
        mine.inside = mine.inside or (Spot(frame.unit, entry.node), *entry.inside)
        mine.foreseen |= entry.foreseen
        self.touch(obj, mine)

    def _retell_starts(self, frame: Entering, op: ops.Call, name: str) -> None:
        if frame.unit.on_loop:
            return
        for start in frame.story.starts:
            if start.by_loop or (self.on_loop and start.refused):
                continue
            chain = reached(Step(self.unit, op.node, name), start, frame.unit)
            entry = self.journal.reached(op, start, chain)
            entry.loop = entry.loop or start.loop

    def _retell_callables(self, frame: Entering, op: ops.Call, name: str) -> None:
        """A callable that the function was given makes what nobody there awaits.

        What is awaited on one way through the function is not known to be lost: the others may be
        those that refuse the call.
        """
        consumed = {id(entry.subject) for entry in frame.story.consumptions}
        for arg in op.args:
            functions = {t.function for t in self.state.get(arg.slot) if isinstance(t, Func)}
            for life in frame.story.lives:
                by = life.subject.by
                given = isinstance(by, Func) and by.function in functions
                used = life.used or id(life.subject) in consumed
                if given and life.dropped and not used and life.subject.cls == COROUTINE:
                    self.journal.handover(
                        Handover(
                            arg.node,
                            op.node,
                            life.subject,
                            Where.HERE,
                            Outcome.DROPPED,
                            name,
                            direct=True,
                            inside=(Spot(frame.unit, life.op.node),),
                        )
                    )

    def argument_with(self, obj: Obj, op: ops.Call) -> cst.BaseExpression:
        """The argument through which a function gets at an object, the call where it has none."""
        for arg in op.args:
            if obj in State({"": self.state.get(arg.slot)}, self.state.heap).reachable():
                return arg.node
        assert isinstance(op.node, cst.BaseExpression)
        return op.node

    # what is worth it -------------------------------------------------------------------------

    def is_live(self, value: Value, depth: int = 4) -> bool:
        """Whether something is, makes or leads to an object with a fate of its own."""
        return depth > 0 and any(self._lives(thing, depth) for thing in value)

    def _lives(self, thing: Thing, depth: int) -> bool:
        record = self.state.record(thing)
        if record is not None:
            if record.cls in (COROUTINE, ASYNC_GENERATOR):
                return True
            held = [record.items, *(value for _, value in record.keyed)]
            return any(self.is_live(value, depth - 1) for value in held)
        if isinstance(thing, Func) and thing.function.kind in (
            Kind.COROUTINE,
            Kind.ASYNC_GENERATOR,
        ):
            return True
        return any(self._lives(inner, depth) for inner in inside(thing))


def _gives_one_shot_sometimes(ways: list[Way]) -> bool:
    """Whether a coroutine object comes back on some ways only: callers know what to expect."""
    kinds: set[str] = set()
    for way in ways:
        for thing in way.state.env.get("%return", NONE) if way.how == "return" else ():
            record = way.state.record(thing)
            is_one_shot = record is not None and record.cls in (COROUTINE, ASYNC_GENERATOR)
            kinds.add(record.cls if record is not None and is_one_shot else "")
    return len(kinds) > 1


def _name(unit: Unit) -> str:
    return unit.function.name if unit.function is not None else "lambda"


def _is_told(frame: Entering, entry: Consumption) -> bool:
    """Whether the function, looked at by itself, shows the fault as well."""
    story = frame.program.story(frame.unit)
    told = story.consumptions if story is not None else ()
    return any(each.node is entry.node and each.again for each in told)


def _settled(record: Record, start: int, op: int) -> Record:
    """A record whose operations are those of the caller: the call stands for all within it."""
    spent = max(record.spent, record.each, record.closed)
    if spent < start and all(each < start for _, each in record.picked):
        return record

    def here(spent: int) -> int:
        return op if spent >= start else spent

    return record._replace(
        spent=here(record.spent),
        each=here(record.each),
        closed=here(record.closed),
        picked=tuple((key, here(spent)) for key, spent in record.picked),
    )


_MANY = 100  # sites -1 and -2: the loop of the thread, the same for all functions
