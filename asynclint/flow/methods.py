"""Calls of methods of tracked objects: containers, coroutine objects, loops, tasks, parameters."""

from __future__ import annotations

from asynclint.flow.containers import CONTAINERS
from asynclint.flow.entering import Entering
from asynclint.flow.state import MIXED, Record
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    LOOP,
    UNKNOWN,
    Inst,
    Made,
    Method,
    Obj,
    Value,
    one,
)
from asynclint.visitor import ops

_DRIVING = ("send", "throw", "__next__")
_ASKED_OR_SET = ("done", "cancel", "cancelled", "set_result", "set_exception")
_LOOP_ONLY = ("run_until_complete", "create_task")  # no other well-known class has these methods


class Methods(Entering):
    """What a method of an object in the heap does to it."""

    def call_method(self, owner: Obj, name: str, op: ops.Call) -> Value:
        """Calls a method of one object by its name."""
        record = self.state.heap[owner]
        if record.cls in CONTAINERS:
            if name == "sort" and (fact := self.facts.method("builtins.list", name)) is not None:
                return self.apply(fact, Method(Inst(record.cls), name), op, owner)
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
        stepping = name in (*_DRIVING, "__await__")
        if stepping and not self._is_coroutine_protocol():
            subject = self.journal.subject(owner, record)
            step = self.iterated(op.node, op, subject, name, False, name)
            self.touch(owner, step)
        self.state.update(owner, spent=MIXED, escaped=True)
        self._escape_arguments(op)
        return one(owner) if name == "__await__" else UNKNOWN

    def _is_coroutine_protocol(self) -> bool:
        """An object that wraps a coroutine hands such calls on (`collections.abc.Coroutine`)."""
        function = self.unit.function
        return function is not None and function.name in (*_DRIVING, "close", "__await__")

    def _call_known(self, owner: Obj, record: Record, name: str, op: ops.Call) -> Value:
        fact = self.facts.method(record.cls, name)
        if record.cls == LOOP:
            self._use_loop(owner, record, name, op)
        elif name in ("result", "exception"):
            entry = self.journal.waiting(op, self.journal.subject(owner, record), name)
            entry.own_loop |= record.origin == "own-loop"
            entry.early |= not record.ticked and record.origin in ("made", "own-loop", "element")
            entry.guarded |= self.guarded
        elif name in _ASKED_OR_SET:
            self.state.update(owner, ticked=True)
        if fact is None:
            self._escape_arguments(op)
            return UNKNOWN
        return self.apply(fact, Method(Made(record.cls), name), op, owner)
