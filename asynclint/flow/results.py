"""What calls of library callables give."""

from __future__ import annotations

from asynclint.facts import Fact, Kind
from asynclint.flow.instances import MOCKS, Instances
from asynclint.flow.leading import by_itself
from asynclint.flow.sites import GONE_LOOP, of_op
from asynclint.flow.state import Record
from asynclint.model import typed
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    FUTURE,
    LOOP,
    TASK,
    UNKNOWN,
    Const,
    Inst,
    Made,
    Method,
    Obj,
    Partial,
    Thing,
    Value,
    join,
    one,
    ordered,
)
from asynclint.visitor import ops

_CURRENT_LOOP = (
    "asyncio.get_running_loop",
    "asyncio.get_event_loop",
    "asyncio.AbstractEventLoopPolicy.get_event_loop",
)
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
_MAKING_FUTURES = (
    "asyncio.ensure_future",
    "asyncio.AbstractEventLoop.create_task",
    "asyncio.AbstractEventLoop.create_future",
)


class Results(Instances):
    """Results of library calls, from the facts and from what the arguments are."""

    def _fact_result(self, fact: Fact, thing: Thing, op: ops.Call) -> Value:
        first = self.state.get(op.args[0].slot) if op.args else UNKNOWN
        if fact.name == "functools.partial" and op.args:
            return frozenset(Partial(t) if not isinstance(t, (Const, Obj)) else t for t in first)
        if fact.name in MOCKS:
            given = {arg.keyword: self.state.get(arg.slot) for arg in op.args}
            returns = UNKNOWN if "side_effect" in given else given.get("return_value")
            return one(self.new_mock(fact.name, op, returns))
        collected = self._collected(fact, op)
        if collected is not None:
            return collected
        if fact.kind is Kind.CLASS and fact.returns == "argument":
            return self._closing(first, fact)
        if fact.name in _MAKING_FUTURES:
            return self._future_of_loop(fact, thing, op)
        if fact.starts_loop and op.args and not fact.returns:
            return self._result_of_run(first, op)
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

    def _future_of_loop(self, fact: Fact, thing: Thing, op: ops.Call) -> Value:
        """A task or future made on a loop that does not run yet remembers whose it is."""
        made = self.materialize(self.resolver.fact_result(fact, thing), op)
        loops = [t for t in ordered(self.state.get(op.func)) if isinstance(t, Method)]
        owners = [t.owner for t in loops]
        owners += [
            t
            for _, arg in self._arguments(op, -1, "loop")
            for t in ordered(self.state.get(arg.slot))
        ]
        for owner in owners:
            record = self.state.record(owner)
            if record is not None and record.cls == LOOP and record.origin == "made":
                for obj, _ in list(self.state.objects(made)):
                    self.state.update(obj, of=owner)
        return made

    def _result_of_run(self, given: Value, op: ops.Call) -> Value:
        """What a run gives back: what the coroutine returns, bound to a loop that is gone."""
        found = [self.awaited(thing) for thing in ordered(given)]
        value = self.materialize(join(*found), op)
        for obj, record in list(self.state.objects(value)):
            if record.cls in (TASK, FUTURE):
                self.state.update(obj, of=Obj(of_op(op.id, GONE_LOOP)), ticked=True)
        return value

    def awaited(self, thing: Thing) -> Value:
        """What awaiting gives, where an annotation or a fact tells."""
        record = self.state.record(thing)
        by = record.by if record is not None and record.cls == COROUTINE else None
        if by is None:
            return UNKNOWN if record is not None else self.resolver.awaited(one(thing))
        value = self.resolver.awaited(one(Made(COROUTINE, by)))
        plain = (Made(TASK, shared=True), Made(FUTURE, shared=True))
        if any(isinstance(t, Made) and t not in plain for t in value):
            return UNKNOWN
        return frozenset(Made(t.cls, by) if isinstance(t, Made) else t for t in value)

    def _collected(self, fact: Fact, op: ops.Call) -> Value | None:
        """Calls that gather objects or the elements of containers: `list(jobs)`, `repeat(job)`."""
        positions = range(len(op.args))
        values = [self.state.get(arg.slot) for arg in op.args]
        stored = [values[i] for i in positions if i in fact.stores or -1 in fact.stores]
        repeats = fact.effect == "repeats" or fact.name.endswith(".fromkeys")
        for value in stored if not repeats else ():
            self.escape(value)
        if repeats and any(r.cls == COROUTINE for v in stored for _, r in self.state.objects(v)):
            items = frozenset(t for v in stored for t in v if isinstance(t, Obj))
            made = Record("list", origin="container", items=items, repeated=True)
            return one(self.make(op, made))
        held = [values[i] for i in positions if i in fact.elements or -1 in fact.elements]
        if not op.args and fact.name in _FLAT:
            return one(self.make(op, Record(_FLAT[fact.name], origin="container")))
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

    def _closing(self, value: Value, fact: Fact) -> Value:
        """`with closing(loop) as loop`: it will be closed."""
        if not any(r.cls == LOOP for _, r in self.state.objects(value)):
            self.escape(value)
            return typed.handing_out(fact.name, join(*map(self._as_known, ordered(value))))
        for obj, _ in self.state.objects(value):
            life = self.journal.life(obj)
            if life is not None:
                life.closed = True
            self.state.escape(one(obj))
        return value

    def _as_known(self, thing: Thing) -> Value:
        """A thing as others know it, who got hold of it."""
        record = self.state.record(thing)
        if record is not None:
            known = record.cls in (COROUTINE, ASYNC_GENERATOR)
            return one(Made(record.cls, record.by, shared=True)) if known else UNKNOWN
        return one(by_itself(thing)) if isinstance(thing, Inst) else UNKNOWN

    def _current_loop(self, fact: Fact, op: ops.Call) -> Value:
        """Every call gives the same object: that of the thread."""
        origin = "running" if self.on_loop or "running" in fact.name else "current"
        obj = Obj(-1 if origin == "running" else -2)
        if obj not in self.state.heap:
            self.state.heap[obj] = Record(LOOP, origin=origin, escaped=True)
        self.journal.makers.setdefault(obj.site, op)
        if fact.needs_loop and origin == "current":
            self.journal.loop_use(op, "asked").guarded |= self.guarded
        return one(obj)

    def _threadsafe(self, op: ops.Call) -> Value:
        """The future of a coroutine on another thread's loop; on our own it never gets done."""
        loop = self.state.get(op.args[1].slot) if len(op.args) > 1 else UNKNOWN
        records = [r for _, r in self.state.objects(loop)]
        own = len(loop) == 1 and bool(records) and records[0].origin == "running"
        origin = "own-loop" if own and self.on_loop else "made"
        made = Record("concurrent.futures.Future", None, origin=origin, escaped=True)
        return one(self.make(op, made))

    def _arguments(self, op: ops.Call, at: int, name: str) -> list[tuple[int, ops.Arg]]:
        for index, arg in enumerate(op.args):
            if (name and arg.keyword == name) or (index == at and not arg.keyword):
                return [(index, arg)]
        return []
