"""Cures plain functions on the way to a nested run: they become coroutine functions, all the way.

`def load()` becomes `async def load()`, its `asyncio.run(fetch())` becomes `await fetch()`, and
each of its calls `await load()`. Every caller has to wait then: those that are plain functions
become coroutine functions as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from asynclint.facts import Kind
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.async_twin import twin_awaited
from asynclint.fixes.await_run import run_argument, runs_surely
from asynclint.fixes.awaiting import awaited, room_to_await
from asynclint.fixes.callsites import Site, sites
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import LoopBlock
from asynclint.fixes.passages import added_up
from asynclint.fixes.roots import Root, block_of, starts_at
from asynclint.fixes.unwrapping import without_loop
from asynclint.flow.story import LoopStart, Reach
from asynclint.model.declared import Class, Function
from asynclint.visitor import ops

_MOST = 12  # functions that one fix changes
#: Bases of libraries that call no method of a class by a name of their own.
_HARMLESS = ("abc.ABC", "builtins.object", "typing.Generic", "typing.Protocol")
_ASYNC = (Kind.COROUTINE, Kind.ASYNC_GENERATOR)
_WHY = "unsafe, as callers outside of the project have to await it too"


def async_chain(kit: Kit, start: LoopStart) -> Fix | None:
    """Makes coroutine functions of all functions that lead from a call to the start of a loop.

    None unless every use of them is a call, at a place that can await it in the end.
    """
    if any(each.by_loop or each.reach is not Reach.CALL for each in starts_at(kit, start)):
        return None
    chain = _Chain(kit)
    for each in starts_at(kit, start):
        chain.wanted += [step.unit.function for step in each.chain[1:]]
    if not chain.grown():
        return None
    edits = tuple(dict.fromkeys(chain.edits()))
    if chain.failed or not edits:
        return None
    names = ", ".join(sorted(f"`{function.name}`" for function in chain.turned))
    verb = "a coroutine function" if len(chain.turned) == 1 else "coroutine functions"
    return Fix(Applicability.UNSAFE, f"Make {names} {verb}; {_WHY}", edits)


@dataclass
class _Chain:
    """The functions that are to be coroutine functions, and the places where they are called.

    kit: of the finding. wanted: what is still to be looked at; None for code of no function.
    """

    kit: Kit
    wanted: list[Function | None] = field(default_factory=list)
    turned: dict[Function, Kit] = field(default_factory=dict)
    calls: list[Site] = field(default_factory=list)
    failed: bool = False

    def grown(self) -> bool:
        """Adds what has to change along with what is wanted; whether all of that can."""
        while self.wanted:
            function = self.wanted.pop()
            if function is None or len(self.turned) > _MOST:
                return False
            if function not in self.turned and not self._add(function):
                return False
        return True

    def _add(self, function: Function) -> bool:
        unit = self.kit.program.unit(function)
        around = self.kit.of(unit) if unit is not None else None
        found = sites(self.kit, function) if self._may_turn(function) else None
        if around is None or not found or not around.story.complete:
            return False
        self.turned[function] = around
        self.calls += found
        for start in around.story.starts:
            if start.chain and (start.by_loop or start.reach is not Reach.CALL):
                return False
            self.wanted += [step.unit.function for step in start.chain[1:]]
        self.wanted += [site.kit.unit.function for site in found if not _awaits_already(site.kit)]
        return True

    def _may_turn(self, function: Function) -> bool:
        """Whether a function may become a coroutine function, as far as its declaration tells."""
        if function.kind is not Kind.FUNCTION or function.stub or function.decorators:
            return False
        if function.name.startswith("__") and function.name.endswith("__"):
            return False
        return function.owner is None or self._stands_alone(function, function.owner)

    def _stands_alone(self, method: Function, owner: Class) -> bool:
        """Whether a method overrides none, and none overrides it."""
        classes = self.kit.program.resolver.classes
        for other in (*classes.line(owner)[1:], *classes.subclasses(owner)):
            if not isinstance(other, Class):
                if other not in _HARMLESS:
                    return False
            elif method.name in other.scope.bindings or method.name in other.attributes:
                return False
        return True

    # edits --------------------------------------------------------------------------------------

    def edits(self) -> Iterator[Edit]:
        """The edits of all functions and calls, as the finding's file has them."""
        for kit in self.turned.values():
            made = self._turned(kit)
            if made is None:
                self.failed = True
                return
            yield from self.kit.taken(kit, made)
        for site in self.calls:
            room = room_to_await(site.kit, site.call, site.kit.unit.node)
            change = awaited(site.kit, site.call, site.call)
            if room is None or change is None or _is_awaited(site):
                self.failed = True
                return
            yield from self.kit.taken(site.kit, (*room, *change))

    def _turned(self, kit: Kit) -> tuple[Edit, ...] | None:
        """The edits that make a coroutine function of a function."""
        node = kit.unit.node
        if not isinstance(node, cst.FunctionDef):
            return None
        edits: list[Edit] = [kit.insert_before(node, "async ")]
        for start in kit.story.starts:
            if start.chain:
                continue
            change = _awaited_start(Root(kit, start))
            if change is None:
                return None
            edits += change
        return added_up(kit, edits)


def _awaits_already(kit: Kit) -> bool:
    function = kit.unit.function
    return function is not None and function.kind in _ASYNC


def _is_awaited(site: Site) -> bool:
    return isinstance(site.kit.parent(site.call), cst.Await)


def _of_given_loop(kit: Kit, start: LoopStart) -> LoopBlock | None:
    """A run on a loop that a function gets, and makes only where there is none.

    What gets hold of the loop stays: it finds the one that runs.
    """
    call, loop = start.node, start.loop
    if not isinstance(call, cst.Call) or not start.callee.endswith(".run_until_complete"):
        return None
    is_made = loop is not None and kit.around(loop.op.node, cst.ExceptHandler) is None
    return None if is_made else LoopBlock([call])


def _awaited_start(root: Root) -> tuple[Edit, ...] | None:
    """`await f()` for `asyncio.run(f())`, and the edits that remove what only serves the loop."""
    kit, start = root.kit, root.start
    call, op = start.node, start.op
    if not isinstance(call, cst.Call) or not isinstance(op, ops.Call):
        return None
    room = room_to_await(kit, call, kit.unit.node)
    block = block_of(root) or _of_given_loop(kit, start)
    if room is None or block is None or not runs_surely(kit, call):
        return None
    if start.fact is not None and start.fact.twin:
        change = twin_awaited(kit, call, start.fact)
    else:
        argument = run_argument(op)
        change = awaited(kit, call, argument.node) if argument is not None else None
    return (*room, *change, *without_loop(kit, block)) if change is not None else None
