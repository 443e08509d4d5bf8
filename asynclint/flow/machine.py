"""Runs a function's graph over sets of states until nothing new turns up (a fixpoint).

States are followed in the order of the blocks, those that have gone round loops the fewest times
first: what many paths lead to comes when all of them have arrived, and short paths come first.

Paths are kept apart while there are few: a block keeps up to WIDTH states, fewer where there are
many blocks, so that all paths can be followed to their end; beyond that they are joined, and what
differs between them counts as unknown, so that a join never makes a finding.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import libcst as cst

from asynclint.flow.branching import Branching
from asynclint.flow.entering import Entering, Way
from asynclint.flow.ordinary import starts_always
from asynclint.flow.script import in_script
from asynclint.flow.sites import of_loop
from asynclint.flow.state import FRESH, MIXED, Record, State, joined
from asynclint.flow.story import READ_BY, Story
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    LOOP,
    Lib,
    Obj,
    Thing,
    Value,
)
from asynclint.visitor import ops
from asynclint.visitor.ops import Branch, Dispatch, Exit, Graph, Jump, Next, Using

if TYPE_CHECKING:
    from asynclint.flow.file import Unit
    from asynclint.flow.program import Program

WIDTH = 16
NARROWEST = 2
ROOM = 2_000  # states of all blocks together
MAX_STEPS = 4_000
FRAME_STEPS = 300
_LARGE = 256  # names in a state that make it count for one step more
_RAISING = {
    ops.Attr,
    ops.SetAttr,
    ops.Item,
    ops.SetItem,
    ops.DelItem,
    ops.Call,
    ops.Await,
    ops.Binary,
    ops.Compare,
    ops.Use,
    ops.Start,
    ops.Unpack,
    ops.Enter,
    ops.Yield,
}


class Machine(Branching):
    """One run over one unit; fills its story."""

    def __init__(
        self,
        unit: Unit,
        program: Program,
        graph: Graph,
        outer: Entering | None = None,
        *,
        on_loop: bool,
    ) -> None:
        story = Story(unit, program, on_loop or unit.on_loop)
        super().__init__(unit, program, story, graph, outer)
        self.liveness = program.liveness(graph)
        self.width = min(WIDTH, max(NARROWEST, ROOM // len(graph.blocks)))
        self.ops = ChainMap(self.liveness.ops, *(outer.ops.maps if outer is not None else ()))
        self.waiting: list[tuple[int, int, int, int]] = []  # turns, rank, number and block
        self._here = -1  # the rank of the present block
        self.arrived: dict[int, State] = {}  # by number
        self._number = 0
        self.known: list[set[object]] = [set() for _ in graph.blocks]
        self.keeps_all = unit.function is None and unit.parent is None  # a module's names are read
        self.overflow: dict[int, tuple[int, State]] = {}  # by block: the number it has, and had
        self._left: set[object] = set()

    def run(self, env: dict[str, Value], heap: dict[Obj, Record]) -> Story:
        """Runs from an entry state to the fixpoint."""
        self.push(0, State(env, heap))
        steps = 0
        while self.waiting:
            steps += 1 + len(self.arrived[self.waiting[0][2]].env) // _LARGE
            if self._is_too_much(steps):
                self.story.complete = False
                break
            _, self._here, number, index = heappop(self.waiting)
            self.state = self.arrived.pop(number)
            self._block(index)
        self._runs.clear()
        self.story.readings = [
            r
            for r in self.story.readings
            if id(r.node) not in self.journal.plain or r.how != READ_BY[Using.TEST]
        ]
        if self.story.starts and self.outer is None:
            starting = {start.op for start in self.story.starts if start.always}
            self.story.always = starts_always(self.graph, starting)
        return self.story

    def push(self, index: int, state: State) -> None:
        """A state, which is the block's from now on, arrives: to be followed if it is new there."""
        self._forget_dead(index, state)
        key = state.key()
        known = self.known[index]
        if key in known:
            return
        if len(known) >= self.width:
            number, before = self.overflow.get(index, (-1, None))
            if before is not None:
                state = joined(before, state)
                if state.key() == before.key():
                    return
            if number in self.arrived:  # it has not been followed yet
                self.arrived[number] = state
                self.overflow[index] = (number, state.copy())
                return
            self.overflow[index] = (self._number, state.copy())
        known.add(key)
        state.dirty = True  # no exception has come from the block yet
        rank = self.liveness.rank[index]
        state.turns += rank <= self._here
        heappush(self.waiting, (state.turns, rank, self._number, index))
        self.arrived[self._number] = state
        self._number += 1

    def _forget_dead(self, index: int, state: State) -> None:
        """Slots that nothing reads any more only keep states apart."""
        live = self.liveness.live[index]
        for slot in [s for s in state.temps if s not in live]:
            del state.temps[slot]
        if self.keeps_all:
            return
        is_dead = self.liveness.is_dead
        for name in [s for s in state.env if s not in live and is_dead(s, index)]:
            del state.env[name]

    def _is_too_much(self, steps: int) -> bool:
        if self.outer is None:
            return steps > MAX_STEPS
        self.purse.steps -= 1
        return steps > FRAME_STEPS or self.purse.steps < 0

    def _block(self, index: int, first: int = 0) -> None:
        """Runs a block from one of its operations on."""
        block = self.graph.blocks[index]
        self.comes_again = index in self.liveness.cyclic
        self.guarded = block.guarded
        self.caught, self.asked = block.caught, block.asked
        handler = block.handler
        for position in range(first, len(block.ops)):
            op = block.ops[position]
            if self.failing:
                self.failing = []
            if self.consumed_now:
                self.consumed_now = set()
            self.running = self.raised = False
            self.present = op
            _DOING[type(op)](self, op)
            if self.forks or self.raises or self.stopped:
                if self._part(index, position):
                    return
            elif (
                self.state.dirty
                and (handler is not None or self.outer is not None)
                and self._can_raise(op)
            ):
                self._fail(handler)
        self.sweep()
        self._end(block.end, index)

    def _part(self, index: int, position: int) -> bool:
        """Goes on with each state in which an operation has ended; whether the present has not."""
        forks, raises, stopped = self.forks, self.raises, self.stopped
        self.forks, self.raises, self.stopped = [], [], False
        present = self.state
        handler = self.graph.blocks[index].handler
        for state in raises:
            self.state = state
            if handler is not None or self.outer is not None:
                self._fail(handler)
        for state in forks:
            self.state = state
            self._block(index, position + 1)
        self.state = present
        return stopped

    def _can_raise(self, op: ops.Op) -> bool:
        """Nearly everything can; the attributes of modules and of event loops are there."""
        if isinstance(op, ops.Attr):
            return not all(
                isinstance(thing, Lib) or self._is_loop(thing) for thing in self.state.get(op.base)
            )
        if isinstance(op, ops.Call) and (callees := self.state.get(op.func)):
            return not callees <= (_SURE_ON_LOOP if self.on_loop else _SURE)
        return type(op) in _RAISING

    def _is_loop(self, thing: Thing) -> bool:
        record = self.state.record(thing)
        return record is not None and record.cls == LOOP

    def _fail(self, handler: int | None) -> None:
        """The operation raises: what it ran is spent all the same, what it scheduled may not be."""
        keep = self.state
        self.state = keep.copy()
        for obj in self.consumed_now.difference(self.failing):
            if obj in self.state.heap:  # `run_coroutine_threadsafe` on a closed loop takes nothing
                self.state.update(obj, spent=MIXED, escaped=True)
        for obj in self.failing:
            if obj in self.state.heap:
                self.state.update(obj, failed=True, doubtful=self.running)
        for slot, value in list(self.state.env.items()):
            if slot.startswith("%it"):
                self._escape_items(value)
        self._loop_ended()  # likewise of what is lost where an exception comes
        self._forget()
        if handler is not None:
            self.push(handler, self.state)
        else:
            self._leave("raise")
        self.state = keep
        self.state.dirty = bool(self.failing)

    def _leave(self, how: str) -> None:
        """An entered function is left; ways that differ in nothing are one."""
        key = (how, self.state.key())
        if key not in self._left:
            self._left.add(key)
            self.ways.append(Way(how, self.state.copy()))

    def _end(self, end: ops.End, index: int) -> None:
        match end:
            case Jump(target=target):
                self.push(target, self.state)
            case Branch():
                self.branch(end)
            case Next():
                self._next(end, index)
            case Dispatch(targets=targets):
                for target in targets:
                    self.push(target, self.state.copy())
            case Exit(how=how):
                stated = any(isinstance(op, ops.Return) for op in self.graph.blocks[index].ops)
                self.story.falls_off |= how == "return" and not stated
                self._exit(how)

    def _next(self, end: Next, index: int) -> None:
        value = self.state.get(end.it)
        site = of_loop(self.depth, index)
        body = self.state.copy()
        before = self.state
        self.finish(value, end.it, site)
        self._loop_ended()
        self.state.env.pop(end.it, None)
        if end.is_async:
            self._drained(value, end)
        self.push(end.done, self.state)
        self.state = body
        if end.is_async:
            self._tick()
        element = self.next_element(value, end.it, site)
        if not element:
            self.state = before
            return
        self.state.assign(end.dst, element)
        handler = self.graph.blocks[index].handler
        if handler is not None:
            self.failing = self._raised(value, end) if end.is_async else []
            self.consumed_now = set()
            self._fail(handler)
            for obj in self.failing:
                self.state.update(obj, spent=FRESH)
        self.push(end.body, self.state)
        self.state = before

    def _loop_ended(self) -> None:
        """Nobody claims that a loop ends just here: what is lost because of it is lost perhaps."""
        for obj, record in list(self.state.heap.items()):
            if record.cls == COROUTINE and record.spent == FRESH and not record.doubtful:
                self.state.update(obj, doubtful=True)

    def _drained(self, value: Value, end: Next) -> None:
        """The end of an async generator; one that is also left by `break` may go on later."""
        for obj, record in list(self.state.objects(value)):
            if record.cls == ASYNC_GENERATOR and len(value) == 1:
                known = end.it not in self.liveness.broken_off
                spent = self.starts_of.get(end.it, MIXED) if known else MIXED
                self.state.update(obj, spent=spent)

    def _raised(self, value: Value, end: Next) -> list[Obj]:
        """An async generator that raises is at its end as well."""
        found: list[Obj] = []
        for obj, record in list(self.state.objects(value)):
            if record.cls == ASYNC_GENERATOR and len(value) == 1:
                self.state.update(obj, spent=self.starts_of.get(end.it, MIXED))
                found.append(obj)
        return found

    def _exit(self, how: str) -> None:
        if self.outer is not None:
            self._leave(how)
            return
        if how != "return" and not self.raised:
            return
        if how == "raise":
            for obj, record in list(self.state.heap.items()):
                if record.cls == LOOP:
                    self.state.update(obj, escaped=True)  # nobody closes a loop and raises
        if self.unit.function is None:
            for slot, value in list(self.state.env.items()):
                if not slot.startswith(("%", "?")):
                    self._export(slot, value)
        self.state.env.clear()
        self.state.temps.clear()
        self._collect()

    def _export(self, name: str, value: Value) -> None:
        """Others may read what a module's name holds: but for a loop that only the script has."""
        if name not in self.unit.exported:
            value = frozenset(each for each in value if not self._is_of_script(each))
        self.escape(value)

    def _is_of_script(self, thing: Thing) -> bool:
        life = self.journal.life(thing) if isinstance(thing, Obj) else None
        module = self.unit.node
        if life is None or life.subject.cls != LOOP or not isinstance(module, cst.Module):
            return False
        return in_script(module, life.op.node)

    def _forget(self) -> None:
        """Drops intermediate results and the objects that nothing leads to any more."""
        self.state.temps.clear()
        for obj in self._lost():
            del self.state.heap[obj]

    def _lost(self) -> list[Obj]:
        """The objects that nothing leads to any more; the loop of a thread is always there."""
        heap = self.state.heap
        if not heap:
            return []
        reachable = self.state.reachable(self.given)
        if len(reachable) == len(heap):
            return []
        lost = (obj for obj in heap if obj not in reachable)
        return [obj for obj in lost if heap[obj].cls != LOOP or obj.site >= 0]

    def sweep(self) -> None:
        """Has done with objects that statements before this one have lost."""
        if self.unswept:
            self._collect()

    def _collect(self) -> None:
        """Notes how the objects that are lost have ended."""
        self.unswept = False
        for obj in sorted(self._lost(), key=repr):
            self._ended(obj, self.state.heap.pop(obj))

    def _ended(self, obj: Obj, record: Record) -> None:
        life = self.journal.life(obj)
        if life is None or record.origin != "made":
            return
        if record.cls == COROUTINE:
            if record.spent != FRESH or record.escaped:
                life.used = True
            elif record.doubtful:
                life.maybe_dropped = True
            else:
                life.dropped = True
        elif record.cls == LOOP and record.closed == FRESH:
            if not record.escaped:
                life.unclosed |= not record.read
                life.left_set |= record.read
            life.used |= record.escaped


_DOING: dict[type, Callable[[Machine, Any], None]] = {
    getattr(ops, name.removeprefix("_do_")): getattr(Machine, name)
    for name in dir(Machine)
    if name.startswith("_do_")
}
_SURE = frozenset({Lib("asyncio.set_event_loop")})  # it only refuses what is no event loop
_SURE_ON_LOOP = _SURE | {Lib("asyncio.get_running_loop"), Lib("asyncio.get_event_loop")}
