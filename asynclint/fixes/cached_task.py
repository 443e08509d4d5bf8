"""Cures a cache that keeps coroutine objects: it keeps tasks, which may be awaited again."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.callsites import runs_without_loop
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit

_NAME = "as_task"
_HELPER = '''
def {name}(function):
    """Make a task of each call: unlike a coroutine object it may be awaited again and again."""

    @{wraps}(function)
    def start(*args, **kwargs):
        return {ensure_future}(function(*args, **kwargs))

    return start
'''
_MESSAGE = (
    "Cache a task for each call; unsafe, as a task belongs to the event loop that made it, "
    "and what it raises is kept, too"
)


def tasks_kept(kit: Kit, cached_by: str) -> Fix | None:
    """`@as_task` below the decorator that caches, `cached_by` (a dotted name).

    None where other decorators stand below that one: they want a coroutine function.
    """
    node, function = kit.unit.node, kit.unit.function
    if not isinstance(node, cst.FunctionDef) or function is None or not function.decorators:
        return None
    home = function.scope.parent or function.scope
    innermost = kit.program.resolver.decorator_facts_of(function.decorators[-1], home)
    if all(fact.name != cached_by for fact in innermost):
        return None
    return _decorated(kit, node)


def task_kept(kit: Kit, made: cst.Call) -> Fix | None:
    """`asyncio.ensure_future(f())` where `f()` makes the object that a cache keeps.

    None where no event loop runs.
    """
    maker = reach(kit.source, kit.tree, "asyncio.ensure_future", line=kit.range(made)[0].row)
    if maker.spelling is None or runs_without_loop(kit):
        return None
    edit = kit.replace(made, f"{maker.spelling}({kit.text(made)})")
    return Fix(Applicability.UNSAFE, _MESSAGE, (*maker.edits, edit))


def _decorated(kit: Kit, function: cst.FunctionDef) -> Fix | None:
    wraps = reach(kit.source, kit.tree, "functools.wraps")
    maker = reach(kit.source, kit.tree, "asyncio.ensure_future")
    if wraps.spelling is None or maker.spelling is None:
        return None
    code = _HELPER.format(name=_NAME, wraps=wraps.spelling, ensure_future=maker.spelling)
    helper = helper_edit(kit.source, kit.tree, _NAME, code)
    row = kit.range(function.name)[0].row
    line = kit.source.line(row)
    indent = line[: len(line) - len(line.lstrip())]
    start = kit.source.offset(row, 0)
    above = Edit(start, start, f"{indent}@{helper.name}{kit.source.newline}")
    added = [above] if helper.edit is None else [above, helper.edit]
    return Fix(Applicability.UNSAFE, _MESSAGE, (*wraps.edits, *maker.edits, *added))
