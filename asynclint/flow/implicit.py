"""Code of the program that runs where no call is to be seen: methods that syntax calls, generators.

A generator runs where it is gone through, not where it is made; so does what `map` calls. Only
starts of event loops where one is running are told of such code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Fact, Kind
from asynclint.flow.given import Unpacking
from asynclint.flow.story import LoopStart, Reach, Step, reached
from asynclint.model.declared import Class, Function
from asynclint.model.values import (
    GENERATOR,
    Code,
    Func,
    Inst,
    Made,
    Partial,
    Thing,
    Value,
    one,
)
from asynclint.visitor import ops
from asynclint.visitor.ops import Op, Using

if TYPE_CHECKING:
    from asynclint.flow.program import Summary

_ITERATING = ("__iter__", "__next__")
_LOOKING = {
    Using.FORMAT: ("__format__", "__str__", "__repr__"),
    Using.SEARCH: ("__contains__",),
    Using.TEST: ("__bool__", "__len__"),
}
_LAZY = ("builtins.map", "builtins.filter")
#: Methods that builtins call of their first argument (data model, "Special method names").
_CALLED = {
    "builtins.bool": ("__bool__", "__len__"),
    "builtins.float": ("__float__",),
    "builtins.format": ("__format__", "__str__", "__repr__"),
    "builtins.hash": ("__hash__",),
    "builtins.int": ("__int__",),
    "builtins.len": ("__len__",),
    "builtins.print": ("__str__", "__repr__"),
    "builtins.repr": ("__repr__",),
    "builtins.str": ("__str__", "__repr__"),
}


class Implicit(Unpacking):
    """Runs of loops in code that is not called by name."""

    def run_summary(
        self, summary: Summary | None, op: Op, name: str, node: cst.CSTNode | None = None
    ) -> None:
        """The loops that code of the program starts as an operation runs it.

        name: of the function. node: what is marked, if that is not the operation's own.
        """
        starts = summary.starts if summary is not None else ()
        self._reach(starts, summary, op, name, Reach.CALL, node)

    def _reach(  # noqa: PLR0913, PLR0917 - all are parts of one event
        self,
        starts: Iterable[LoopStart],
        summary: Summary | None,
        op: Op,
        name: str,
        reach: Reach,
        node: cst.CSTNode | None = None,
    ) -> None:
        again = f"%ran{op.id}" in self.state.env
        at = node if node is not None else op.node
        for start in starts if summary is not None else ():
            chain = reached(Step(self.unit, at, name), start, summary.unit)  # type: ignore[union-attr]
            entry = self.journal.reached(op, start, chain)
            entry.repeated |= again
            entry.always &= summary.always  # type: ignore[union-attr]
            entry.loop = entry.loop or start.loop
            entry.reach = reach

    # generators -------------------------------------------------------------------------------

    def go_through(
        self, value: Value, op: Op, node: cst.CSTNode, reach: Reach = Reach.ITERATION
    ) -> None:
        """Something is iterated: a generator runs. reach: CALL if the call marked does it all."""
        if not self.on_loop or len(value) != 1:
            return
        (thing,) = value
        record = self.state.record(thing)
        if record is not None and record.cls == GENERATOR and record.by is not None:
            self._go_on(record.by, op, node, reach)
        elif isinstance(thing, Inst) and isinstance(thing.of, Class):
            for method in self._methods(thing.of, _ITERATING):
                self._go_on(Func(method), op, node, reach)

    def _go_on(self, by: Thing, op: Op, node: cst.CSTNode, reach: Reach) -> None:
        """Runs what a generator is made of."""
        summary = self.plain_summary(by)
        starts: tuple[LoopStart, ...] = ()
        if summary is None and isinstance(by, Func) and by.function.kind is Kind.GENERATOR:
            summary = self.program.summary(by.function, on_loop=True)
        if summary is not None:
            is_made = isinstance(by, Func) and by.function.kind is Kind.FUNCTION
            starts = summary.later if is_made and summary.later else summary.starts
        name = by.function.name if isinstance(by, Func) else "map"
        self._reach(starts, summary, op, name, reach, node)

    def hand_on(self, value: Value) -> None:
        """A function returns something: what a generator expression does is done later."""
        makers = self.journal.makers
        for obj, record in self.state.objects(value):
            node = makers[obj.site].node if obj.site in makers else None
            if record.cls == GENERATOR and isinstance(node, cst.GeneratorExp):
                self.story.lazy.append(node)

    def lazy_result(self, fact: Fact, op: ops.Call) -> Value | None:
        """What `map` gives, if the function that it will call starts a loop."""
        if fact.name not in _LAZY or not self.on_loop or not op.args:
            return None
        value = self.state.get(op.args[0].slot)
        summary = self.plain_summary(next(iter(value))) if len(value) == 1 else None
        if summary is None or not summary.starts:
            return None
        return one(Made(GENERATOR, Partial(next(iter(value)))))

    def is_lazy(self, fact: Fact) -> bool:
        """Whether what a call of it is given is called only when the result is gone through."""
        return fact.name in _LAZY

    # methods ----------------------------------------------------------------------------------

    def run_methods(self, value: Value, names: tuple[str, ...], op: Op, node: cst.CSTNode) -> None:
        """Syntax, or a builtin, calls a method of an object: the first of these that it has."""
        if not self.on_loop or len(value) != 1:
            return
        (thing,) = value
        if isinstance(thing, Inst) and isinstance(thing.of, Class):
            for method in self._methods(thing.of, names)[:1]:
                self._run_method(method, op, node)

    def _run_method(self, method: Function, op: Op, node: cst.CSTNode) -> None:
        summary = self.program.summary(method, on_loop=True)
        starts = summary.starts if summary is not None else ()
        self._reach(starts, summary, op, method.name, Reach.SYNTAX, node)

    def enter_and_leave(self, value: Value, op: ops.Enter) -> None:
        """`with` calls a method before its block, and one behind it."""
        self.run_methods(value, ("__enter__",), op, op.node)
        self.run_methods(value, ("__exit__",), op, op.node)

    def set_property(self, value: Value, op: ops.SetAttr) -> None:
        """Assigning to a property runs its setter."""
        if not self.on_loop or len(value) != 1:
            return
        (thing,) = value
        if isinstance(thing, Inst) and isinstance(thing.of, Class):
            setter = self.resolver.classes.setter(thing.of, op.name)
            if setter is not None:
                self._run_method(setter, op, op.node)

    def has_method(self, value: Value, name: str) -> bool:
        """Whether something is an object of the program with a method."""
        return any(
            isinstance(thing, Inst)
            and isinstance(thing.of, Class)
            and self.resolver.classes.inherited(thing.of, name) is not None
            for thing in value
        )

    def called_by(self, fact: Fact, op: ops.Call) -> None:
        """A builtin calls methods of what it is given."""
        if (names := _CALLED.get(fact.name)) and op.args:
            for arg in op.args:
                self.run_methods(self.state.get(arg.slot), names, op, op.node)

    def used(self, value: Value, op: ops.Use) -> None:
        """An operator calls methods of what it looks at."""
        if names := _LOOKING.get(op.how):
            self.run_methods(value, names, op, op.node)

    def manage(self, by: Thing | None, op: Op) -> None:
        """A context manager made of a generator: it runs where it is entered, which is near."""
        if self.on_loop and isinstance(by, Func) and by.function.kind is Kind.GENERATOR:
            summary = self.program.summary(by.function, on_loop=True)
            starts = summary.starts if summary is not None else ()
            self._reach(starts, summary, op, by.function.name, Reach.SYNTAX)

    def _methods(self, cls: Class, names: tuple[str, ...]) -> list[Function]:
        found = (self.resolver.classes.inherited(cls, name) for name in names)
        kinds = (Kind.FUNCTION, Kind.GENERATOR)
        return [method for method in found if method is not None and method.kind in kinds]

    def plain_summary(self, thing: Thing) -> Summary | None:
        """What calling a plain function does where a loop runs."""
        match thing:
            case Partial(callee=callee):
                return self.plain_summary(callee)
            case Func(function=function) if function.kind is Kind.FUNCTION:
                return self.program.summary(function, on_loop=True)
            case Code(unit=unit):
                return self.program.summary_of(unit, on_loop=True)
            case _:
                return None
