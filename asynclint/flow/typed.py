"""Collections and streams that are known by their type: what a loop, a key, an unpacking gives."""

from __future__ import annotations

from asynclint.flow.context import Context
from asynclint.flow.state import Record
from asynclint.model.declared import Class
from asynclint.model.frames import Arguments
from asynclint.model.values import (
    ASYNC_GENERATOR,
    GENERATOR,
    NONE,
    UNKNOWN,
    Const,
    Func,
    Inst,
    Made,
    Many,
    Obj,
    Table,
    Thing,
    Turn,
    Unknown,
    Value,
    one,
    ordered,
)
from asynclint.visitor import ops
from asynclint.visitor.ops import Op

_STREAMS = (ASYNC_GENERATOR, GENERATOR)


class Typed(Context):
    """What comes out may be known to others, too: nobody says that it is lost, or whose it is."""

    def typed_item(self, thing: Thing, key: Value, op: Op) -> Value:
        """`collection[key]`."""
        value = self.resolver.item(one(thing), key)
        if any(isinstance(each, Const) and each.value is not None for each in value):
            return UNKNOWN  # settings are not constants
        return self.materialize(value, op, origin="shared")

    def typed_part(self, value: Value, index: int, op: ops.Unpack) -> Value:
        """What unpacking gives at a position (0-based), where it is a plain object."""
        if 0 <= op.star <= index:
            return UNKNOWN
        found = self.resolver.part(value, index)
        plain = all(isinstance(each, (Inst, Many)) or each == Const(None) for each in found)
        return found if plain else UNKNOWN

    def close_turn(self, it: str, site: int) -> None:
        """What the body did to the element before counts for all that went through it."""
        raise NotImplementedError

    def typed_next(self, thing: Thing, it: str, site: int) -> Value:
        """One more element; the current value of the loop variable if nothing is known of it."""
        value = self._elements(thing)
        made = [each for each in value if isinstance(each, Made)]
        if not value or len(made) > 1 or not all(_tells(each) for each in value - NONE):
            return one(Turn(site))
        found: set[Thing] = set()
        if made:
            self.close_turn(it, site)
        for each in ordered(value):
            if isinstance(each, Made):
                record = Record(each.cls, each.by, origin="shared", escaped=True)
                found.add(self.state.make(site, record))
            else:
                found.add(_in_turn(each, site))
        return frozenset(found)

    def _elements(self, thing: Thing) -> Value:
        """What going through something gives, by whichever of the two loops can."""
        record = self.state.record(thing)
        if record is not None:
            if record.cls not in _STREAMS or not isinstance(record.by, Func):
                return UNKNOWN
            thing = Made(record.cls, record.by)
        elif not isinstance(thing, (Many, Table, Inst)):
            return UNKNOWN
        plain = self.resolver.elements(one(thing))
        if Unknown() not in plain:
            return plain
        return self.resolver.elements(one(thing), is_async=True)

    # calls ------------------------------------------------------------------------------------

    def attributes_of(self, value: Value, name: str, op: Op) -> Value:
        """What an attribute is, of each of the alternatives."""
        raise NotImplementedError

    def arguments(self, op: ops.Call) -> Arguments:
        """The arguments of a call as the resolver takes them."""
        positional: list[Value] = []
        for arg in op.args:
            if arg.star or arg.keyword:
                break
            positional.append(self.state.get(arg.slot))
        keywords = {arg.keyword: self.state.get(arg.slot) for arg in op.args if arg.keyword}
        return Arguments(positional, keywords, not any(arg.star for arg in op.args))


def _tells(thing: Thing) -> bool:
    """Whether something is worth more than to know that it differs each time round."""
    if isinstance(thing, Inst):
        return isinstance(thing.of, Class) or not thing.of.startswith("builtins.")
    if isinstance(thing, Many):
        inner = (*thing.parts, thing.element, thing.value)
        return any(_tells(each) for value in inner for each in value)
    return not isinstance(thing, (Unknown, Const, Obj))


def _in_turn(thing: Thing, site: int) -> Thing:
    """A row in which what tells nothing differs at least from what it was before."""
    if not isinstance(thing, Many):
        return thing
    parts = tuple(
        part if all(_tells(each) for each in part - NONE) and part else one(Turn(site))
        for part in thing.parts
    )
    return Many(thing.kind, thing.element, thing.value, parts)
