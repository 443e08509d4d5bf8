"""Look-ups in the tables of modules, and what is put into them; see `registries`."""

from __future__ import annotations

from asynclint.flow.file import Spot
from asynclint.flow.registries import Stored
from asynclint.flow.state import FRESH, Record
from asynclint.flow.typed import Typed
from asynclint.model.declared import Module
from asynclint.model.values import COROUTINE, UNKNOWN, Const, Obj, Value, one


class Tables(Typed):
    """The tables of modules are one object for all functions."""

    def table(self, module: Module, name: str) -> Value | None:
        """A module's table; None if the name is no such."""
        found = self.program.registries.named(module, name)
        if found is None:
            return None
        obj = Obj(found.site)
        if obj not in self.state.heap:
            self.state.heap[obj] = Record(found.kind, origin="registry", escaped=True)
        self.tables[obj] = found
        return one(obj)

    def looked_up(self, obj: Obj, key: Value) -> Value:
        """An entry of a table: a coroutine object that an import has put there, if all are."""
        stored = self.program.registries.contents(self.tables[obj])
        if not stored or any(isinstance(thing, Const) for thing in key):
            return UNKNOWN
        makers = {entry.by for entry in stored}
        by = makers.pop() if len(makers) == 1 else None
        entry = Obj(obj.site - 1)
        self.journal.kept[entry.site] = tuple(each.at for each in stored)
        self.state.heap.setdefault(entry, Record(COROUTINE, by, origin="registry", escaped=True))
        return one(entry)

    def store(self, obj: Obj, kept: Value) -> None:
        """Notes coroutine objects that are put into a table."""
        for _, record in self.state.objects(kept):
            if record.cls == COROUTINE and record.spent == FRESH and self.present is not None:
                at = Spot(self.unit, self.present.node)
                self.journal.stored(Stored(self.tables[obj], record.by, at))
