"""Who calls a plain function that the project hands on: a thread, an event loop, nobody known."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.facts import Where
from asynclint.fixes.callsites import Use, meaning, uses
from asynclint.fixes.kit import Kit
from asynclint.model.declared import Function

_THREAD = "threading.Thread"


def called_from(kit: Kit, function: Function) -> frozenset[Where]:
    """Where a function is called by those that it is handed to; nothing if that is not all known.

    Direct calls do not count. The `run` of a thread is called by the thread.
    """
    owner = function.owner
    bases = kit.program.resolver.classes.line(owner) if owner is not None else ()
    if function.name == "run" and _THREAD in bases:
        return frozenset({Where.THREAD})
    found = [list(_places(use)) for use in uses(kit, function) or () if use.call is None]
    return frozenset(place for places in found for place in places) if all(found) else frozenset()


def _places(use: Use) -> Iterator[Where]:
    """Where the call that takes the function as an argument has it called."""
    kit, argument = use.kit, use.kit.parent(use.node)
    call = kit.parent(argument) if isinstance(argument, cst.Arg) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, (cst.Name, cst.Attribute)):
        return
    resolver = kit.program.resolver
    facts = [resolver.fact_of(thing) for thing in meaning(kit, call.func, kit.unit)]
    given = [arg is argument for arg in call.args].index(True)
    keyword = call.args[given].keyword
    for fact in facts if len(facts) == 1 else ():
        for calls in fact.calls if fact is not None else ():
            if calls.name == keyword.value if keyword is not None else calls.at == given:
                yield calls.where
