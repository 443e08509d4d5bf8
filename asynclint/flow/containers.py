"""Lists, tuples, sets and dicts of coroutine objects: what goes in, what comes out."""

from __future__ import annotations

from asynclint.flow.state import FRESH, MIXED, Record
from asynclint.flow.taking import Taking, some_of
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    UNKNOWN,
    Code,
    Const,
    Func,
    Hint,
    Inst,
    Klass,
    Many,
    Obj,
    Partial,
    Picked,
    Table,
    Thing,
    Turn,
    Unknown,
    Value,
    join,
    one,
    ordered,
)
from asynclint.visitor import ops
from asynclint.visitor.ops import Op

CONTAINERS = ("list", "tuple", "set", "dict", "generator", "items", "values")
_ADDING = ("append", "add", "appendleft", "insert")
_TAKING = ("pop", "popleft", "popitem")
_COPYING = ("copy", "__iter__", "__reversed__")
_ASKING = ("keys", "index", "count", "__len__", "__contains__", "sort", "reverse")
_KEPT = (Obj, Inst, Func, Code, Partial)
_REMOVING = ("discard", "remove", "rotate")


class Containers(Taking):
    """Operations on containers."""

    def build(self, op: ops.Build) -> None:
        """A display, or the empty container of a comprehension."""
        if op.kind == "async_generator":
            obj = self.make(op, Record(ASYNC_GENERATOR, origin="shared", escaped=True))
            self.state.assign(op.dst, one(obj))
            return
        record = Record(op.kind)
        keyed: list[tuple[object, Value]] = []
        held: list[Value] = []
        for index, arg in enumerate(op.items):
            value = self.state.get(arg.slot)
            if arg.star:
                for _, inner in self.state.objects(value):
                    held.append(inner.items)
                keyed.clear()
                continue
            held.append(self._worth_keeping(value))
            key: object = index
            if op.kind == "dict":
                slot = op.keys[index]
                key = self._const(self.state.get(slot)) if slot is not None else None
            if key is not None and Unknown() not in value:
                keyed.append((key, value))
        items = frozenset().union(*held)
        if op.kind == "set" or any(arg.star for arg in op.items):
            keyed = []
        several = [t for value in held for t in ordered(value) if isinstance(t, Obj)]
        obj = self.make(
            op,
            Record(
                record.cls,
                origin="container",
                items=items,
                keyed=tuple(keyed),
                repeated=len(several) != len(set(several)),
            ),
        )
        self.state.assign(op.dst, one(obj))

    def _worth_keeping(self, value: Value) -> Value:
        """Objects and callables are remembered; of the rest a container may hold anything."""
        return frozenset(t for t in value if isinstance(t, _KEPT))

    @staticmethod
    def _const(value: Value) -> object:
        """The constant that a key is, else None."""
        if len(value) == 1:
            (thing,) = value
            if isinstance(thing, Const):
                return thing.value
        return None

    def put(self, container: Value, value: Value, key: object = None) -> None:
        """Adds a value to containers; whatever else receives it is unknown."""
        kept = self._worth_keeping(value)
        known = False
        for obj, record in list(self.state.objects(container)):
            if record.cls not in CONTAINERS:
                continue
            known = True
            if obj in self.tables:
                self.store(obj, kept)
            if not kept:
                keyed = tuple(pair for pair in record.keyed if pair[0] != key)
                self.state.update(obj, keyed=keyed if key is not None else ())
                continue
            keyed = tuple(pair for pair in record.keyed if pair[0] != key)
            same = len(kept) == 1 and kept <= record.items and _has_objects(kept)
            fresh = all(r.spent == FRESH for _, r in self.state.objects(kept))
            repeated = record.repeated or (same and key is None and record.cls != "set")
            self.state.update(
                obj,
                items=record.items | kept,
                keyed=(*keyed, (key, value)) if key is not None else record.keyed,
                repeated=repeated,
                each=record.each if fresh and record.each == FRESH else MIXED,
                picked=record.picked and ((None, MIXED),),
            )
            if record.escaped:
                self.escape(kept)
        if not known:
            self.escape(value)

    def item(self, op: ops.Item) -> Value:
        """`container[key]`."""
        base = self.state.get(op.base)
        key = self.state.get(op.key)
        found: list[Value] = []
        for thing in ordered(base):
            record = self.state.record(thing)
            if isinstance(thing, (Table, Many, Inst)):
                found.append(self.typed_item(thing, key, op))
            elif record is None or not isinstance(thing, Obj):
                found.append(self._subscripted(thing))
            elif record.cls in CONTAINERS:
                found.append(self._element(thing, record, key, op))
            else:
                self.read(frozenset({thing}), op.node, "subscripted")
                found.append(UNKNOWN)
        return join(*found)

    def _subscripted(self, thing: Thing) -> Value:
        """`Box[int]` makes what `Box` makes (library reference, Generic Alias Type)."""
        if isinstance(thing, Klass) and self.resolver.classes.is_generic(thing.cls):
            return one(Hint(one(Inst(thing.cls))))
        return UNKNOWN

    def _element(self, obj: Obj, record: Record, key: Value, op: Op) -> Value:
        if obj in self.tables:
            return self.looked_up(obj, key)
        wanted = self._const(key)
        for name, value in record.keyed:
            if wanted is not None and name == wanted:
                self.state.update(obj, read=True)
                return value
        if not _has_objects(record.items):
            known = [record.items, *(value for _, value in record.keyed)]
            known = [value for value in known if value]
            return frozenset().union(*known) if known and not record.escaped else UNKNOWN
        self.state.update(obj, read=True)
        if wanted is not None and record.keyed and len(record.keyed) >= len(record.items):
            return UNKNOWN
        if wanted is not None:
            return one(Picked(obj, wanted))
        thing = next(iter(key)) if len(key) == 1 else None
        if isinstance(thing, (Turn, Obj)):
            return one(Picked(obj, thing))
        return one(Picked(obj, ("some key", op.id)))  # it may be the same again in a loop

    def container_method(self, obj: Obj, name: str, op: ops.Call) -> Value | None:
        """A method of a container; None if it is not known."""
        record = self.state.heap[obj]
        values = [self.state.get(arg.slot) for arg in op.args if not arg.star]
        this = one(obj)
        if name in _ADDING and values:
            self.put(this, values[-1])
            return UNKNOWN
        if name in ("extend", "update", "extendleft") and len(op.args) == 1:
            self.extend(this, values[0] if values else UNKNOWN)
            return UNKNOWN
        if name in _COPYING:
            self.state.update(obj, read=True)
            return this
        if name in ("items", "values"):
            return one(self.make(op, Record(name, origin="container", items=this)))
        if name in ("get", "setdefault") and values:
            found = self._element(obj, record, values[0], op)
            if name == "setdefault" and len(values) > 1:
                self.put(this, values[1])
            return join(found, values[1] if len(values) > 1 else one(Const(None)))
        if name in (*_TAKING, "clear"):
            self.story.emptied.add(obj.site)
        if name in _TAKING:
            return self.taken(obj, record, op)
        if name == "clear":
            self.escape(record.items)
            self.state.update(obj, items=frozenset(), keyed=(), each=FRESH, picked=(), shrunk=True)
            return UNKNOWN
        if name in _REMOVING:
            self.state.update(obj, shrunk=True, keyed=(), picked=((None, MIXED),))
            return UNKNOWN
        if name in _ASKING:
            return UNKNOWN
        return None

    def extend(self, container: Value, value: Value) -> None:
        """All elements of one container go into another."""
        for _, source in list(self.state.objects(value)):
            if source.cls in CONTAINERS:
                for item in ordered(source.items):
                    self.put(container, frozenset({item}))
                if source.repeated:
                    for obj, _ in list(self.state.objects(container)):
                        self.state.update(obj, repeated=True)

    def copied(self, value: Value, op: Op, kind: str) -> Value:
        """`list(jobs)`, `tuple(jobs)`: another container of the same elements."""
        found: list[Value] = []
        for obj, record in list(self.state.objects(value)):
            if record.cls in CONTAINERS and record.items:
                self.state.update(obj, read=True)
                self.escape(record.items)
                copy = Record(
                    kind,
                    origin="container",
                    items=record.items,
                    each=record.each,
                    repeated=record.repeated and kind not in ("set", "frozenset"),
                )
                found.append(one(self.make(op, copy)))
            else:
                found.append(UNKNOWN)
        return join(*found) if found else UNKNOWN

    def multiplied(self, op: ops.Binary) -> Value | None:
        """`[job] * n` holds one object n times."""
        sides = (self.state.get(op.left), self.state.get(op.right))
        for value, factor in (sides, sides[::-1]):
            for _, record in list(self.state.objects(value)):
                if record.cls in ("list", "tuple") and record.items:
                    repeated = record.repeated or self._const(factor) not in (0, 1)
                    copy = Record(
                        record.cls,
                        origin="container",
                        items=record.items,
                        repeated=repeated,
                        each=record.each,
                    )
                    return one(self.make(op, copy))
        return None

    def added(self, op: ops.Binary) -> Value | None:
        """`first + second` of two containers; `jobs += more` extends in place."""
        left, right = self.state.get(op.left), self.state.get(op.right)
        containers = [(o, r) for o, r in self.state.objects(left) if r.cls in CONTAINERS]
        if not containers:
            return None
        if op.operator == "+=":
            self.extend(left, right)
            return left
        others = [r for _, r in self.state.objects(right) if r.cls in CONTAINERS]
        records = [containers[0][1], *others]
        items = frozenset().union(*(r.items for r in records))
        each = FRESH if all(r.each == FRESH for r in records) else MIXED
        repeated = any(r.repeated for r in records)
        made = Record(
            containers[0][1].cls, origin="container", items=items, each=each, repeated=repeated
        )
        return one(self.make(op, made))

    # iterating --------------------------------------------------------------------------------

    def next_element(self, value: Value, it: str, site: int) -> Value:
        """One more element of what a loop goes through."""
        found = [self._next_of(thing, it, site) for thing in ordered(value)]
        return join(*found) if found else one(Turn(site))

    def _next_of(self, thing: Thing, it: str, site: int) -> Value:
        record = self.state.record(thing)
        if record is None or record.cls not in CONTAINERS or not record.items:
            return self.typed_next(thing, it, site)
        assert isinstance(thing, Obj)
        if not _has_objects(record.items) and record.cls != "dict":
            self.state.update(thing, read=True)
            return self._each_once(record, it, site)
        if record.cls == "items":
            return self._next_pair(record, it, site)
        if record.cls == "values":
            inner = [self._elements_of(t, it, site) for t in ordered(record.items)]
            return join(*inner)
        if record.cls == "dict":
            self.state.update(thing, read=True)
            return one(Turn(site))
        return self._elements_of(thing, it, site)

    def _each_once(self, record: Record, it: str, site: int) -> Value:
        """One more of the callables in a container; nothing when all have had their turn."""
        slot = f"{it}@"
        seen = self.state.env.get(slot, frozenset())
        for thing in ordered(record.items - seen):
            self.state.assign(slot, seen | {thing})
            return one(thing)
        return one(Turn(site)) if record.escaped or record.shrunk else frozenset()

    def _elements_of(self, thing: Thing, it: str, site: int) -> Value:
        record = self.state.record(thing)
        if record is None or not record.items or not isinstance(thing, Obj):
            return one(Turn(site))
        self.state.update(thing, read=True)
        if record.repeated:
            return record.items
        ages = {t.at.age for t in record.items if isinstance(t, Inst) and t.at is not None}
        if ages == {0} and len(record.items) == 1:
            return self._each_once(record, it, site)
        if ages:
            return some_of(record.items)
        return self._fresh_element(thing, record, it, site)

    def _next_pair(self, record: Record, it: str, site: int) -> Value:
        """`for key, job in jobs.items()`: a pair whose second part is the element."""
        values: list[Value] = []
        for obj, inner in list(self.state.objects(record.items)):
            if inner.items:
                values.append(self._elements_of(obj, it, site))
        if not values:
            return one(Turn(site))
        element = join(*values)
        keyed = ((0, one(Turn(site))), (1, element))
        pair = self.state.make(
            site + 1, Record("tuple", origin="container", items=element, keyed=keyed)
        )
        return one(pair)

    def _fresh_element(self, container: Obj, record: Record, it: str, site: int) -> Value:
        items = [r for _, r in self.state.objects(record.items)]
        if len({r.cls for r in items}) != 1 or items[0].cls in CONTAINERS:
            return record.items if len(record.items) == 1 else UNKNOWN
        self.close_turn(it, site)
        by = items[0].by if all(r.by == items[0].by for r in items) else None
        spent = record.each
        if spent == FRESH and any(r.spent != FRESH for r in items):
            spent = items[0].spent if all(r.spent == items[0].spent for r in items) else MIXED
        fresh = Record(
            items[0].cls,
            by,
            spent=spent,
            escaped=True,
            origin=_origin_of(items),
            of=container,
            items=record.items if items[0].cls == "unknown" else frozenset(),
            ticked=any(r.ticked for r in items),
        )
        obj = self.state.make(site, fresh)
        for item in sorted((t for t in record.items if isinstance(t, Obj)), key=repr):
            if item.site in self.journal.makers:
                self.journal.makers.setdefault(site, self.journal.makers[item.site])
        return one(obj)

    def close_turn(self, it: str, site: int) -> None:
        """What the body did to the element before counts for all that went through it."""
        previous = self.state.heap.pop(Obj(site), None)
        if previous is None:
            return
        slot = f"{it}#"
        known = self._const(self.state.env.get(slot, frozenset()))
        spent = previous.spent if known in (None, previous.spent) else MIXED
        self.state.assign(slot, one(Const(spent)))

    def finish(self, value: Value, it: str, site: int) -> None:
        """A loop has gone through all elements of a container."""
        self.state.env.pop(f"{it}@", None)
        self.close_turn(it, site)
        spent = self._const(self.state.env.pop(f"{it}#", frozenset()))
        if not isinstance(spent, int) or spent == FRESH:
            return
        for obj, record in list(self.state.objects(value)):
            for target, held in self._targets(obj, record):
                self.state.update(target, each=spent)
                for item, inner in list(self.state.objects(held.items)):
                    if inner.cls == COROUTINE:
                        self.state.update(item, spent=spent)

    def _targets(self, obj: Obj, record: Record) -> list[tuple[Obj, Record]]:
        if record.cls in ("items", "values"):
            return list(self.state.objects(record.items))
        return [(obj, record)] if record.cls in CONTAINERS else []


def _origin_of(items: list[Record]) -> str:
    """Where an element comes from: futures of the loop that runs here are told apart."""
    return "own-loop" if all(each.origin == "own-loop" for each in items) else "element"


def _has_objects(value: Value) -> bool:
    return any(isinstance(thing, Obj) for thing in value)
