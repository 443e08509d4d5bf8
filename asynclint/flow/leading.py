"""What things lead to tracked objects, and what they are without them."""

from __future__ import annotations

from dataclasses import replace

from asynclint.flow.state import objects_in
from asynclint.model.values import Func, Inst, Obj, Thing, one


def leads_to(thing: Thing) -> tuple[Obj, ...]:
    """The tracked objects to which a thing leads directly."""
    return objects_in(one(thing))


def by_itself(thing: Thing) -> Thing:
    """A thing as other functions can know it: without the tracked objects of this one."""
    match thing:
        case Inst(at=Obj()):
            return replace(thing, at=None)
        case Func(this=this, env=env) if this is not None or env:
            known = tuple((n, v) for n, v in env if not any(leads_to(t) for t in v))
            return replace(thing, this=None, env=known)
        case _:
            return thing
