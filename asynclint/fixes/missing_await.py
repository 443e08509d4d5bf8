"""Cures a coroutine that nobody awaits, or that is used as if it were its result: awaits it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Applicability, Fix
from asynclint.fixes.awaiting import awaited, obstacle, room_to_await, trust
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.mentions import is_binding, mentions
from asynclint.fixes.names import fresh_name
from asynclint.fixes.variables import held
from asynclint.fixes.waiting import started, waited_for
from asynclint.fixes.without_waiting import at_once
from asynclint.model.values import Func

if TYPE_CHECKING:
    from asynclint.flow.story import Life, Subject

_OUTSIDE = "the code runs outside of any function"


def await_lost(kit: Kit, life: Life) -> Fix | None:
    """`await f()` for a coroutine that is made and lost; `asyncio.run(f())` at a module's level.

    One that never ends becomes a task. None where the object is made to be thrown away.
    """
    call = life.op.node
    if not isinstance(call, (cst.Call, cst.Attribute)):
        return None
    if _never_ends(kit, life.subject):
        return _as_task(kit, call)
    if kit.unit.function is None and isinstance(kit.parent(call), cst.Expr):
        return _run_at_module_level(kit, call)
    room = room_to_await(kit, call)
    if room is None:
        return at_once(kit, life.subject) or waited_for(kit, call)
    edits = awaited(kit, call, call) if not _is_overwritten(kit, call) else None
    if edits is None:
        return None
    message = "Await the coroutine"
    applicability, why = trust(kit, call)
    if not isinstance(kit.parent(call), cst.Expr) and not why:
        applicability, why = Applicability.UNSAFE, "; unsafe, as its result was not used so far"
    return Fix(applicability, f"{message}{why}", (*room, *edits))


def await_used(kit: Kit, subject: Subject) -> Fix | None:
    """`await f()` for a coroutine object that is used as a plain value.

    None where the same object is awaited somewhere as well.
    """
    made = subject.made
    if not isinstance(made, (cst.Call, cst.Attribute)):
        return None
    if subject.origin not in ("made", "container"):
        return None
    if any(entry.subject.made is made for entry in kit.story.consumptions):
        return None
    room = room_to_await(kit, made)
    if room is None:
        return at_once(kit, subject) or waited_for(kit, made)
    edits = awaited(kit, made, made)
    if edits is None:
        return None
    why = "unsafe, as the code then goes another way than it did"
    return Fix(Applicability.UNSAFE, f"Await the coroutine; {why}", (*room, *edits))


def _as_task(kit: Kit, call: cst.Call | cst.Attribute) -> Fix | None:
    """`beat_task = asyncio.create_task(beat())`: the variable keeps the task alive.

    In a loop statement, and in a function that ends while others run, a helper keeps it.
    """
    name = _last_part(call)
    once = kit.around(call, cst.For) is None and kit.around(call, cst.While) is None
    if not kit.story.on_loop or not isinstance(kit.parent(call), cst.Expr) or not name:
        return None
    if not once or not kit.unit.on_loop:
        return started(kit, call)
    reached = reach(kit.source, kit.tree, "asyncio.create_task", line=kit.range(call)[0].row)
    if obstacle(kit, call) or reached.spelling is None:
        return None
    variable = fresh_name(kit.tree, f"{name}_task")
    edit = kit.replace(call, f"{variable} = {reached.spelling}({kit.text(call)})")
    message = "Make a task of it, as it has no end; unsafe, as it is cancelled when the loop ends"
    return Fix(Applicability.UNSAFE, message, (*reached.edits, edit))


def _last_part(call: cst.Call | cst.Attribute) -> str:
    func = call.func if isinstance(call, cst.Call) else call
    name = func.attr if isinstance(func, cst.Attribute) else func
    return name.value if isinstance(name, cst.Name) else ""


def _run_at_module_level(kit: Kit, call: cst.Call | cst.Attribute) -> Fix | None:
    """`asyncio.run(main())` for a bare `main()`."""
    if obstacle(kit, call) != _OUTSIDE:
        return None
    reached = reach(kit.source, kit.tree, "asyncio.run")
    if reached.spelling is None:
        return None
    message = "Run the coroutine; unsafe, as the module may be imported by code that runs a loop"
    edit = kit.replace(call, f"{reached.spelling}({kit.text(call)})")
    return Fix(Applicability.UNSAFE, message, (*reached.edits, edit))


def _is_overwritten(kit: Kit, call: cst.BaseExpression) -> bool:
    """Whether the object is put into a variable that gets something else before it is read."""
    assignment = kit.parent(call)
    if not isinstance(assignment, cst.Assign) or len(assignment.targets) != 1:
        return False
    target = assignment.targets[0].target
    if not isinstance(target, cst.Name):
        return False
    found = mentions(kit.unit.node, target.value)
    if not any(each is not target and is_binding(kit, each) for each in found):
        return False
    variable = held(kit, call)
    return variable is None or not variable.loads


def _never_ends(kit: Kit, subject: Subject) -> bool:
    """Whether the coroutine is one of this file that loops for ever: a task was meant."""
    if not isinstance(subject.by, Func):
        return False
    line = subject.by.function.def_line
    for node in ast.walk(kit.tree):
        if isinstance(node, ast.AsyncFunctionDef) and node.lineno == line:
            return any(isinstance(each, ast.While) and _is_endless(each) for each in node.body)
    return False


def _is_endless(loop: ast.While) -> bool:
    if not isinstance(loop.test, ast.Constant) or not loop.test.value:
        return False
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Break, ast.Return)):
            return False
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return True
