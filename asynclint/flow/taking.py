"""Elements that are taken out of containers: `jobs.pop()`."""

from __future__ import annotations

from dataclasses import replace

from asynclint.flow.sites import of_op
from asynclint.flow.state import FRESH, MIXED, Record
from asynclint.flow.tables import Tables
from asynclint.model.values import COROUTINE, UNKNOWN, Inst, Obj, Value, one
from asynclint.visitor.ops import Op

_WIDEST = 6  # parts of a row that are told apart


class Taking(Tables):
    """What is taken out of a container is some element of it, and is not met there again."""

    def taken(self, obj: Obj, record: Record, op: Op) -> Value:
        """An element is removed: it will not be met again in the container."""
        self.state.update(obj, shrunk=True, keyed=(), picked=((None, MIXED),))
        items = [r for _, r in self.state.objects(record.items)]
        if record.items and not items and not record.escaped:
            return record.items
        self.state.escape(record.items)
        if items and all(r.cls in ("list", "tuple") for r in items):
            return self._taken_row(obj, items, record, op)
        if not items or any(r.cls != COROUTINE for r in items):
            return UNKNOWN
        by = items[0].by if all(r.by == items[0].by for r in items) else None
        spent = record.each if not record.repeated else MIXED
        spent = MIXED if any(r.spent != FRESH for r in items) and spent == FRESH else spent
        return one(
            self.make(
                op, Record(COROUTINE, by, spent=spent, escaped=True, origin="element", of=obj)
            )
        )

    def _taken_row(self, obj: Obj, rows: list[Record], record: Record, op: Op) -> Value:
        """`name, job = jobs.pop()`: the parts of some row, each an object of its own."""
        kept: list[tuple[object, Value]] = []
        known: list[dict[object, Value]] = [dict(row.keyed) for row in rows]
        if record.repeated:
            return UNKNOWN
        keys = [key for key in known[0] if all(key in row for row in known)]
        for number, key in enumerate(keys[:_WIDEST], 1):
            parts = [part for row in known for _, part in self.state.objects(row[key])]
            if len(parts) < len(rows) or any(part.cls != COROUTINE for part in parts):
                continue
            by = parts[0].by if all(part.by == parts[0].by for part in parts) else None
            spent = FRESH if all(part.spent == FRESH for part in parts) else MIXED
            site = of_op(op.id, number)
            part = Record(COROUTINE, by, spent=spent, escaped=True, origin="element", of=obj)
            kept.append((key, one(self.state.make(site, part))))
        if not kept:
            return UNKNOWN
        items = frozenset(thing for _, value in kept for thing in value)
        row = Record("tuple", origin="container", items=items, keyed=tuple(kept), escaped=True)
        return one(self.make(op, row))


def some_of(items: Value) -> Value:
    """Some of several instances: as it is not known which, what it holds is not known either."""
    return frozenset(replace(t, at=None) if isinstance(t, Inst) else t for t in items)
