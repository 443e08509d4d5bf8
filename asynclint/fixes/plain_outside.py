"""Cures a coroutine function that is called plainly: a plain function, which runs its body."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

from asynclint.facts import Kind
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.imports import Reached, reach
from asynclint.fixes.inner_coroutine import (
    Passage,
    framed,
    is_annotated,
    own_nodes,
    rebound,
    returns_value,
)
from asynclint.fixes.kept_loop import kept_run
from asynclint.fixes.kit import Kit
from asynclint.fixes.names import fresh_name
from asynclint.fixes.tasks import task_starter
from asynclint.model.declared import Function

_MAY_WAIT = (cst.For, cst.With, cst.CompFor)
#: Names by which event loops are run, among them those of servers.
_RUNNING = frozenset({"run", "run_until_complete", "run_forever", "run_app", "Runner", "serve"})
_SUPER = m.Call(func=m.Name("super"), args=[])


def plain_outside(
    kit: Kit, *, once: bool = False, by_loop: bool = False, alone: bool = False
) -> Fix | None:
    """`def f(x)` with the body of `async def f(x)` in a coroutine function, and the run of that.

    once: it is called once, or on a thread of its own: it gets a loop of its own then. by_loop: a
    running loop calls it: it makes a task. alone: no loop runs where it is called. A function that
    waits for nothing is made plain as it is.
    """
    function, node = kit.unit.function, kit.unit.node
    if function is None or function.kind is not Kind.COROUTINE:
        return None
    if not isinstance(node, cst.FunctionDef) or not isinstance(node.body, cst.IndentedBlock):
        return None
    head = _head(kit, function.def_line)
    if not any(_waits(each) for each in own_nodes(node.body)):
        message = "Make a plain function of it; unsafe, as others may await it"
        return Fix(Applicability.UNSAFE, message, (head,))
    body = list(node.body.body)
    if node.get_docstring() is not None:
        body.pop(0)
    if not (once or by_loop or alone) and _meets_loops(kit, function):
        return None
    runner = task_starter(kit) if by_loop else _runner(kit, once=once)
    given = function.parameters[0].name if m.findall(node.body, _SUPER) else ""
    anew = rebound(function)
    if runner is None or not body or given in anew or is_annotated(kit, node.body, anew):
        return None
    declared = f"nonlocal {', '.join(anew)}" if anew else ""
    name = fresh_name(kit.tree, f"{function.name.strip('_')}_async")
    returns = returns_value(node.body) and not by_loop
    passage = Passage(body, node, name, declared, returns, given)
    spelling, added = runner
    run = Reached(spelling, added)
    message = "Make a plain function of it that runs its body; unsafe, as others may await it"
    return Fix(Applicability.UNSAFE, message, (*added, head, *framed(kit, passage, run, ())))


def _meets_loops(kit: Kit, function: Function) -> bool:
    """Whether code that knows the class of a method may call it while an event loop runs."""
    owner, module = function.owner, function.scope.module
    if owner is None:
        return False
    modules = kit.program.project.importers(owner.name, module)
    others = [
        other
        for each in modules
        for other in each.functions
        if other.owner is not owner and other.kind in (Kind.COROUTINE, Kind.ASYNC_GENERATOR)
    ]
    return bool(others) and any(each.mentions & _RUNNING for each in modules)


def _waits(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Await):
        return True
    return isinstance(node, _MAY_WAIT) and node.asynchronous is not None


def _head(kit: Kit, def_line: int) -> Edit:
    """The edit that takes `async` from a definition."""
    start = kit.source.text.index("async", kit.source.offset(def_line, 0))
    return Edit(start, kit.source.text.index("def", start), "")


def _runner(kit: Kit, *, once: bool) -> tuple[str, tuple[Edit, ...]] | None:
    if not once:
        return kept_run(kit)
    reached = reach(kit.source, kit.tree, "asyncio.run")
    return (reached.spelling, reached.edits) if reached.spelling is not None else None
