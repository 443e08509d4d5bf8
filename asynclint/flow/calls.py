"""Calls: of functions of the program, of library callables that the facts know, of anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.facts import Calls as CallsParameter
from asynclint.facts import Consumes, Fact, Kind, Outcome, Where
from asynclint.flow.containers import CONTAINERS, Containers
from asynclint.flow.state import MIXED, Record
from asynclint.flow.story import Handover, Step, Subject
from asynclint.model.declared import Function
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    LOOP,
    UNKNOWN,
    Code,
    Const,
    Func,
    Giving,
    Inst,
    Klass,
    Lib,
    Made,
    Method,
    Obj,
    Partial,
    Thing,
    Value,
    join,
    one,
    ordered,
    without_none,
)
from asynclint.visitor import ops

if TYPE_CHECKING:
    from asynclint.flow.program import Summary

_DRIVING = ("send", "throw", "__next__")
_CURRENT_LOOP = ("asyncio.get_running_loop", "asyncio.get_event_loop")
_ASKED_OR_SET = ("done", "cancel", "cancelled", "set_result", "set_exception")
_LOOP_ONLY = ("run_until_complete", "create_task")  # no other well-known class has these methods
_FLAT = {
    "builtins.list": "list",
    "builtins.tuple": "tuple",
    "builtins.set": "set",
    "builtins.sorted": "list",
    "builtins.reversed": "list",
    "builtins.iter": "list",
    "collections.deque": "list",
    "itertools.chain": "list",
}
_ONLY_LOOK = tuple(
    f"builtins.{name}"
    for name in ("isinstance", "issubclass", "type", "id", "callable", "hasattr", "print", "repr")
)


class Calls(Containers):
    """What calls do to objects, and what they give."""

    def call(self, op: ops.Call) -> Value:
        """Performs a call and returns its result."""
        callees = without_none(self.state.get(op.func))
        self.consumed_now = set()
        results = [self.call_thing(thing, op) for thing in ordered(callees)]
        if any(entry.op is op for entry in self.story.starts):
            self._mark_started(op)
        made = [any(isinstance(t, Made) for t in r) for r in results]
        if any(made) and not all(made):
            return UNKNOWN
        return self.materialize(join(*results), op)

    def call_thing(self, thing: Thing, op: ops.Call) -> Value:
        """Calls one of the alternatives."""
        match thing:
            case Partial(callee=callee):
                return self.call_thing(callee, op)
            case Func(function=function):
                return self._call_function(function, thing, op)
            case Code(unit=unit):
                self._escape_arguments(op)
                return self._apply_summary(self.program.summary_of(unit), op, "lambda")
            case Klass(cls=cls):
                self._escape_arguments(op)
                return one(Inst(cls, exact=True))
            case Giving(result=result):
                self._escape_arguments(op)
                return result
            case Method(owner=Obj() as owner, name=name) if owner in self.state.heap:
                return self._call_method(owner, name, op)
            case Lib() | Method():
                fact = self.resolver.fact_of(thing)
                if fact is not None:
                    return self.apply(fact, thing, op)
                self._escape_arguments(op)
                if isinstance(thing, Method) and thing.name == "run_until_complete":
                    return self.apply_loop_method(thing.name, op)
                return self.resolver.call_one(thing)
            case _:
                self._escape_arguments(op)
                return UNKNOWN

    # functions of the program -----------------------------------------------------------------

    def _call_function(self, function: Function, thing: Thing, op: ops.Call) -> Value:
        if function.kind is not Kind.FUNCTION:
            self._escape_arguments(op)
            return self.resolver.result(function, thing)
        summary = self.program.summary(function)
        self._pass_arguments(function, thing, summary, op)
        result = self._apply_summary(summary, op, function.name)
        declared = self.resolver.result(function, thing)
        return declared if result == UNKNOWN else result

    def _apply_summary(self, summary: Summary | None, op: ops.Call, name: str) -> Value:
        if summary is None:
            return UNKNOWN
        again = f"%ran{op.id}" in self.state.env
        for start in summary.starts:
            step = Step(self.unit, op.node, name)
            entry = self.journal.start(op, start.callee, start.fact, UNKNOWN)
            entry.chain = (step, *start.chain, Step(summary.unit, start.node, start.callee))
            entry.repeated |= again
            entry.loop = entry.loop or start.loop
        self._mark_started(op)
        return summary.returns

    def _pass_arguments(
        self, function: Function, thing: Thing, summary: Summary | None, op: ops.Call
    ) -> None:
        bound = isinstance(thing, Func) and thing.bound
        names = [p.name for p in function.parameters if p.kind == "position"][bound:]
        for index, arg in enumerate(op.args):
            value = self.state.get(arg.slot)
            name = arg.keyword or (names[index] if index < len(names) and not arg.star else "")
            if summary is not None and name in summary.consumed:
                self.consume(value, op, arg.node, "passed", function.name)
            self.escape(value)

    # methods of tracked objects ---------------------------------------------------------------

    def _call_method(self, owner: Obj, name: str, op: ops.Call) -> Value:
        record = self.state.heap[owner]
        if record.cls in CONTAINERS:
            found = self.container_method(owner, name, op)
            if found is not None:
                return found
            self.escape(one(owner))
            self._escape_arguments(op)
            return UNKNOWN
        if record.cls == COROUTINE:
            return self._drive(owner, record, name, op)
        if record.cls == "parameter":
            if name in _LOOP_ONLY:
                return self.apply_loop_method(name, op)
            self._escape_arguments(op)
            return UNKNOWN
        if record.cls == ASYNC_GENERATOR:
            if name == "aclose":
                self.state.update(owner, spent=op.id)
            self._escape_arguments(op)
            return UNKNOWN
        return self._call_known(owner, record, name, op)

    def _drive(self, owner: Obj, record: Record, name: str, op: ops.Call) -> Value:
        """`coro.send(None)` steps a coroutine by hand; `close()` ends it properly."""
        if name in _DRIVING:
            subject = self.journal.subject(owner, record)
            self.journal.iteration(op.node, op, subject, name, is_async=False, callee=name)
        self.state.update(owner, spent=MIXED, escaped=True)
        self._escape_arguments(op)
        return one(owner) if name == "__await__" else UNKNOWN

    def _call_known(self, owner: Obj, record: Record, name: str, op: ops.Call) -> Value:
        fact = self.facts.method(record.cls, name)
        if record.cls == LOOP:
            self._use_loop(owner, record, name, op)
        elif name in ("result", "exception"):
            entry = self.journal.waiting(op, self.journal.subject(owner, record), name)
            entry.own_loop |= record.origin == "own-loop"
            early = not record.ticked and record.origin in ("made", "own-loop")
            entry.early |= early and not self.guarded
        elif name in _ASKED_OR_SET:
            self.state.update(owner, ticked=True)
        if fact is None:
            self._escape_arguments(op)
            return UNKNOWN
        return self.apply(fact, Method(Made(record.cls), name), op, owner)

    def _use_loop(self, owner: Obj, record: Record, name: str, op: ops.Call) -> None:
        life = self.journal.life(owner)
        if name == "close":
            self.state.update(owner, closed=op.id)
            if life is not None:
                life.closed = True
        elif name in ("is_closed", "is_running"):
            self.state.escape(one(owner))
        elif record.closed >= 0:
            use = self.journal.loop_use(op, "closed")
            use.closed_by = self.ops[record.closed]

    def apply_loop_method(self, name: str, op: ops.Call) -> Value:
        """A method that only event loops have, called on something unknown."""
        fact = self.facts.method(LOOP, name)
        if fact is None:
            self._escape_arguments(op)
            return UNKNOWN
        return self.apply(fact, Method(Made(LOOP), name), op)

    # library callables ------------------------------------------------------------------------

    def apply(self, fact: Fact, thing: Thing, op: ops.Call, owner: Obj | None = None) -> Value:
        """What the facts say of a call."""
        handled: set[int] = set()
        for consumes in fact.consumes:
            handled |= self._consume_arguments(fact, consumes, op)
        for calls in fact.calls:
            handled |= self._hand_over(fact, calls, op)
        for index, arg in enumerate(op.args):
            value = self.state.get(arg.slot)
            position = index if not arg.keyword else -2
            if position in fact.iterates or -1 in fact.iterates:
                self._iterate_argument(value, arg, op, fact)
            if position in fact.reads or -1 in fact.reads:
                self.read(value, arg.node, f"passed to `{_short(fact.name)}`", deep=fact.deep)
            if index not in handled and self._keeps(fact, position):
                self.escape(value)
        if fact.starts_loop:
            self._start_loop(fact, op, owner)
        if fact.effect == "sets-loop" and op.args:
            for obj, _ in list(self.state.objects(self.state.get(op.args[0].slot))):
                self.state.update(obj, read=True)
                life = self.journal.life(obj)
                if life is not None:
                    life.set_current = True
        return self._fact_result(fact, thing, op)

    @staticmethod
    def _keeps(fact: Fact, position: int) -> bool:
        """Whether an argument may live on after the call."""
        if fact.effect == "sets-loop" or fact.name in _ONLY_LOOK:
            return False
        looked_at = {*fact.reads, *fact.iterates, *fact.elements, *fact.stores}
        return position not in looked_at and -1 not in looked_at

    def _fact_result(self, fact: Fact, thing: Thing, op: ops.Call) -> Value:
        first = self.state.get(op.args[0].slot) if op.args else UNKNOWN
        if fact.name == "functools.partial" and op.args:
            return frozenset(
                Partial(t) if not isinstance(t, (Const, Obj)) else t for t in first
            )
        collected = self._collected(fact, op)
        if collected is not None:
            return collected
        if fact.name == "contextlib.closing":
            return self._closing(first)
        if fact.name in _CURRENT_LOOP:
            return self._current_loop(fact, op)
        if fact.name == "asyncio.run_coroutine_threadsafe":
            return self._threadsafe(op)
        if fact.returns == "argument":
            return first
        result = self.resolver.fact_result(fact, thing)
        if fact.returns == LOOP and not fact.makes_loop:
            return self.materialize(result, op, origin="current")
        return result

    def _collected(self, fact: Fact, op: ops.Call) -> Value | None:
        """Calls that gather objects or the elements of containers: `list(jobs)`, `repeat(job)`."""
        positions = range(len(op.args))
        values = [self.state.get(arg.slot) for arg in op.args]
        stored = [values[i] for i in positions if i in fact.stores or -1 in fact.stores]
        if fact.stores and any(r.cls == COROUTINE for v in stored for _, r in self.state.objects(v)):
            items = frozenset(t for v in stored for t in v if isinstance(t, Obj))
            repeated = fact.effect == "repeats" or fact.name.endswith(".fromkeys")
            made = Record("list", origin="container", items=items, repeated=repeated)
            return one(self.make(op, made))
        held = [values[i] for i in positions if i in fact.elements or -1 in fact.elements]
        if not any(r.items for v in held for _, r in self.state.objects(v)):
            return None
        if fact.name == "builtins.enumerate":
            return one(self.make(op, Record("items", origin="container", items=held[0])))
        kind = _FLAT.get(fact.name)
        if kind is None:
            for value in held:
                self.escape(value)
            return None
        return self.copied(join(*held) if len(held) == 1 else frozenset().union(*held), op, kind)

    def _closing(self, value: Value) -> Value:
        """`with closing(loop) as loop`: it will be closed."""
        if not any(r.cls == LOOP for _, r in self.state.objects(value)):
            self.escape(value)
            return UNKNOWN
        for obj, _ in self.state.objects(value):
            life = self.journal.life(obj)
            if life is not None:
                life.closed = True
            self.state.escape(one(obj))
        return value

    def _current_loop(self, fact: Fact, op: ops.Call) -> Value:
        """Every call gives the same object: that of the thread."""
        origin = "running" if self.unit.on_loop or "running" in fact.name else "current"
        obj = Obj(-1 if origin == "running" else -2)
        if obj not in self.state.heap:
            self.state.heap[obj] = Record(LOOP, origin=origin, escaped=True)
        self.journal.makers.setdefault(obj.site, op)
        if fact.needs_loop and origin == "current":
            self.journal.loop_use(op, "asked")
        return one(obj)

    def _threadsafe(self, op: ops.Call) -> Value:
        """The future of a coroutine on another thread's loop; on our own it never gets done."""
        loop = self.state.get(op.args[1].slot) if len(op.args) > 1 else UNKNOWN
        records = [r for _, r in self.state.objects(loop)]
        own = len(loop) == 1 and bool(records) and records[0].origin == "running"
        origin = "own-loop" if own and self.unit.on_loop else "made"
        made = Record("concurrent.futures.Future", None, origin=origin, escaped=True)
        return one(self.make(op, made))

    def _arguments(self, op: ops.Call, at: int, name: str) -> list[tuple[int, ops.Arg]]:
        for index, arg in enumerate(op.args):
            if (name and arg.keyword == name) or (index == at and not arg.keyword):
                return [(index, arg)]
        return []

    def _consume_arguments(self, fact: Fact, consumes: Consumes, op: ops.Call) -> set[int]:
        how, callee = consumes.how.value, _short(fact.name)
        if consumes.spread == "args":
            return self._consume_spread(consumes, op, how, callee)
        handled: set[int] = set()
        for index, arg in self._arguments(op, consumes.at, consumes.name):
            value = self.state.get(arg.slot)
            handled.add(index)
            if consumes.spread == "items":
                self.consume_items(value, op, arg.node, how, callee, consumes.accepts)
            elif not arg.star:
                self.consume(value, op, arg.node, how, callee, consumes.accepts)
        return handled

    def _consume_spread(
        self, consumes: Consumes, op: ops.Call, how: str, callee: str
    ) -> set[int]:
        handled: set[int] = set()
        seen: set[Thing] = set()
        for index, arg in enumerate(op.args):
            if index < consumes.at or arg.keyword:
                continue
            handled.add(index)
            value = self.state.get(arg.slot)
            if arg.star:
                self.consume_items(value, op, arg.node, how, callee, consumes.accepts)
                continue
            if len(value) == 1 and value <= seen:
                for obj, record in self.state.objects(value):
                    subject = self.journal.subject(obj, record)
                    if record.cls == COROUTINE:
                        entry = self.journal.consumption(
                            arg.node, op, how, subject, callee, consumes.accepts
                        )
                        entry.shared = True
                continue
            seen |= value
            self.consume(value, op, arg.node, how, callee, consumes.accepts)
        return handled

    def _hand_over(self, fact: Fact, calls: CallsParameter, op: ops.Call) -> set[int]:
        handled: set[int] = set()
        for index, arg in self._arguments(op, calls.at, calls.name):
            value = self.state.get(arg.slot)
            made = self.makes(value)
            handled.add(index)
            self.escape(value)
            elsewhere = calls.where in (Where.THREAD, Where.PROCESS)
            if made is None or calls.outcome is Outcome.AWAITED:
                continue
            if calls.outcome is Outcome.RETURNED and not elsewhere:
                continue
            direct = all(isinstance(t, Func) for t in value)
            callee = _short(fact.name)
            self.journal.handover(
                Handover(arg.node, op.node, made, calls.where, calls.outcome, callee, direct)
            )
        return handled

    def makes(self, value: Value) -> Subject | None:
        """The coroutine or async generator object that calling a callable makes, if all do."""
        found: list[Made] = []
        for thing in ordered(value):
            result = UNKNOWN
            if isinstance(thing, Code):
                summary = self.program.summary_of(thing.unit)
                result = summary.returns if summary is not None else UNKNOWN
            elif not isinstance(thing, (Klass, Obj)):
                result = self.resolver.call_one(thing)
            made = [t for t in result if isinstance(t, Made)]
            if len(made) != 1 or len(result) != 1:
                return None
            found += made
        if not found or found[0].cls not in (COROUTINE, ASYNC_GENERATOR):
            return None
        return Subject(found[0].cls, found[0].by, None)

    def _iterate_argument(self, value: Value, arg: ops.Arg, op: ops.Call, fact: Fact) -> None:
        for obj, record in list(self.state.objects(value)):
            if record.cls in (ASYNC_GENERATOR, COROUTINE) and len(value) == 1 and not arg.star:
                subject = self.journal.subject(obj, record)
                how = f"passed to `{_short(fact.name)}`"
                self.journal.iteration(arg.node, op, subject, how, False, _short(fact.name))
                self.state.update(obj, spent=MIXED, escaped=True)

    def _start_loop(self, fact: Fact, op: ops.Call, owner: Obj | None) -> None:
        value = one(owner) if owner is not None else UNKNOWN
        entry = self.journal.start(op, _short(fact.name), fact, value)
        if op.args:
            entry.argument = op.args[0].node
        if owner is not None:
            entry.loop = self.journal.life(owner)
            record = self.state.record(owner)
            if record is not None and record.origin == "current":
                self.journal.loop_use(self.journal.makers[owner.site], "run")
        if fact.makes_loop or entry.loop is not None:
            entry.repeated |= f"%ran{op.id}" in self.state.env

    def _mark_started(self, op: ops.Call) -> None:
        """Remembers that this path has been here: a second time makes it a loop per iteration."""
        self.state.assign(f"%ran{op.id}", one(Const(True)))

    def _escape_arguments(self, op: ops.Call) -> None:
        for arg in op.args:
            self.escape(self.state.get(arg.slot))


def _short(name: str) -> str:
    """How a reader knows a callable: `asyncio.run`, `loop.create_task`, `sorted`."""
    owner, _, last = name.rpartition(".")
    if owner == "builtins":
        return last
    if owner == LOOP:
        return f"loop.{last}"
    return name


