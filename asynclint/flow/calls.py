"""Calls: of functions of the program, of methods of tracked objects, of anything else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

import libcst as cst

from asynclint.facts import Kind
from asynclint.flow.containers import CONTAINERS
from asynclint.flow.file import Unit
from asynclint.flow.instances import is_mock
from asynclint.flow.methods import Methods
from asynclint.flow.questions import QUESTIONS, is_instance
from asynclint.model import typed
from asynclint.model.declared import Class, Function
from asynclint.model.frames import Arguments
from asynclint.model.values import (
    COROUTINE,
    GENERATOR,
    NONE,
    UNKNOWN,
    Code,
    Const,
    Func,
    Giving,
    Hint,
    Inst,
    Klass,
    Lib,
    Made,
    Method,
    Obj,
    Partial,
    Super,
    Thing,
    Unknown,
    Value,
    join,
    one,
    ordered,
    without_none,
)
from asynclint.visitor import ops
from asynclint.visitor.names import last_name
from asynclint.visitor.ops import Op

if TYPE_CHECKING:
    from asynclint.flow.program import Summary

_TRUE_ON_LOOP = ("is_running", "_get_running_loop", "current_task")  # or the question is idle


class Calls(Methods):
    """What calls do to objects, and what they give."""

    def call(self, op: ops.Call) -> Value:
        """Performs a call and returns its result."""
        callees = without_none(self.state.get(op.func))
        for arg in op.args:
            if arg.star:
                self.unpacked(self.state.get(arg.slot), arg.node, op, "unpacked")
        if last_name(op.node).startswith(("is", "_is")):
            answer = self._answered(callees, op)
            if answer is not None:
                return one(Const(answer))
            self._asked_about(op)
        if self.on_loop and last_name(op.node) in _TRUE_ON_LOOP:
            self._escape_arguments(op)
            return one(Const(True))
        self.sure = len(callees) == 1 or all(self._starts_loop(thing) for thing in ordered(callees))
        results: list[Value] = []
        for self.alternative, thing in enumerate(ordered(callees)):
            results.append(self.call_thing(thing, op))
        if any(entry.op is op for entry in self.story.starts):
            self._mark_started(op)
        value = join(*results)
        if _is_mixed(value):
            return UNKNOWN
        value = self.materialize(_one_of(value), op)
        for obj, record in list(self.state.objects(value)) if self.carried else ():
            if record.cls == COROUTINE:
                self.state.update(obj, items=self.carried)
        self.carried = frozenset()
        return value

    def entered(self, op: ops.Call) -> bool:
        """Follows a call into the body of the function that it means, if that is worth it."""
        callees = without_none(self.state.get(op.func))
        if len(callees) != 1:
            return False
        (thing,) = callees
        match thing:
            case Func(function=function):
                return self._enter_function(function, thing, op)
            case Code(unit=unit, env=env):
                assert isinstance(unit, Unit)
                live = any(self.is_live(value) for _, value in env) or self._gives_life(op)
                self.sweep()
                return live and self._begin(unit, thing, op, None)
            case Klass(cls=cls):
                return self._enter_class(cls, op)
            case Inst(of=Class() as cls):
                method = self.resolver.classes.inherited(cls, "__call__")
                if method is None:
                    return False
                this = thing if thing.at is not None else None
                return self._enter_function(method, Func(method, True, this), op)
            case _:
                return False

    def _holds_life(self, this: Inst) -> bool:
        record = self.state.record(this.at) if this.at is not None else None
        return record is not None and any(self.is_live(value) for _, value in record.keyed)

    def _gives_life(self, op: ops.Call) -> bool:
        return any(self.is_live(self.state.get(arg.slot)) for arg in op.args)

    def _enter_function(self, function: Function, thing: Func, op: ops.Call) -> bool:
        if function.kind not in (Kind.FUNCTION, Kind.COROUTINE) or function.stub:
            return False
        bodily = thing.this is not None and self._holds_life(thing.this)
        nested = function.scope.parent is self.unit.scope  # what it does is told where it does it
        closed = not nested and any(self.is_live(value) for _, value in thing.env)
        if not (bodily or closed or self._gives_life(op) or self._is_rich(function)):
            return False
        unit = self.program.unit(function)
        result = one(Made(COROUTINE, thing)) if function.kind is Kind.COROUTINE else None
        self.sweep()
        return unit is not None and self._begin(unit, thing, op, result)

    def _is_rich(self, function: Function) -> bool:
        """Whether a function leaves more behind than its summary can tell."""
        if function.kind is not Kind.FUNCTION:
            return False
        summary = self.program.summary(function, on_loop=self.on_loop)
        return summary is not None and summary.rich

    def _enter_class(self, cls: Class, op: ops.Call) -> bool:
        """Makes an instance; what its constructor does with what it is given is followed."""
        maker = self.resolver.classes.inherited(cls, "__init__")
        if maker is None or maker.kind is not Kind.FUNCTION:
            return False
        worth = self._gives_life(op) or self._is_rich(maker)
        unit = self.program.unit(maker) if worth else None
        if unit is None:
            return False
        self.sweep()
        before = self.state.copy()
        instance = self.new_instance(cls, op)
        if self._begin(unit, Func(maker, True, instance), op, one(instance)):
            return True
        self.state = before
        return False

    def _begin(self, unit: Unit, thing: Thing, op: ops.Call, result: Value | None) -> bool:
        values = [self.state.get(arg.slot) for arg in op.args]
        if not self.follow(unit, thing, op, result):
            return False
        for state in (self.state, *self.forks, *self.raises):
            here, self.state = self.state, state
            for value in values:
                self.lodge(value)
            self.state = here
        if unit.function is not None and unit.function.kind is Kind.FUNCTION:
            bound = isinstance(thing, Func) and thing.bound
            summary = self._summary_at(unit.function, op, bound=bound)
            self.apply_summary(summary, op, unit.function.name)
        self._mark_started(op)
        return True

    def _answered(self, callees: Value, op: ops.Call) -> bool | None:
        """`isawaitable(x)` and the like, where it is known what `x` is."""
        if not _is_lib(callees):
            return None
        name = next(iter(callees)).name
        values = [self.state.get(arg.slot) for arg in op.args]
        if name == "builtins.isinstance" and len(values) == 2:  # noqa: PLR2004 - object and class
            records = [self.state.record(thing) for thing in values[0]]
            kinds = {record.cls if record is not None else "" for record in records}
            return is_instance(kinds, values[1])
        asked = QUESTIONS.get(name, ())
        if not asked or len(op.args) != 1:
            return None
        answers: set[bool | None] = set()
        for thing in ordered(self.state.get(op.args[0].slot)):
            record = self.state.record(thing)
            if record is not None:
                known = record.cls != "parameter" and record.cls not in CONTAINERS
                answers.add(record.cls in asked if known else None)
            elif isinstance(thing, Func) and self.resolver.declared(thing.function) == one(
                Func(thing.function)
            ):
                answers.add(f"{thing.function.kind.value} function" in asked)
            else:
                answers.add(None)
        return answers.pop() if len(answers) == 1 else None

    def _asked_about(self, op: ops.Call) -> None:
        """Who asks what a value is (`iscoroutinefunction(f)`) is ready for either answer."""
        for arg in op.args:
            value = self.state.get(arg.slot)
            self.state.escape(value)
            callables = any(isinstance(t, (Func, Code, Partial)) for t in value)
            if callables and isinstance(arg.node, cst.Name) and arg.node.value in self.state.env:
                self.state.assign(arg.node.value, UNKNOWN)

    def call_thing(self, thing: Thing, op: ops.Call) -> Value:
        """Calls one of the alternatives."""
        match thing:
            case Partial(callee=callee):
                return self.call_thing(callee, op)
            case Func(function=function):
                return self._call_function(function, thing, op)
            case Code(unit=unit):
                self._escape_arguments(op)
                return self.apply_summary(
                    self.program.summary_of(unit, on_loop=self.on_loop), op, "lambda"
                )
            case Klass(cls=cls):
                self._escape_arguments(op)
                if typed.is_known(other := self.resolver.classes.given_by_new(cls)):
                    return other
                for name in ("__init__", "__post_init__"):
                    maker = self.resolver.classes.inherited(cls, name)
                    if maker is not None and maker.kind is Kind.FUNCTION:
                        self.apply_summary(self._summary_at(maker, op, bound=True), op, cls.name)
                return one(self.filled_instance(cls, op, self.alternative))
            case Inst():
                return self._call_instance(thing, op)
            case Giving(result=result, runs=runs):
                self._escape_arguments(op)
                self.manage(runs, op)
                return result
            case Method(owner=Obj() as owner, name=name) if owner in self.state.heap:
                return self.call_method(owner, name, op)
            case Lib(name="builtins.super") if not op.args:
                method = self.unit.function
                home = method.owner if method is not None else None
                return one(Super(home)) if home is not None else UNKNOWN
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
                return self.resolver.call_one(thing) if isinstance(thing, Hint) else UNKNOWN

    def _call_instance(self, thing: Inst, op: ops.Call) -> Value:
        """Calls an object that can be called: a mock, or one with a method `__call__`."""
        mocked = self.mocked_call(thing) if is_mock(thing) else None
        if not mocked and isinstance(thing.of, str) and self.facts.method(thing.of, "__call__"):
            return self.call_thing(Method(thing, "__call__"), op)
        self._escape_arguments(op)
        if mocked or not isinstance(thing.of, Class):
            return mocked or UNKNOWN
        called = self.resolver.classes.inherited(thing.of, "__call__")
        if called is None or called.kind is not Kind.FUNCTION:
            return self.resolver.call_one(replace(thing, at=None))
        summary = self.program.summary(called, on_loop=self.on_loop)
        return self.apply_summary(summary, op, thing.of.name)

    def _call_function(self, function: Function, thing: Func, op: ops.Call) -> Value:
        if thing.this is not None and self._holds_life(thing.this):
            self.escape(one(thing.this))  # what it does to its attributes is not known
            self.forget_attributes()
        if function.scope.parent is self.unit.scope:
            for entry in self.program.consumed_from_outside(function):
                value = self.state.env.get(entry.node.value, frozenset())  # type: ignore[attr-defined]
                self.consume(value, op, entry.node, "closure", function.name)
        if function.kind is not Kind.FUNCTION:
            self._pass_arguments(function, thing, None, op)
            self.carried = frozenset(
                t for arg in op.args for t in self.state.get(arg.slot) if isinstance(t, Obj)
            )
            return self.resolver.result(function, thing)
        summary = self._summary_at(function, op, bound=thing.bound)
        self._pass_arguments(function, thing, summary, op)
        result = self.apply_summary(summary, op, function.name)
        if summary is not None and summary.later:
            return one(Made(GENERATOR, thing))
        declared = self.resolver.result(function, thing)
        value = declared if Unknown() in result or typed.is_kind_of(result, declared) else result
        if _is_mixed(value):
            value = self._decided(thing, value, op)
        return self.resolver.own_facts.completed(function, value)

    def _decided(self, thing: Func, value: Value, op: ops.Call) -> Value:
        """What these arguments make a function return that has objects of several kinds to give.

        A parameter such as `stream: bool` often tells which. Where it gives None by coming to its
        end, no `return` statement says when.
        """
        callee = replace(thing, this=None, env=())
        if value >= NONE and not self.resolver.applied(callee, Arguments(complete=False)) >= NONE:
            return UNKNOWN
        given = self.arguments_of(op)
        known = Arguments(
            [_plain(value) for value in given.positional],
            {name: _plain(value) for name, value in given.keywords.items()},
            complete=not given.open,
        )
        found = self.resolver.applied(callee, known)
        return UNKNOWN if _is_mixed(found) else found

    def _summary_at(self, function: Function, op: ops.Call, *, bound: bool) -> Summary | None:
        """What a plain function does where it gets the arguments of a call."""
        summary = self.program.summary(function, on_loop=self.on_loop)
        if summary is None or not summary.starts:
            return summary
        return self.program.called_with(summary, self.constants_of(function, op, bound=bound))

    def _starts_loop(self, thing: Thing) -> bool:
        """Whether a call of it runs an event loop, as far as is known."""
        if isinstance(thing, Func) and thing.function.kind is Kind.FUNCTION:
            summary = self.program.summary(thing.function, on_loop=self.on_loop)
            return summary is not None and bool(summary.starts)
        fact = self.resolver.fact_of(thing)
        return fact is not None and fact.starts_loop

    def apply_summary(self, summary: Summary | None, op: Op, name: str) -> Value:
        """Code of the program runs here: what its callers see of it."""
        if summary is None:
            return UNKNOWN
        if self.sure:
            self.run_summary(summary, op, name)
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
            if not self._only_looks(function, name, value):
                self.escape(value)

    @staticmethod
    def _only_looks(function: Function, name: str, value: Value) -> bool:
        """Whether a function does no more with an instance than to read its attributes."""
        instances = all(isinstance(t, Inst) and t.at is not None for t in value)
        return instances and name in function.looked_at


def _one_of(value: Value) -> Value:
    """One fresh object, whichever of several coroutine functions made it."""
    fresh = all(isinstance(t, Made) and t.cls == COROUTINE and not t.shared for t in value)
    return one(Made(COROUTINE)) if fresh and len(value) > 1 else value


def _is_mixed(value: Value) -> bool:
    """Whether a value is a coroutine object, say, in one case and no such in another."""
    return len({t.cls if isinstance(t, Made) else "" for t in value}) > 1


def _plain(value: Value) -> Value:
    """A value where all that it may be is known without the heap."""
    return value if all(isinstance(t, (Const, Func, Klass, Lib)) for t in value) else UNKNOWN


def _is_lib(value: Value) -> TypeGuard[frozenset[Lib]]:
    return len(value) == 1 and all(isinstance(thing, Lib) for thing in value)
