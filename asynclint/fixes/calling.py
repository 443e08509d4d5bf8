"""Whether the call that made an object may be made again in its stead."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.iterators import reads_iterator
from asynclint.fixes.kit import Kit
from asynclint.fixes.repeatable import PURE_BUILTINS, names_read
from asynclint.model.declared import Import
from asynclint.model.values import ASYNC_GENERATOR, COROUTINE, Lib, one


def meanings(kit: Kit, call: cst.Call) -> frozenset[str] | None:
    """The names that a call needs, None if it may not be made again, here and at once.

    The call itself is one whose object turned out to be used up; to make it again is the cure.
    """
    if uses_up(kit, call) or reads_iterator(kit, call):
        return None
    read = names_read(call, lambda inner: inner is call or _harmless(kit, inner))
    if read is None or not all(_is_ours(kit, name) for name in read):
        return None
    return read


def uses_up(kit: Kit, call: cst.Call) -> bool:
    """Whether the call uses up the object in a variable: `wait_for(job, 1)`."""
    entries = [entry for entry in kit.story.consumptions if entry.by.node is call]
    return any(not isinstance(entry.node, cst.Call) for entry in entries)


def is_maker(kit: Kit, call: cst.Call) -> bool:
    """Whether a call makes a coroutine object or an async generator."""
    kinds = [life.subject.cls for life in kit.story.lives if life.subject.made is call]
    return any(kind in (COROUTINE, ASYNC_GENERATOR) for kind in kinds)


def _harmless(kit: Kit, call: cst.Call) -> bool:
    """Whether a call in an argument may be made again: it makes a coroutine, or only looks."""
    if reads_iterator(kit, call):
        return False
    if is_maker(kit, call):
        return True
    name = call.func.value if isinstance(call.func, cst.Name) else ""
    known = kit.program.resolver.name(name, kit.unit.scope)
    return name in PURE_BUILTINS and known == one(Lib(f"builtins.{name}"))


def _is_ours(kit: Kit, name: str) -> bool:
    """Whether only visible code of this function gives a name a new meaning meanwhile."""
    if any(name in scope.elsewhere for scope in kit.module.scopes()):
        return False
    # Imports are no operations in the flow, so rebinding by one would go unseen.
    bindings = kit.unit.scope.bindings.get(name, ())
    return len(bindings) == 1 or not any(isinstance(binding, Import) for binding in bindings)
