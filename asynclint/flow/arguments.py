"""What library callables do to their arguments."""

from __future__ import annotations

import libcst as cst

from asynclint.facts import Calls as CallsParameter
from asynclint.facts import Consumes, Fact, Outcome, Where
from asynclint.flow.implicit import Implicit
from asynclint.flow.naming import short
from asynclint.flow.state import MIXED
from asynclint.flow.story import Handover, Reach, Step, Subject, reached
from asynclint.model.declared import Class
from asynclint.model.streaming import only_async
from asynclint.model.values import (
    ASYNC_GENERATOR,
    ASYNC_ITERABLE,
    COROUTINE,
    UNKNOWN,
    Code,
    Func,
    Inst,
    Klass,
    Made,
    Many,
    Method,
    Obj,
    Thing,
    Value,
    ordered,
    without_none,
)
from asynclint.visitor import ops
from asynclint.visitor.ops import Op

SHOWING = ("builtins.print", "builtins.str", "builtins.repr", "builtins.str.format")
#: Callables whose result goes on to go through what they are given.
_ITERATORS = (
    *("builtins.enumerate", "builtins.filter", "builtins.iter", "builtins.map", "builtins.zip"),
    "itertools.",
)
_ASYNC_WAYS = ("builtins.aiter", "builtins.anext")
#: They take what has `__reversed__` or `keys`, too, without any `__iter__`.
_OTHER_WAYS = ("reversed", "dict", "builtins.dict.update")
_ONLY_LOOK = tuple(
    f"builtins.{name}"
    for name in ("isinstance", "issubclass", "type", "id", "callable", "hasattr", "print", "repr")
)


class Arguments(Implicit):
    """Arguments that are consumed, called, iterated or looked at."""

    def _consume_arguments(self, fact: Fact, consumes: Consumes, op: ops.Call) -> set[int]:
        how, callee = consumes.how.value, short(fact.name)
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

    def _consume_spread(self, consumes: Consumes, op: ops.Call, how: str, callee: str) -> set[int]:
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
            self.escape(frozenset(t for t in value if not _is_stop(t)))
            if not self.is_lazy(fact):
                self._starts_there(value, calls, op, short(fact.name))
            elsewhere = calls.where in (Where.THREAD, Where.PROCESS)
            if made is None or calls.outcome is Outcome.AWAITED:
                continue
            if calls.outcome is Outcome.RETURNED and not elsewhere:
                continue
            direct = all(isinstance(t, Func) for t in value)
            callee = short(fact.name)
            self.journal.handover(
                Handover(arg.node, op.node, made, calls.where, calls.outcome, callee, direct)
            )
        return handled

    def _starts_there(self, value: Value, calls: CallsParameter, op: ops.Call, callee: str) -> None:
        """A plain function that a running loop will call: a loop that it starts is nested."""
        here = calls.where is Where.HERE and self.on_loop
        if len(value) != 1 or not (here or calls.where is Where.LOOP):
            return
        summary = self.plain_summary(next(iter(value)))
        for start in summary.starts if summary is not None else ():
            first = Step(self.unit, op.node, callee)
            chain = reached(first, start, summary.unit)  # type: ignore[union-attr]
            entry = self.journal.reached(op, start, chain)
            entry.by_loop |= not here

    def makes(self, value: Value) -> Subject | None:
        """The coroutine or async generator object that calling a callable makes, if all do."""
        found: list[Made] = []
        for thing in ordered(value):
            result = UNKNOWN
            if isinstance(thing, Code):
                summary = self.program.summary_of(thing.unit, on_loop=self.on_loop)
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
        if fact.name.startswith(_ITERATORS):
            self.go_through(value, op, arg.node)
        else:
            self.go_through(value, op, op.node, Reach.CALL)
        if not arg.star and fact.name not in _ASYNC_WAYS:
            name = short(fact.name)
            self.streamed(value, arg.node, op, f"passed to `{name}`", name)
        for obj, record in list(self.state.objects(value)):
            if record.cls in (ASYNC_GENERATOR, COROUTINE) and len(value) == 1 and not arg.star:
                subject = self.journal.subject(obj, record)
                how, callee = f"passed to `{short(fact.name)}`", short(fact.name)
                is_async = fact.name in _ASYNC_WAYS
                self.touch(obj, self.iterated(arg.node, op, subject, how, is_async, callee))
                self.state.update(obj, spent=MIXED, escaped=True)

    def unpacked(self, value: Value, node: cst.CSTNode, op: Op, how: str) -> None:
        """Something is gone through from its first element on: `f(*x)`, `a, b = x`, `y in x`."""
        self.go_through(value, op, node)
        for obj, record in list(self.state.objects(value)):
            if record.cls == ASYNC_GENERATOR and len(value) == 1:
                subject = self.journal.subject(obj, record)
                self.touch(obj, self.iterated(node, op, subject, how, is_async=False))
                self.state.update(obj, spent=MIXED, escaped=True)

    def streamed(self, value: Value, node: cst.CSTNode, op: Op, how: str, callee: str = "") -> None:
        """Something that only `async for` goes through is gone through by plain code."""
        objects = without_none(value)  # which `for` cannot go through either
        match next(iter(objects)) if len(objects) == 1 else None:
            case Inst(of=Class() as cls) as thing if self._only_streams(thing, callee):
                subject = Subject(ASYNC_ITERABLE, Klass(cls), node)
            case Many(kind="async"):
                subject = Subject(ASYNC_ITERABLE, None, node)
            case _:
                return
        self.iterated(node, op, subject, how, is_async=False, callee=callee)

    def _only_streams(self, thing: Inst, callee: str) -> bool:
        """Whether plain code cannot go through it, be it by what only some callables ask for."""
        return callee not in _OTHER_WAYS and only_async(self.resolver, thing)

    @staticmethod
    def _keeps(fact: Fact, position: int) -> bool:
        """Whether an argument may live on after the call."""
        if fact.effect == "sets-loop" or fact.name in (*_ONLY_LOOK, *SHOWING):
            return False
        looked_at = {*fact.reads, *fact.iterates, *fact.elements, *fact.stores}
        return position not in looked_at and -1 not in looked_at


def _is_stop(thing: Thing) -> bool:
    """`loop.stop`, handed to its own loop, keeps nobody from closing it."""
    return isinstance(thing, Method) and thing.name == "stop"
