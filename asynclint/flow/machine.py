"""Runs a function's graph over sets of states until nothing new turns up (a fixpoint).

Paths are kept apart while there are few: a block keeps up to WIDTH states; beyond that they are joined,
and what differs between them counts as unknown, so that a join never makes a finding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asynclint.facts import Accepts, Kind
from asynclint.flow.calls import Calls
from asynclint.flow.containers import CONTAINERS
from asynclint.flow.state import FRESH, MIXED, Record, State, joined, truth
from asynclint.flow.story import READ_BY, Story
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    FUTURE,
    LOOP,
    NONE,
    TASK,
    THREAD_FUTURE,
    UNKNOWN,
    Code,
    Const,
    Func,
    Inst,
    Lib,
    Made,
    Method,
    Obj,
    Picked,
    Table,
    Thing,
    Turn,
    Value,
    join,
    one,
    ordered,
)
from asynclint.visitor import ops
from asynclint.visitor.ops import Branch, Dispatch, Exit, Graph, Jump, Next, Slot, Test, Using
from asynclint.visitor.pure import names_in

if TYPE_CHECKING:
    from asynclint.flow.program import Program, Unit

WIDTH = 16
MAX_STEPS = 4_000
_COROUTINE_ATTRIBUTES = ("send", "throw", "close", "cr_", "__await__", "__name__", "__qualname__")
_RAISING = (
    ops.Attr,
    ops.SetAttr,
    ops.Item,
    ops.SetItem,
    ops.DelItem,
    ops.Call,
    ops.Await,
    ops.Binary,
    ops.Use,
    ops.Start,
    ops.Unpack,
    ops.Enter,
    ops.Yield,
)


class Machine(Calls):
    """One run over one unit; fills its story."""

    def __init__(self, unit: Unit, program: Program, graph: Graph) -> None:
        super().__init__(unit, program, Story(unit, program, unit.on_loop))
        self.graph = graph
        self.waiting: deque[tuple[int, State]] = deque()
        self.known: list[set[object]] = [set() for _ in graph.blocks]
        self.overflow: dict[int, State] = {}
        self.failing: list[Obj] = []
        self.starts_of: dict[str, int] = {}
        self._do: dict[type, Callable[[Any], None]] = {
            getattr(ops, name.removeprefix("_do_")): getattr(self, name)
            for name in dir(self)
            if name.startswith("_do_")
        }
        self.broken_off: set[str] = set()
        for block in graph.blocks:
            for op in block.ops:
                self.ops[op.id] = op
                if isinstance(op, ops.Leave):
                    self.broken_off.add(op.it)

    def run(self, env: dict[Slot, Value], heap: dict[Obj, Record]) -> Story:
        """Runs from an entry state to the fixpoint."""
        self._push(0, State(env, heap))
        steps = 0
        while self.waiting:
            steps += 1
            if steps > MAX_STEPS:
                self.story.complete = False
                break
            index, self.state = self.waiting.popleft()
            self._block(index)
        self.story.readings = [
            r
            for r in self.story.readings
            if id(r.node) not in self.journal.plain or r.how != READ_BY[Using.TEST]
        ]
        return self.story

    def _push(self, index: int, state: State) -> None:
        key = state.key()
        known = self.known[index]
        if key in known:
            return
        if len(known) >= WIDTH:
            before = self.overflow.get(index)
            if before is not None:
                state = joined(before, state)
                if state.key() == before.key():
                    return
            self.overflow[index] = state
        known.add(key)
        self.waiting.append((index, state.copy()))

    def _block(self, index: int) -> None:
        block = self.graph.blocks[index]
        for op in block.ops:
            self.failing = []
            self.consumed_now = set()
            self.guarded = block.handler is not None
            self._do[type(op)](op)
            if block.handler is not None and isinstance(op, _RAISING) and self.state.dirty:
                self._fail(block.handler)
        self._end(block.end, index)

    def _fail(self, handler: int) -> None:
        """The operation raises: what it consumed is spent all the same."""
        keep = self.state
        self.state = keep.copy()
        for obj in self.failing:
            if obj in self.state.heap:
                self.state.update(obj, failed=True)
        for slot, value in list(self.state.env.items()):
            if isinstance(slot, str) and slot.startswith("%it"):
                self._escape_items(value)
        self._forget()
        self._push(handler, self.state)
        self.state = keep
        self.state.dirty = bool(self.failing)

    def _escape_items(self, value: Value) -> None:
        for _, record in list(self.state.objects(value)):
            self.state.escape(record.items)

    # how blocks end ---------------------------------------------------------------------------

    def _end(self, end: ops.End, index: int) -> None:
        match end:
            case Jump(target=target):
                self._push(target, self.state)
            case Branch():
                self._branch(end)
            case Next():
                self._next(end, index)
            case Dispatch(targets=targets):
                for target in targets:
                    self._push(target, self.state)
            case Exit(how=how):
                self._exit(how)

    def _branch(self, end: Branch) -> None:
        value = self.state.get(end.slot)
        test = end.test
        known = self._answer(value, test)
        for answer, target in ((True, end.yes), (False, end.no)):
            if known is (not answer):
                continue
            state = self.state.copy()
            self._learn(state, end.slot, value, test, answer)
            self._push(target, state)

    def _answer(self, value: Value, test: Test) -> bool | None:
        memory = self._remembered(test)
        if memory is not None:
            return memory
        if test.kind == "truth":
            return truth(value, self.state)
        if test.const is None:
            answers = {self._is_none(thing) for thing in value}
        else:
            answers = {t.value == test.const if isinstance(t, Const) else None for t in value}
        return answers.pop() if len(answers) == 1 else None

    def _is_none(self, thing: Thing) -> bool | None:
        if isinstance(thing, Const):
            return thing.value is None
        record = self.state.record(thing)
        if record is not None:
            return None if record.cls == "parameter" else False
        return False if isinstance(thing, (Func, Inst, Code, Lib)) and _solid(thing) else None

    def _remembered(self, test: Test) -> bool | None:
        if not test.key:
            return None
        found = self.state.env.get(f"?{test.key}")
        if found is not None:
            return found == one(Const(True))
        if test.kind == "is" and test.const is None and test.name:
            if self.state.env.get(f"?{test.name}") == one(Const(True)):
                return False
        return None

    def _learn(
        self, state: State, slot: Slot, value: Value, test: Test, answer: bool  # noqa: FBT001
    ) -> None:
        if test.key:
            state.assign(f"?{test.key}", one(Const(answer)))
        narrowed = frozenset(t for t in value if self._fits(t, test, answer))
        if test.kind == "is" and test.const is None and answer:
            narrowed = NONE
        if test.kind == "truth" and not answer:
            for _, record in list(self.state.objects(value)):
                state.escape(record.items)  # the container is empty: they were taken out
        if narrowed and narrowed != value:
            for place in (slot, test.name):
                if place and place in state.env:
                    state.env[place] = narrowed

    def _fits(self, thing: Thing, test: Test, answer: bool) -> bool:  # noqa: FBT001
        return self._answer(one(thing), Test(test.kind, test.const)) is not (not answer)

    def _next(self, end: Next, index: int) -> None:
        value = self.state.get(end.it)
        site = -100 - 8 * index
        body = self.state.copy()
        before = self.state
        self.finish(value, end.it, site)
        self._loop_ended()
        self.state.env.pop(end.it, None)
        if end.is_async:
            self._drained(value, end)
        self._forget()
        self._push(end.done, self.state)
        self.state = body
        if end.is_async:
            self._tick()
        self.state.assign(end.dst, self.next_element(value, end.it, site))
        handler = self.graph.blocks[index].handler
        if handler is not None:
            self.failing = self._raised(value, end) if end.is_async else []
            self._fail(handler)
            for obj in self.failing:
                self.state.update(obj, spent=FRESH)
        self._push(end.body, self.state)
        self.state = before

    def _loop_ended(self) -> None:
        """Nobody claims that a loop statement ends early or late: what is lost so may be kept."""
        for obj, record in list(self.state.heap.items()):
            if record.cls == COROUTINE and record.spent == FRESH and not record.doubtful:
                self.state.update(obj, doubtful=True)

    def _drained(self, value: Value, end: Next) -> None:
        """The end of an async generator; one that is also left by `break` may go on later."""
        for obj, record in list(self.state.objects(value)):
            if record.cls == ASYNC_GENERATOR and len(value) == 1:
                known = end.it not in self.broken_off
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
        if how != "return":
            return
        if self.unit.function is None:
            for slot, value in list(self.state.env.items()):
                if isinstance(slot, str) and not slot.startswith(("%", "?")):
                    self.escape(value)
        self.state.env.clear()
        self._collect()

    # losing objects ---------------------------------------------------------------------------

    def _forget(self) -> None:
        """Drops intermediate results and the objects that nothing leads to any more."""
        env = self.state.env
        for slot in [s for s in env if isinstance(s, int) or s.startswith(_TEMPORARY)]:
            del env[slot]
        reachable = self.state.reachable()
        for obj in [o for o in self.state.heap if o not in reachable]:
            if self.state.heap[obj].cls != LOOP or obj.site >= 0:
                del self.state.heap[obj]

    def _collect(self) -> None:
        """As `_forget`, and notes how the objects that are lost have ended."""
        before = dict(self.state.heap)
        self._forget()
        for obj in sorted(before.keys() - self.state.heap.keys(), key=repr):
            self._ended(obj, before[obj])

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

    # operations -------------------------------------------------------------------------------

    def _do_Const(self, op: ops.Const) -> None:
        self.state.assign(op.dst, one(Const(op.value)))

    def _do_Opaque(self, op: ops.Opaque) -> None:
        for slot in op.uses:
            self.escape(self.state.get(slot))
        self.state.assign(op.dst, UNKNOWN)

    def _do_Load(self, op: ops.Load) -> None:
        value = self.state.env.get(op.name)
        if value is None:
            value = self._outer(op)
        self.state.assign(op.dst, value)

    def _outer(self, op: ops.Load) -> Value:
        """A name that this body has not bound: what it was declared to be."""
        if "%" in op.name:
            return UNKNOWN
        value = self.resolver.name(op.name, self.unit.scope)
        if not any(isinstance(t, Made) for t in value):
            return value
        made = self.materialize(value, op, origin="global")
        self.state.assign(op.name, made)
        return made

    def _do_Store(self, op: ops.Store) -> None:
        value = self.state.get(op.src)
        consts = all(isinstance(t, Const) and t.value is not None for t in value)
        if consts and op.name not in self.graph.tested and not op.name.startswith("%"):
            value = UNKNOWN
        for key in self.graph.keys.get(op.name, ()):
            self.state.env.pop(f"?{key}", None)
        self.state.assign(op.name, value)
        if op.name in self.graph.captured or op.name in self.unit.scope.elsewhere:
            self.escape(value)
        if op.name in self.unit.exported:
            self.escape(value)

    def _do_Delete(self, op: ops.Delete) -> None:
        self.state.env.pop(op.name, None)
        self.state.dirty = True

    def _do_Attr(self, op: ops.Attr) -> None:
        base = self.state.get(op.base)
        for obj, record in list(self.state.objects(base)):
            if record.cls == COROUTINE and not op.name.startswith(_COROUTINE_ATTRIBUTES):
                self.read(one(obj), op.node, f"asked for `.{op.name}`")
        value = self.resolver.attribute(base, op.name)
        self.state.assign(op.dst, self.materialize(value, op))

    def _do_SetAttr(self, op: ops.SetAttr) -> None:
        self.escape(self.state.get(op.src))
        suffix = f".{op.name}"
        for slot in [s for s in self.state.env if isinstance(s, str) and s.startswith("?")]:
            if suffix in slot:
                del self.state.env[slot]

    def _do_Item(self, op: ops.Item) -> None:
        self.state.assign(op.dst, self.item(op))

    def _do_SetItem(self, op: ops.SetItem) -> None:
        key = self._const(self.state.get(op.key))
        self.put(self.state.get(op.base), self.state.get(op.src), key)

    def _do_DelItem(self, op: ops.DelItem) -> None:
        for _, record in list(self.state.objects(self.state.get(op.base))):
            self.escape(record.items)

    def _do_Call(self, op: ops.Call) -> None:
        self.state.assign(op.dst, self.call(op))

    def _do_Await(self, op: ops.Await) -> None:
        value = self.state.get(op.src)
        result = join(*(self._awaited(thing) for thing in ordered(value)))
        self.failing = self.consume(value, op, op.node.expression, "await")  # type: ignore[attr-defined]
        self._tick()
        self.state.assign(op.dst, result)

    def _awaited(self, thing: Thing) -> Value:
        """What awaiting gives, where an annotation or a fact tells."""
        record = self.state.record(thing)
        by = record.by if record is not None and record.cls == COROUTINE else None
        if isinstance(by, Func) and by.function.kind is Kind.COROUTINE:
            value = self.resolver.annotation(by.function.returns, by.function.scope)
            return value if not any(isinstance(t, Made) for t in value) else UNKNOWN
        return UNKNOWN

    def _tick(self) -> None:
        """The loop gets its turn: tasks may be done from here on."""
        for obj, record in list(self.state.heap.items()):
            if record.cls in (TASK, FUTURE, THREAD_FUTURE) and not record.ticked:
                self.state.update(obj, ticked=True)

    def _do_Build(self, op: ops.Build) -> None:
        self.build(op)

    def _do_Append(self, op: ops.Append) -> None:
        container = self.state.get(op.container)
        value = self.state.get(op.src)
        if any(r.cls in CONTAINERS for _, r in self.state.objects(container)):
            self.put(container, value)
        else:
            self.escape(value)

    def _do_Binary(self, op: ops.Binary) -> None:
        found: Value | None = None
        if op.operator == "*":
            found = self.multiplied(op)
        elif op.operator in ("+", "+="):
            found = self.added(op)
        if found is None:
            for side in (op.left, op.right):
                self.read(self.state.get(side), op.node, "used in arithmetic")
        self.state.assign(op.dst, UNKNOWN if found is None else found)

    def _do_Use(self, op: ops.Use) -> None:
        self.read(self.state.get(op.src), op.node, READ_BY[op.how])

    def _do_Start(self, op: ops.Start) -> None:
        value = self.state.get(op.src)
        self.state.assign(op.it, value)
        self.starts_of[op.it] = op.id
        for obj, record in list(self.state.objects(value)):
            if len(value) != 1 or record.cls not in (COROUTINE, ASYNC_GENERATOR):
                continue
            node = op.node.iter  # type: ignore[attr-defined]
            subject = self.journal.subject(obj, record)
            if record.cls == ASYNC_GENERATOR and op.is_async:
                entry = self.journal.consumption(
                    node, op, "iterate", subject, "", Accepts.AWAITABLE
                )
                if record.spent >= 0:
                    entry.again[record.spent] = self.ops[record.spent]
                self.state.update(obj, escaped=True)
            else:
                self.journal.iteration(node, op, subject, "for", op.is_async)
                self.state.update(obj, spent=-2, escaped=True)

    def _do_Leave(self, op: ops.Leave) -> None:
        self._escape_items(self.state.get(op.it))
        self.state.env.pop(op.it, None)
        self.state.env.pop(f"{op.it}#", None)

    def _do_Unpack(self, op: ops.Unpack) -> None:
        value = self.state.get(op.src)
        parts: list[Value] = [UNKNOWN] * len(op.dsts)
        turns = [t for t in value if isinstance(t, Turn)]
        if turns:
            parts = [one(turns[0])] * len(op.dsts)
        for _, record in list(self.state.objects(value)):
            known = dict(record.keyed)
            if op.star < 0 and known and len(value) == 1:
                parts = [known.get(i, UNKNOWN) for i in range(len(op.dsts))]
            else:
                self.state.escape(record.items)
            self.read(value, op.node, "unpacked")
        for slot, part in zip(op.dsts, parts, strict=True):
            self.state.assign(slot, part)

    def _do_Enter(self, op: ops.Enter) -> None:
        value = self.state.get(op.src)
        for obj, record in list(self.state.objects(value)):
            if record.cls in (COROUTINE, ASYNC_GENERATOR) and len(value) == 1:
                subject = self.journal.subject(obj, record)
                self.journal.iteration(op.node, op, subject, "with", op.is_async)
                self.state.update(obj, spent=-2, escaped=True)
        if op.is_async:
            self._tick()
        entered = [self._entered(thing) for thing in ordered(value)]
        self.state.assign(op.dst, join(*entered))

    def _do_LeaveWith(self, op: ops.LeaveWith) -> None:
        if op.is_async:
            self._tick()

    def _entered(self, thing: Thing) -> Value:
        """Nearly all context managers of asyncio hand themselves to `as`."""
        record = self.state.record(thing)
        if record is not None and record.cls == LOOP:
            return one(thing)
        if isinstance(thing, Inst) and isinstance(thing.of, str):
            return one(thing) if thing.of.startswith(("asyncio.", "concurrent.")) else UNKNOWN
        return UNKNOWN

    def _do_Yield(self, op: ops.Yield) -> None:
        self.escape(self.state.get(op.src))
        self.state.assign(op.dst, UNKNOWN)

    def _do_Return(self, op: ops.Return) -> None:
        value = self.state.get(op.src)
        self.story.returned |= self._handed_back(value)
        self.escape(value)
        for slot, held in list(self.state.env.items()):
            if isinstance(slot, str) and slot.startswith("%it"):
                self._escape_items(held)

    def _handed_back(self, value: Value) -> Value:
        """A result as the caller sees it: fresh objects are made anew by each call."""
        found: set[Thing] = set()
        for thing in value:
            record = self.state.record(thing)
            if record is None:
                known = not isinstance(thing, (Picked, Turn, Code, Method, Table))
                found |= {thing} if known else UNKNOWN
            elif record.spent == FRESH and record.origin == "made" and record.cls != LOOP:
                found.add(Made(record.cls, record.by))
            else:
                found |= UNKNOWN
        return frozenset(found)

    def _do_Raise(self, op: ops.Raise) -> None:
        if op.src is not None:
            self.escape(self.state.get(op.src))

    def _do_Discard(self, op: ops.Discard) -> None:
        for obj, record in self.state.objects(self.state.get(op.src)):
            life = self.journal.life(obj)
            if life is not None and life.op.node is op.node and record.cls == COROUTINE:
                life.discarded = True

    def _do_Lambda(self, op: ops.Lambda) -> None:
        names = names_in(op.node)
        known = {n: self.state.env[n] for n in sorted(names) if n in self.state.env}
        for value in known.values():
            self.escape(value)
        env = {
            name: value
            for name, value in known.items()
            if not any(isinstance(t, (Obj, Picked)) for t in value)
        }
        self.state.assign(op.dst, one(Code(self.program.lambda_unit(op.node, self.unit, env))))

    def _do_Define(self, op: ops.Define) -> None:
        for name in sorted(op.captures):
            if name in self.state.env:
                self.escape(self.state.env[name])
        self.state.env.pop(op.name, None)

    def _do_Forget(self, _op: ops.Forget) -> None:
        self._collect()


_TEMPORARY = ("%comp", "%elt", "%bool", "%if", "%class")


def _solid(thing: Thing) -> bool:
    return not isinstance(thing, Inst) or thing.exact
