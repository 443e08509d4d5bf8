"""Calls of library callables that the facts know."""

from __future__ import annotations

from asynclint.facts import Fact, Kind
from asynclint.flow.arguments import SHOWING, Arguments
from asynclint.flow.naming import short
from asynclint.flow.state import Record
from asynclint.model.declared import Class
from asynclint.model.values import (
    COROUTINE,
    FUTURE,
    LOOP,
    TASK,
    UNKNOWN,
    Const,
    Made,
    Method,
    Obj,
    Thing,
    Value,
    one,
    ordered,
)
from asynclint.visitor import ops
from asynclint.visitor.ops import Op


def starts_loop(fact: Fact, op: ops.Call) -> bool:
    """Whether a call of what a fact tells of runs an event loop."""
    if not fact.starts_loop:
        return False
    kept = fact.unless and any(arg.star == "**" or arg.keyword in fact.unless for arg in op.args)
    return not kept


_LENDERS = ("contextlib.contextmanager", "pytest.fixture")
_LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log")


class KnownCalls(Arguments):
    """Applies facts to calls."""

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
            if fact.name in SHOWING:
                self.read(value, arg.node, f"passed to `{short(fact.name)}`", soft=True)
            elif position in fact.reads or -1 in fact.reads:
                self.read(value, arg.node, f"passed to `{short(fact.name)}`", deep=fact.deep)
            own = owner is not None and any(
                isinstance(t, Method) and t.owner == owner for t in value
            )
            if index not in handled and self._keeps(fact, position) and not own:
                self.escape(value)
        if fact.name.startswith("logging.") and fact.name.rpartition(".")[2] in _LEVELS:
            self.journal.log(op)
        if starts_loop(fact, op):
            self._start_loop(fact, op, owner)
            self._meet_foreign(op, owner)
        if fact.effect == "sets-loop" and op.args:
            self._set_current(self.state.get(op.args[0].slot))
        self.called_by(fact, op)
        return self.lazy_result(fact, op) or self._fact_result(fact, thing, op)

    def _set_current(self, value: Value) -> None:
        """A loop becomes the current one of the thread, in the place of any other."""
        self.sweep()
        for obj, record in list(self.state.heap.items()):
            if record.cls == LOOP and record.read:
                self.state.update(obj, read=False)
        for obj, _ in list(self.state.objects(value)):
            self.state.update(obj, read=True)
            life = self.journal.life(obj)
            if life is not None:
                life.set_current = True

    def hand_out(self, value: Value) -> None:
        """A generator yields a value: to somebody unknown, if it is not lent."""
        if not self._lends(value):
            self.escape(value)

    def _lends(self, value: Value) -> bool:
        """Whether a context manager hands out a loop, which it gets back when the block ends."""
        function = self.unit.function
        loops = [obj for obj, record in self.state.objects(value) if record.cls == LOOP]
        if function is None or len(loops) != 1 or len(value) != 1:
            return False
        life = self.journal.life(loops[0])
        facts = self.resolver.decorator_facts(function)
        if life is None or not any(fact.name in _LENDERS for fact in facts):
            return False
        life.lent = True
        return True

    def _start_loop(self, fact: Fact, op: ops.Call, owner: Obj | None) -> None:
        value = one(owner) if owner is not None else UNKNOWN
        entry = self.journal.start(op, short(fact.name), fact, value)
        entry.sure &= self.sure
        if op.args:
            entry.argument = op.args[0].node
        if owner is not None:
            entry.loop = entry.loop or self.journal.life(owner)
            record = self.state.record(owner)
            if record is not None and record.origin == "current":
                self.journal.loop_use(self.journal.makers[owner.site], "run")
        if fact.makes_loop or entry.loop is not None:
            entry.repeated |= f"%ran{op.id}" in self.state.env

    def _meet_foreign(self, op: ops.Call, owner: Obj | None) -> None:
        """Futures and tasks belong to the loop on which they were made."""
        given = [t for arg in op.args[:1] for t in ordered(self.state.get(arg.slot))]
        for thing in list(given):
            record = self.state.record(thing)
            if record is not None and record.cls == COROUTINE:
                given += ordered(record.items)
        for thing in given:
            record = self.state.record(thing)
            if record is None or record.of is None or record.cls not in (TASK, FUTURE):
                continue
            if record.of != owner:
                use = self.journal.loop_use(op, "foreign")
                use.closed_by = (
                    self.journal.makers.get(thing.site) if isinstance(thing, Obj) else None
                )

    def _mark_started(self, op: Op) -> None:
        """Remembers that this path has been here: a second time makes it a loop per iteration."""
        for entry in self.story.starts:
            entry.refused |= "RuntimeError" in self.caught and entry.op is op
        if self.comes_again:
            self.state.assign(f"%ran{op.id}", one(Const(True)))

    def read_property(self, cls: Class, op: ops.Attr) -> None:
        """Reading a property runs its function."""
        function = self.resolver.classes.inherited(cls, op.name)
        if function is None or function.kind is not Kind.FUNCTION:
            return
        if self.resolver.decoration(function).binding == "property" and self.sure:
            summary = self.program.summary(function, on_loop=self.on_loop)
            self.run_summary(summary, op, function.name)
            self._mark_started(op)

    def _use_loop(self, owner: Obj, record: Record, name: str, op: ops.Call) -> None:
        life = self.journal.life(owner)
        if name == "close":
            self.state.update(owner, closed=op.id)
            if life is not None:
                life.closed = True
                life.asked_to_close |= self._is_asked()
        elif name in ("is_closed", "is_running"):
            self.state.escape(one(owner))
        elif record.closed >= 0:
            use = self.journal.loop_use(op, "closed")
            use.closed_by = self.ops[record.closed]

    def _is_asked(self) -> bool:
        """Whether this is done because of a parameter: the caller decides."""
        function = self.unit.function
        parameters = function.parameters if function is not None else ()
        return any(each.name == self.asked for each in parameters)

    def apply_loop_method(self, name: str, op: ops.Call) -> Value:
        """A method that only event loops have, called on something unknown."""
        fact = self.facts.method(LOOP, name)
        if fact is None:
            self._escape_arguments(op)
            return UNKNOWN
        return self.apply(fact, Method(Made(LOOP), name), op)

    def _escape_arguments(self, op: ops.Call) -> None:
        for arg in op.args:
            self.escape(self.state.get(arg.slot))
