"""Instances of the program's classes: what their attributes hold, as far as it can be followed."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from asynclint.flow.containers import CONTAINERS, Containers
from asynclint.flow.sites import INSTANCES
from asynclint.flow.state import Record
from asynclint.model.declared import Assigned, Class
from asynclint.model.fields import fields_of
from asynclint.model.shapes import CallShape, Display, Ref
from asynclint.model.values import (
    LOOP,
    Func,
    Inst,
    Klass,
    Made,
    Obj,
    Thing,
    Value,
    join,
    one,
    ordered,
)
from asynclint.visitor import ops
from asynclint.visitor.ops import Op, Slot

INSTANCE = "instance"
_EMPTY = {
    "list": "list",
    "dict": "dict",
    "set": "set",
    "tuple": "tuple",
    "deque": "list",
    "defaultdict": "dict",
    "OrderedDict": "dict",
}


class Instances(Containers):
    """Attributes of tracked instances.

    What is put into an attribute counts as known to others, so that nobody says it is lost; it can
    still be followed to its second use. An instance that others know keeps only those attributes
    that nothing but its own making assigns.
    """

    def new_instance(self, cls: Class, op: Op, index: int = 0) -> Inst:
        """A tracked instance, made by an operation, for one of the classes that it can mean."""
        made = Record(INSTANCE, Klass(cls), origin="container")
        return Inst(cls, exact=True, at=self.make(op, made, INSTANCES + index % INSTANCES))

    def filled_instance(self, cls: Class, op: ops.Call, index: int) -> Inst:
        """The same, with the fields that a generated constructor sets."""
        instance = self.new_instance(cls, op, index)
        lives = any(self.is_live(self.state.get(arg.slot)) for arg in op.args)
        fields = fields_of(self.resolver, cls) if lives else None
        if fields is None or any(arg.star for arg in op.args):
            return instance
        assert instance.at is not None
        for position, arg in enumerate(op.args):
            by_position = "" if position >= len(fields.positional) else fields.positional[position]
            name = arg.keyword or by_position
            if name in (*fields.positional, *fields.keyword):
                self._keep(instance.at, name, self.state.get(arg.slot))
        return instance

    def attributes_of(self, value: Value, name: str, op: Op) -> Value:
        """What an attribute is, of each of the alternatives."""
        found: list[Value] = []
        for thing in ordered(value):
            if is_mock(thing) and (mocked := self._mocked(thing, name, op)):
                found.append(mocked)
            elif isinstance(thing, Inst) and isinstance(thing.of, Class) and thing.at is not None:
                found.append(self._attribute(thing, thing.of, thing.at, name, op))
            else:
                found.append(self.resolver.attribute(one(thing), name))
        return join(*found)

    def _attribute(self, thing: Inst, cls: Class, obj: Obj, name: str, op: Op) -> Value:
        record = self.state.record(obj)
        if record is None or record.cls != INSTANCE:
            return self.resolver.attribute(one(replace(thing, at=None)), name)
        for known, value in record.keyed:
            if known == name:
                return value
        if not record.escaped and (kind := self._starts_empty(thing, cls, name)):
            value = one(self.make(op, Record(kind, origin="container")))
            self._keep(obj, name, value)
            return value
        value = self.resolver.attribute(one(replace(thing, at=None)), name)
        value = frozenset(_bound_to(each, thing) for each in value)
        if any(isinstance(t, Made) for t in value) and self.program.lasting.is_kept(
            cls, name, self.unit.scope, exact=thing.exact
        ):
            value = self.materialize(value, op, origin="attribute")
            self._keep(obj, name, value)
        return value

    # mocks ------------------------------------------------------------------------------------

    def new_mock(self, name: str, op: Op, returns: Value | None) -> Inst:
        """An object of `unittest.mock`, with what calling it gives each time, if that is set."""
        made = self.make(op, Record(INSTANCE, origin="container"), INSTANCES)
        if returns is not None:
            self._keep(made, "return_value", returns)
        return Inst(name, exact=True, at=made)

    def _mocked(self, mock: Inst, name: str, op: Op) -> Value | None:
        """An attribute of a mock: a mock of its own, unless it was set."""
        record = self.state.record(mock.at) if mock.at is not None else None
        if record is None or mock.at is None:
            return None
        for known, value in record.keyed:
            if known == name:
                return value
        if name.startswith("assert") or name in _OF_MOCKS:
            return None
        value = one(self.new_mock(str(mock.of), op, None))
        self._keep(mock.at, name, value)
        return value

    def mocked_call(self, mock: Inst) -> Value | None:
        """What calling a mock gives: the same object each time; None if that is not known."""
        record = self.state.record(mock.at) if mock.at is not None else None
        known = dict(record.keyed) if record is not None else {}
        return None if "side_effect" in known else known.get("return_value")

    def set_attribute(self, base: Value, name: str, src: Slot) -> None:
        """`base.name = src`."""
        value = self.state.get(src)
        self.story.rich |= bool(base) and self.is_live(value)
        self._note_kept(base, name, value)
        owners = [t.at for t in ordered(base) if isinstance(t, Inst) and t.at is not None]
        if len(base) == 1 and owners and (record := self.state.record(owners[0])) is not None:
            self.lodge(value)
            self._keep(owners[0], name, value)
            if record.escaped:
                self.escape(value)
            return
        for owner in owners:
            if owner in self.state.heap:
                self._keep(owner, name, None)
        self.escape(value)

    def _note_kept(self, base: Value, name: str, value: Value) -> None:
        """An object that is made here, and nothing else, or the current loop is kept."""
        owner = next(iter(base)) if len(base) == 1 else None
        if not isinstance(owner, Inst) or not isinstance(owner.of, Class):
            return
        for obj, record in self.state.objects(value):
            life = self.journal.life(obj)
            if life is not None and len(value) == 1:
                life.kept_in = (owner.of, name)
            elif record.cls == LOOP and record.origin == "current":
                use = self.journal.loop_use(self.journal.makers[obj.site], "kept")
                use.kept_in = (owner.of, name)

    def is_live(self, value: Value, depth: int = 4) -> bool:
        """Whether something is, makes or leads to an object with a fate of its own."""
        raise NotImplementedError

    def lodge(self, value: Value) -> None:
        """Something is put where others may find it, though nobody has yet."""
        for obj, record in list(self.state.objects(value)):
            if record.cls in CONTAINERS:
                self.lodge(record.items)
            elif record.cls != INSTANCE:
                self.escape(one(obj))
        for thing in ordered(value):
            if not isinstance(thing, Obj) and not (isinstance(thing, Inst) and thing.at):
                self.escape(one(thing))

    def forget_attributes(self) -> None:
        """Others get to run: they may assign attributes of the instances that they know."""
        for obj, record in list(self.state.heap.items()):
            if record.cls != INSTANCE or not record.escaped or not record.keyed:
                continue
            made_by = record.by
            kept = tuple(
                pair
                for pair in record.keyed
                if isinstance(made_by, Klass) and self._is_stable(made_by, str(pair[0]))
            )
            if kept != record.keyed:
                self.state.update(obj, keyed=kept)

    def _keep(self, obj: Obj, name: str, value: Value | None) -> None:
        record = self.state.heap[obj]
        keyed = tuple(pair for pair in record.keyed if pair[0] != name)
        self.state.update(obj, keyed=keyed if value is None else (*keyed, (name, value)))

    def _is_stable(self, made_by: Klass, name: str) -> bool:
        lasting, own = self.program.lasting, self.unit.scope
        return lasting.is_stable(made_by.cls, name, own, exact=made_by.exact)

    def _starts_empty(self, thing: Inst, cls: Class, name: str) -> str:
        """The kind of the empty container that is all that is ever assigned to an attribute."""
        assigned = self.program.lasting.assigned
        own = assigned(cls, name, exact=True)
        if len(own) > 1 or (own and not _empty_kind(own[0])):
            return ""  # whatever the subclasses do: they may be many
        every = own if thing.exact else assigned(cls, name, exact=False)
        return _empty_kind(every[0]) if len(every) == 1 else ""


def _empty_kind(given: Assigned) -> str:
    """The kind of the empty container that is assigned; "" where it is something else."""
    match given.shape:
        case Display(kind=kind, items=()):
            return kind
        case CallShape(callee=Ref(parts=parts), args=args) if not args or "default" in parts[-1]:
            return _EMPTY.get(parts[-1], "")
        case _:
            return ""


def is_mock(thing: Thing) -> TypeGuard[Inst]:
    """Whether it is an object of `unittest.mock` that gives what it is told to."""
    return isinstance(thing, Inst) and thing.of in MOCKS


MOCKS = ("unittest.mock.Mock", "unittest.mock.MagicMock")
_OF_MOCKS = ("called", "call_count", "call_args", "mock_calls", "method_calls", "side_effect")


def _bound_to(thing: Thing, this: Inst) -> Thing:
    """A method as it is read from an instance."""
    if isinstance(thing, Func) and thing.bound and thing.this is None:
        return replace(thing, this=this)
    return thing
