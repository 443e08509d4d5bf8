"""Cures a loop that must start where another may run: in a thread of its own."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.apart_helper import WHY, apart_helper
from asynclint.fixes.async_twin import renamed
from asynclint.fixes.await_run import run_argument, runs_surely
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import has_comment
from asynclint.fixes.roots import Root, block_of, roots_of
from asynclint.fixes.run_block import is_one_coroutine
from asynclint.fixes.unwrapping import without_loop
from asynclint.flow.story import LoopStart
from asynclint.model.values import Func
from asynclint.visitor.ops import Call


def run_apart(kit: Kit, start: LoopStart) -> Fix | None:
    """`run_in_thread(f(x))` for the `asyncio.run(f(x))` to which a chain of calls leads.

    For code that cannot wait in any other way, as a log handler, a callback, `__len__`.
    """
    edits: list[Edit] = []
    for root in roots_of(kit, start):
        found = _apart(root) if root is not None else None
        if root is None or found is None:
            return None
        edits += kit.taken(root.kit, found)
    message = f"Run it in a thread of its own; {WHY}"
    return Fix(Applicability.UNSAFE, message, tuple(dict.fromkeys(edits)))


def _apart(root: Root) -> tuple[Edit, ...] | None:
    """The edits for one start of a loop; None where more than one coroutine is run."""
    block = block_of(root)
    edits = _instead(root) if block is not None and len(block.runs) == 1 else None
    if block is None or edits is None:
        return None
    return (*edits, *without_loop(root.kit, block))


def _instead(root: Root) -> tuple[Edit, ...] | None:
    kit, start = root.kit, root.start
    call, op = start.node, start.op
    if not isinstance(call, cst.Call) or not isinstance(op, Call) or not runs_surely(kit, call):
        return None
    found = apart_helper(kit)
    if found is None:
        return None
    name, edits = found
    if start.fact is not None and start.fact.twin:
        inner = renamed(kit, call, start.fact)
        if inner is None:
            return None
        begin, end = kit.span(call)
        return (*edits, Edit(begin, begin, f"{name}("), *inner, Edit(end, end, ")"))
    argument = run_argument(op)
    if _minds_its_loop(kit, op):
        return None
    if argument is None or not is_one_coroutine(kit, call, bridging=True):
        return None
    if len(call.args) == 1 and not argument.keyword:
        return (*edits, kit.replace(call.func, name))
    if has_comment(kit.text(call)):
        return None
    return (*edits, kit.replace(call, f"{name}({kit.text(argument.node)})"))


def _minds_its_loop(kit: Kit, op: Call) -> bool:
    """Whether what is run asks about the tasks of its loop: those of another will not do."""
    makers = [entry.subject.by for entry in kit.story.consumptions if entry.by is op]
    functions = [by.function for by in makers if isinstance(by, Func)]
    return any(not function.mentions.isdisjoint(_OF_LOOP) for function in functions)


_OF_LOOP = ("all_tasks", "current_task")
