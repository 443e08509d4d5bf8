"""Makes a plain function a coroutine function, so that it can wait, and its callers wait for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import libcst as cst

from asynclint.facts import Kind, Where
from asynclint.findings import Edit
from asynclint.fixes.awaiting import awaited, obstacle, room_to_await
from asynclint.fixes.callsites import sites
from asynclint.fixes.handings import called_from
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.model.declared import Class, Function
from asynclint.model.values import COROUTINE, Made

OUTSIDE = "the code runs outside of any function"
REPEATING = (cst.For, cst.While, cst.BaseComp)
_APART = frozenset({Where.THREAD, Where.PROCESS, Where.EXIT})


@dataclass(slots=True)
class Climb:
    """What it takes to make coroutine functions of a function and of all that call it.

    edits: all of them, for a fix in the file of the function. run: the calls in plain code at the
    top, each of which has to start an event loop. awaited: whether coroutine functions call one.
    """

    edits: list[Edit] = field(default_factory=list)
    run: list[tuple[Kit, cst.BaseExpression]] = field(default_factory=list)
    awaited: bool = False

    @property
    def repeats(self) -> bool:
        """Whether it would start an event loop more often than once."""
        again = (above for kit, call in self.run for above in kit.parents(call))
        return len(self.run) > 1 or any(isinstance(above, REPEATING) for above in again)


def climb(kit: Kit) -> Climb | None:
    """Follows the callers of the kit's function up to coroutine functions and entry points.

    None where one of the functions on the way has to stay plain, is not called by anything known,
    or may be called by code that is not known.
    """
    return made_from(kit, [kit])


def waited_at(kit: Kit, calls: Iterable[tuple[Kit, cst.BaseExpression]]) -> Climb | None:
    """What it takes to wait for what calls give, each with the kit of the code around it.

    kit: that of the file that is to be fixed. None as for `climb`.
    """
    outcome = Climb()
    plain: list[Kit] = []
    for there, call in calls:
        change = _at(there, call, outcome)
        if change is None:
            return None
        outcome.edits += kit.taken(there, change)
        if not there.unit.on_loop and not is_entry(there):
            plain.append(there)
    return outcome if _made(kit, plain, outcome) else None


def made_from(kit: Kit, plain: Iterable[Kit]) -> Climb | None:
    """What it takes to make coroutine functions of plain ones, and of all that call them."""
    outcome = Climb()
    waiting = list(plain)
    if any(each.unit.function is None for each in waiting):
        return None
    return outcome if _made(kit, waiting, outcome) else None


def _made(kit: Kit, waiting: list[Kit], outcome: Climb) -> bool:
    """Makes coroutine functions of plain ones, and of their callers; whether that can be done."""
    seen: set[Function] = set()
    while waiting:
        here = waiting.pop()
        function = here.unit.function
        if function is None or function in seen:
            continue
        seen.add(function)
        callers = sites(here, function) if _may_wait(here, function) else None
        if not callers:
            return False
        outcome.edits += kit.taken(here, (_head(here, function),))
        for site in callers:
            change = _at(site.kit, site.call, outcome)
            if change is None:
                return False
            outcome.edits += kit.taken(site.kit, change)
            if not site.kit.unit.on_loop and not is_entry(site.kit):
                waiting.append(site.kit)
    return True


def is_entry(kit: Kit) -> bool:
    """Whether plain code is where a program, a thread or a test begins: no loop runs there."""
    function = kit.unit.function
    if function is None:
        return True
    if function.kind is not Kind.FUNCTION or function.decorators:
        return False
    where = called_from(kit, function)
    if where:
        return where <= _APART
    named = function.name == "main" or function.name.startswith("test")
    return named and sites(kit, function) == []


def _head(kit: Kit, function: Function) -> Edit:
    start = kit.source.offset(function.def_line, 0)
    at = kit.source.text.index("def", start)
    return Edit(at, at, "async ")


def _at(kit: Kit, call: cst.BaseExpression, outcome: Climb) -> tuple[Edit, ...] | None:
    """The edits that wait for what a call gives, by `await` or by a run where none can stand."""
    if isinstance(kit.parent(call), cst.Await):
        return ()
    if not kit.unit.on_loop and is_entry(kit):
        outcome.run.append((kit, call))
        return run_there(kit, call)
    plain = None if kit.unit.on_loop else kit.unit.node
    room = room_to_await(kit, call, plain)
    change = awaited(kit, call, call)
    if room is None or change is None:
        return None
    outcome.awaited |= kit.unit.on_loop
    return (*room, *change)


def run_there(kit: Kit, call: cst.BaseExpression) -> tuple[Edit, ...] | None:
    """The edits that make `asyncio.run(f())` of `f()` in plain code."""
    reached = reach(kit.source, kit.tree, "asyncio.run", line=kit.range(call)[0].row)
    if reached.spelling is None:
        return None
    if kit.unit.function is None and obstacle(kit, call) != OUTSIDE:
        return None
    start, end = kit.span(call)
    return (*reached.edits, Edit(start, start, f"{reached.spelling}("), Edit(end, end, ")"))


def _may_wait(kit: Kit, function: Function) -> bool:
    """Whether nothing but its callers keeps a function from being a coroutine function."""
    if function.kind is not Kind.FUNCTION or function.stub or function.decorators:
        return False
    if function.name.startswith("__") or kit.story.starts:
        return False
    if any(isinstance(thing, Made) and thing.cls == COROUTINE for thing in kit.story.returned):
        return False
    return function.owner is None or not _is_shared(kit, function.owner, function.name)


def _is_shared(kit: Kit, owner: Class, name: str) -> bool:
    """Whether related classes have the method as a plain one, or a library's base may call it."""
    classes = kit.program.resolver.classes
    related = [*classes.line(owner)[1:], *classes.subclasses(owner)]
    for other in related:
        if not isinstance(other, Class):
            if other != "builtins.object":
                return True
        elif name in other.scope.bindings:
            method = classes.method(other, name)
            if method is None or method.kind is not Kind.COROUTINE:
                return True
    return False
