"""Cures a coroutine function handed to a caller that awaits nothing: a lambda runs it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Calls, Fact, Where
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.arguments import (
    Folded,
    Handed,
    folded,
    names_needed,
    unsteady,
    without,
    written,
)
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import rows_of
from asynclint.fixes.tasks import task_starter
from asynclint.model.values import LOOP

if TYPE_CHECKING:
    from asynclint.flow.story import Handover

_RUN = "unsafe, as the loop that runs it is another one than that of the rest"
_TASK = "unsafe, as nobody waits for the task"
_DONE = "asyncio.Future.add_done_callback"
_EXIT_STACK = "contextlib.AsyncExitStack.callback"
_CALLABLES = (cst.Name, cst.Attribute)


def run_there(kit: Kit, entry: Handover) -> Fix | None:
    """`lambda: asyncio.run(job(x))` for a thread's `job` and `x`; a task where a loop calls it.

    None where the caller uses the result at once, or wants something that it can pickle.
    """
    call = entry.call
    found = _fact(kit, entry, call) if isinstance(call, cst.Call) else None
    if found is None or not isinstance(call, cst.Call):
        return None
    fact, calls = found
    if fact.name == _EXIT_STACK and isinstance(call.func, cst.Attribute):
        edit = kit.replace(call.func.attr, "push_async_callback")
        message = "Await it on the way out; unsafe, as the stack then waits for it"
        return Fix(Applicability.UNSAFE, message, (edit,))
    if entry.where not in (Where.THREAD, Where.EXIT, Where.LOOP) or _may_pickle(kit, fact, call):
        return None
    on_loop = entry.where is Where.LOOP
    runner = task_starter(kit) if on_loop else _run(kit, call)
    if runner is None:
        return None
    spelling, added = runner
    edits = _Lambda(kit, call, entry.node, spelling).edits(fact, calls)
    message = f"Make a task of it; {_TASK}" if on_loop else f"Run it in a loop; {_RUN}"
    return Fix(Applicability.UNSAFE, message, (*added, *edits)) if edits else None


def _run(kit: Kit, call: cst.Call) -> tuple[str, tuple[Edit, ...]] | None:
    reached = reach(kit.source, kit.tree, "asyncio.run", line=rows_of(kit, call)[0])
    return (reached.spelling, reached.edits) if reached.spelling is not None else None


def _fact(kit: Kit, entry: Handover, call: cst.Call) -> tuple[Fact, Calls] | None:
    """What is known about the caller and about the parameter that takes the callable."""
    facts = kit.program.resolver.facts
    short = entry.callee
    owner, _, method = short.partition(".")
    name = f"{LOOP}.{method}" if owner == "loop" else short
    fact = facts.get(name) or facts.get(f"builtins.{short}")
    for calls in fact.calls if fact is not None else ():
        for index, arg in enumerate(call.args):
            given = arg.keyword.value if arg.keyword is not None else ""
            fits = given == calls.name if given else index == calls.at
            if fits and arg.value is entry.node and fact is not None:
                return fact, calls
    return None


def _may_pickle(kit: Kit, fact: Fact, call: cst.Call) -> bool:
    """Whether the callable may go to another process, where a lambda cannot."""
    if not fact.name.endswith(".run_in_executor") or not call.args:
        return False
    executor = call.args[0].value
    default = isinstance(executor, cst.Name) and executor.value == "None"
    return not default and "ProcessPoolExecutor" in kit.module.mentions


@dataclass(frozen=True, slots=True)
class _Lambda:
    """The lambda to put around a callable that a call hands over; `runner` runs what that makes."""

    kit: Kit
    call: cst.Call
    callee: cst.BaseExpression
    runner: str

    def edits(self, fact: Fact, calls: Calls) -> tuple[Edit, ...] | None:
        """The edits that make it, with the arguments for the callable in it where they can be."""
        if isinstance(self.callee, cst.Lambda):
            start, end = self.kit.span(self.callee.body)
            return Edit(start, start, f"{self.runner}("), Edit(end, end, ")")
        if calls.arguments < 0:
            return self._taking("done" if fact.name == _DONE else "*args")
        parts = folded(self.call, self.callee, calls)
        return self._holding(parts) if parts is not None else None

    def _holding(self, parts: Folded) -> tuple[Edit, ...] | None:
        """`lambda: run(job(x))`; `lambda x=x: run(job(x))` where `x` means something else later."""
        target = _target(self.callee)
        if target is None:
            return None
        function, bound = target
        handed = (*bound, *parts.handed)
        names = names_needed([function, *(each.value for each in handed)])
        removed = without(self.kit, self.call, parts.holders)
        if names is None or removed is None:
            keywords = any(each.prefix not in ("", "*") for each in parts.handed)
            return self._taking("*args, **kwargs" if keywords else "*args")
        defaults = [f"{name}={name}" for name in unsteady(self.kit, self.call, names)]
        inner = f"{self.kit.text(function)}({written(self.kit, handed)})"
        return (*removed, self._replacing(", ".join(defaults), inner))

    def _taking(self, parameters: str) -> tuple[Edit, ...] | None:
        """A lambda that takes its arguments: the caller has its own, or they must not wait."""
        if not isinstance(self.callee, _CALLABLES):
            return None
        inner = f"{self.kit.text(self.callee)}({parameters})"
        if unsteady(self.kit, self.callee, names_needed([self.callee]) or frozenset()):
            return None
        return (self._replacing(parameters, inner),)

    def _replacing(self, parameters: str, inner: str) -> Edit:
        head = f"lambda {parameters}" if parameters else "lambda"
        return self.kit.replace(self.callee, f"{head}: {self.runner}({inner})")


def _target(callee: cst.BaseExpression) -> tuple[cst.BaseExpression, tuple[Handed, ...]] | None:
    """The function to call, and what `functools.partial` has for it already."""
    if isinstance(callee, _CALLABLES):
        return callee, ()
    if not isinstance(callee, cst.Call) or not callee.args:
        return None
    first, *rest = callee.args
    if first.star or first.keyword is not None or not isinstance(first.value, _CALLABLES):
        return None
    prefixes = [arg.star or (f"{arg.keyword.value}=" if arg.keyword else "") for arg in rest]
    handed = (Handed(prefix, arg.value) for prefix, arg in zip(prefixes, rest, strict=True))
    return first.value, tuple(handed)
