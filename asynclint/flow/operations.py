"""What each operation of a graph does to the state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Accepts
from asynclint.flow.calls import Calls
from asynclint.flow.containers import CONTAINERS
from asynclint.flow.entering import Entering, Purse, Way
from asynclint.flow.leading import by_itself, leads_to
from asynclint.flow.state import FRESH, MIXED, Record, State, inside
from asynclint.flow.story import ITERATE, READ_BY, YIELD_FROM, Story
from asynclint.model.declared import Class
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    FUTURE,
    LOOP,
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
from asynclint.visitor.ops import Graph, Slot, Using
from asynclint.visitor.pure import names_in

if TYPE_CHECKING:
    from asynclint.flow.file import Unit
    from asynclint.flow.program import Program

_COROUTINE_ATTRIBUTES = ("send", "throw", "close", "cr_", "__await__", "__name__", "__qualname__")
_ENTER_THEMSELVES = ("asyncio.", "concurrent.", "contextlib.ExitStack", "contextlib.AsyncExitStack")


class Operations(Calls):
    """One method for each kind of operation, named `_do_` and the kind."""

    def __init__(
        self,
        unit: Unit,
        program: Program,
        story: Story,
        graph: Graph,
        outer: Entering | None = None,
    ) -> None:
        super().__init__(unit, program, story, outer)
        self.purse = outer.purse if outer is not None else Purse()
        self._runs: dict[object, tuple[Entering, int]] = {}
        self.ways: list[Way] = []
        self.forks: list[State] = []
        self.raises: list[State] = []
        self.stopped = False
        self.graph = graph
        self.starts_of: dict[str, int] = {}  # the operation that began each iteration
        self.unswept = False  # statements have ended, and what they lost is still there
        self.raised = False  # by a raise statement, not by chance

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

    def _do_Keep(self, op: ops.Keep) -> None:
        self.state.assign(op.dst, self.state.get(op.src))

    def _do_Delete(self, op: ops.Delete) -> None:
        self.state.env.pop(op.name, None)
        self.state.dirty = True

    def _do_Attr(self, op: ops.Attr) -> None:
        base = self.state.get(op.base)
        for obj, record in list(self.state.objects(base)):
            if record.cls == COROUTINE and not op.name.startswith(_COROUTINE_ATTRIBUTES):
                self.read(one(obj), op.node, f"asked for `.{op.name}`")
        value = self.attributes_of(base, op.name, op)
        for thing in ordered(base):
            if isinstance(thing, Inst) and isinstance(thing.of, Class):
                self.journal.asked_of(thing.of, op.name, op.node)
                self.read_property(thing.of, op)
        self.state.assign(op.dst, self.materialize(value, op))

    def _do_SetAttr(self, op: ops.SetAttr) -> None:
        self._keep_in(self.state.get(op.base), op.src)
        self.set_property(self.state.get(op.base), op)
        self.set_attribute(self.state.get(op.base), op.name, op.src)
        suffix = f".{op.name}"
        for slot in [s for s in self.state.env if s[0] == "?"]:
            if suffix in slot:
                del self.state.env[slot]

    def _do_Item(self, op: ops.Item) -> None:
        self.run_methods(self.state.get(op.base), ("__getitem__",), op, op.node)
        self.state.assign(op.dst, self.item(op))

    def _do_SetItem(self, op: ops.SetItem) -> None:
        self._keep_in(self.state.get(op.base), op.src)
        self.run_methods(self.state.get(op.base), ("__setitem__",), op, op.node)
        key = self._const(self.state.get(op.key))
        self.put(self.state.get(op.base), self.state.get(op.src), key)

    def _do_DelItem(self, op: ops.DelItem) -> None:
        self.run_methods(self.state.get(op.base), ("__delitem__",), op, op.node)
        for obj, record in list(self.state.objects(self.state.get(op.base))):
            self.escape(record.items)
            self.story.emptied.add(obj.site)
            if record.cls in CONTAINERS:
                self.state.update(obj, shrunk=True, keyed=(), picked=((None, MIXED),))

    def _do_Call(self, op: ops.Call) -> None:
        if not self.entered(op):
            self.state.assign(op.dst, self.call(op))

    def _do_Await(self, op: ops.Await) -> None:
        value = self.state.get(op.src)
        result = join(*(self.awaited(thing) for thing in ordered(value)))
        self.consume(value, op, op.node.expression, "await")  # type: ignore[attr-defined]
        self._tick()
        self.forget_attributes()
        self.state.assign(op.dst, self.materialize(result, op, origin="shared"))

    def _do_Build(self, op: ops.Build) -> None:
        for arg in op.items:
            if arg.star:
                self.unpacked(self.state.get(arg.slot), arg.node, op, "unpacked")
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

    def _do_Compare(self, op: ops.Compare) -> None:
        """Objects may be told apart by `==`; a result may not."""
        left, right = self.state.get(op.left), self.state.get(op.right)
        if op.is_equality:
            self.run_methods(left, ("__eq__",), op, op.node)
        objects = [any(True for _ in self.state.objects(side)) for side in (left, right)]
        if op.is_equality and all(objects):
            return
        for side in (left, right):
            self.read(side, op.node, READ_BY[Using.COMPARE])

    def _do_Use(self, op: ops.Use) -> None:
        value = self.state.get(op.src)
        optional = op.how is Using.TEST and isinstance(op.node, cst.Attribute)
        self.read(value, op.node, READ_BY[op.how], soft=optional or op.how is Using.FORMAT)
        self.used(value, op)
        if op.how is Using.SEARCH and not self.has_method(value, "__contains__"):
            self.unpacked(value, op.node, op, READ_BY[op.how])

    def _do_Start(self, op: ops.Start) -> None:
        value = self.state.get(op.src)
        node = op.node.iter  # type: ignore[attr-defined]
        if not op.is_async:
            self.go_through(value, op, node)
            self.streamed(value, node, op, "for")
        self.state.assign(op.it, value)
        self.starts_of[op.it] = op.id
        for thing in ordered(value) if op.is_async else ():
            if isinstance(thing, Inst) and isinstance(thing.of, Class):
                self.journal.asked_of(thing.of, "__aiter__", node)
        for obj, record in list(self.state.objects(value)):
            if len(value) != 1 or record.cls not in (COROUTINE, ASYNC_GENERATOR):
                continue
            subject = self.journal.subject(obj, record)
            if record.cls == ASYNC_GENERATOR and op.is_async and op.is_late:
                self.escape(value)  # some of it may be taken, at some time
                self.state.assign(op.it, UNKNOWN)
            elif record.cls == ASYNC_GENERATOR and op.is_async:
                entry = self.journal.consumption(node, op, ITERATE, subject, "", Accepts.AWAITABLE)
                self.touch(obj, entry)
                if record.spent >= 0:
                    entry.again[record.spent] = self.ops[record.spent]
                self.state.update(obj, escaped=True)
            else:
                self.touch(obj, self.iterated(node, op, subject, "for", op.is_async))
                self.state.update(obj, spent=-2, escaped=True)

    def _do_Leave(self, op: ops.Leave) -> None:
        self._escape_items(self.state.get(op.it))
        self.state.env.pop(op.it, None)
        self.state.env.pop(f"{op.it}#", None)

    def _do_Unpack(self, op: ops.Unpack) -> None:
        value = self.state.get(op.src)
        parts = [self.typed_part(value, i, op) for i in range(len(op.dsts))]
        turns = [t for t in ordered(value) if isinstance(t, Turn)]
        if turns:
            parts = [one(turns[0])] * len(op.dsts)
        for _, record in list(self.state.objects(value)):
            known = dict(record.keyed)
            if op.star < 0 and known and len(value) == 1:
                parts = [known.get(i, UNKNOWN) for i in range(len(op.dsts))]
            else:
                self.state.escape(record.items)
        self.read(value, op.node, "unpacked")
        self.unpacked(value, op.node, op, "unpacked")
        for slot, part in zip(op.dsts, parts, strict=True):
            self.state.assign(slot, part)

    def _do_Enter(self, op: ops.Enter) -> None:
        value = self.state.get(op.src)
        for obj, record in list(self.state.objects(value)):
            if record.cls in (COROUTINE, ASYNC_GENERATOR) and len(value) == 1:
                subject = self.journal.subject(obj, record)
                self.touch(obj, self.iterated(op.node, op, subject, "with", op.is_async))
                self.state.update(obj, spent=-2, escaped=True)
        for thing in ordered(value):
            if isinstance(thing, Inst) and isinstance(thing.of, str):
                fact = self.facts.method(thing.of, "__enter__")
                if fact is not None and fact.starts_loop and not op.is_async:
                    self.journal.start(op, thing.of, fact, UNKNOWN)
        if op.is_async:
            self._tick()
        else:
            self.enter_and_leave(value, op)
        entered = [self._entered(thing, is_async=op.is_async) for thing in ordered(value)]
        self.state.assign(op.dst, self.materialize(join(*entered), op, origin="shared"))

    def _do_LeaveWith(self, op: ops.LeaveWith) -> None:
        if op.is_async:
            self._tick()

    def _do_Yield(self, op: ops.Yield) -> None:
        if isinstance(op.node, cst.Yield) and isinstance(op.node.value, cst.From):
            self.go_through(self.state.get(op.src), op, op.node.value.item)
            self.unpacked(self.state.get(op.src), op.node.value.item, op, YIELD_FROM)
        self.hand_out(self.state.get(op.src))
        self.state.assign(op.dst, UNKNOWN)

    def _do_Return(self, op: ops.Return) -> None:
        value = self.state.get(op.src)
        self.story.returned |= self._handed_back(value)
        self.hand_on(value)
        if self.outer is not None:
            self.state.assign("%return", value)
        else:
            self.escape(frozenset(t for t in value if not isinstance(t, Func)))
        for slot, held in list(self.state.env.items()):
            if slot.startswith("%it"):
                self._escape_items(held)

    def _do_Raise(self, op: ops.Raise) -> None:
        if op.src is not None:
            self.escape(self.state.get(op.src))
        self.raised = True

    def _do_Discard(self, _op: ops.Discard) -> None:
        """Nothing keeps the value: it is lost when the statement ends (`_do_Forget`)."""

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
        unit = self.unit.file.lambda_unit(op.node, self.unit, env)
        self.state.assign(op.dst, one(Code(unit, self._closure(known))))

    def _do_Define(self, op: ops.Define) -> None:
        known = {n: self.state.env[n] for n in sorted(op.captures) if n in self.state.env}
        for value in known.values():
            self.escape(value)
        self.state.env.pop(op.name, None)
        if closure := self._closure(known):
            value = self.resolver.name(op.name, self.unit.scope)
            if len(value) == 1 and isinstance(thing := next(iter(value)), Func):
                self.state.assign(op.name, one(replace(thing, env=closure)))

    def _closure(self, known: dict[str, Value]) -> tuple[tuple[str, Value], ...]:
        """What free names stand for, of those that are bound once and hold tracked objects."""
        bindings = self.unit.scope.bindings
        held = {n: v for n, v in known.items() if len(bindings.get(n, ())) == 1}
        return tuple((n, v) for n, v in held.items() if any(t for x in v for t in leads_to(x)))

    def _do_Forget(self, _op: ops.Forget) -> None:
        self.state.temps.clear()
        self.unswept = True

    def _outer(self, op: ops.Load) -> Value:
        """A name that this body has not bound: what it was declared to be."""
        if "%" in op.name:
            return UNKNOWN
        value = self.resolver.name(op.name, self.unit.scope)
        if (table := self.resolver.variable(op.name, self.unit.scope)) is not None:
            return self.table(*table) or value
        if not any(isinstance(t, Made) for t in value):
            return value
        made = self.materialize(value, op, origin="global")
        self.state.assign(op.name, made)
        return made

    def _keep_in(self, base: Value, src: Slot) -> None:
        """A result that Streamlit's session keeps is not computed again at the next run."""
        if base == one(Lib("streamlit.session_state")):
            for start in self.story.starts:
                start.kept |= isinstance(start.op, ops.Call) and start.op.dst == src

    def _tick(self) -> None:
        """The loop gets its turn: tasks may be done from here on."""
        for obj, record in list(self.state.heap.items()):
            if record.cls in (TASK, FUTURE, THREAD_FUTURE) and not record.ticked:
                self.state.update(obj, ticked=True)

    def _entered(self, thing: Thing, *, is_async: bool) -> Value:
        """What `with` binds: nearly all context managers of asyncio hand themselves out."""
        record = self.state.record(thing)
        if record is not None and record.cls == LOOP:
            return one(thing)
        if not isinstance(thing, Inst):
            return UNKNOWN
        if isinstance(thing.of, str) and thing.of.startswith(_ENTER_THEMSELVES):
            return one(thing)
        plain = replace(thing, at=None)
        value = self.resolver.entered(one(plain), is_async=is_async)
        return frozenset(thing if each == plain else each for each in value)

    def _handed_back(self, value: Value) -> Value:
        """A result as the caller sees it: fresh objects are made anew by each call."""
        found: set[Thing] = set()
        for thing in ordered(value):
            record = self.state.record(thing)
            live = any(self.is_live(one(inner)) for inner in inside(thing))
            self.story.rich |= live or (record is not None and self._holds_objects(record))
            if record is None:
                known = not isinstance(thing, (Picked, Turn, Code, Method, Table))
                found |= {by_itself(thing)} if known else UNKNOWN
            elif record.spent == FRESH and record.origin == "made" and record.cls != LOOP:
                found.add(Made(record.cls, record.by))
            else:
                found |= UNKNOWN
        return frozenset(found)

    def _holds_objects(self, record: Record) -> bool:
        return record.cls in CONTAINERS and self.is_live(record.items)

    def _escape_items(self, value: Value) -> None:
        for _, record in list(self.state.objects(value)):
            self.state.escape(record.items)
