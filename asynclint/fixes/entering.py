"""Cures `async with` over what is no context manager yet."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

from asynclint.facts import Kind
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaited_value import is_of_library, offers
from asynclint.fixes.awaiting import awaited, may_await
from asynclint.fixes.callsites import Site, sites
from asynclint.fixes.imports import NameTaken, how_to_name, import_edit, reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.returns import only_yield
from asynclint.flow.file import Unit
from asynclint.flow.story import Iteration
from asynclint.model.declared import Function
from asynclint.model.values import COROUTINE, Func, Inst, Made, Method

_DECORATOR = "asynccontextmanager"
#: `acquire()` of these is what `async with` does by itself (library reference, asyncio-sync).
_LOCKS = tuple(f"asyncio.{name}" for name in ("Lock", "Semaphore", "BoundedSemaphore", "Condition"))


def made_enterable(kit: Kit, entry: Iteration) -> Fix | None:
    """Awaits a coroutine first, makes a context manager of a generator, enters a lock itself."""
    if entry.subject.cls != COROUTINE:
        return _decorated(kit, entry) or _wrapped(kit, entry)
    return _lock(kit, entry) or _result(kit, entry)


def _result(kit: Kit, entry: Iteration) -> Fix | None:
    """Enters what awaiting gives, unless that is known to be no context manager."""
    node = entry.node
    answer = offers(kit, entry.subject, "__aenter__")
    if not isinstance(node, cst.BaseExpression) or not may_await(kit, node) or answer is False:
        return None
    if answer is None and is_of_library(entry.subject):
        return None
    edits = awaited(kit, node, node)
    if edits is None:
        return None
    message = "Await it first; unsafe, as what it gives may be no async context manager"
    return Fix(Applicability.UNSAFE, message, edits)


def _lock(kit: Kit, entry: Iteration) -> Fix | None:
    """`async with lock.acquire():` becomes `async with lock:`, which releases it as well."""
    by, node = entry.subject.by, entry.node
    owner = by.owner if isinstance(by, Method) and by.name == "acquire" else None
    known = owner.of if isinstance(owner, Inst) else owner.cls if isinstance(owner, Made) else ""
    item = kit.parent(node)
    if known not in _LOCKS or not isinstance(item, cst.WithItem) or item.asname is not None:
        return None
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return None
    statement = kit.parent(item)
    if statement is None or m.findall(statement, m.Attribute(attr=m.Name("release"))):
        return None
    message = "Enter the lock itself; unsafe, as it is released at the end of the block then"
    return Fix(Applicability.UNSAFE, message, (kit.replace(node, kit.text(node.func.value)),))


# generators ---------------------------------------------------------------------------------------


def _decorated(kit: Kit, entry: Iteration) -> Fix | None:
    """Puts `@asynccontextmanager` on a generator function that the project only enters."""
    function = _generator_function(entry)
    callers = sites(kit, function) if function is not None else None
    unit = kit.program.unit(function) if function is not None else None
    if unit is None or not callers or not all(_is_entered(site) for site in callers):
        return None
    if not isinstance(unit.node, cst.FunctionDef) or only_yield(unit.node) is None:
        return None
    there = kit.of(unit)
    edits = _with_decorator(there, unit) if there is not None else None
    if there is None or edits is None:
        return None
    message = "Decorate it with `asynccontextmanager`; unsafe, as others may iterate over it"
    return Fix(Applicability.UNSAFE, message, kit.taken(there, edits))


def _with_decorator(kit: Kit, unit: Unit) -> tuple[Edit, ...] | None:
    """The edits that decorate a function of the kit's file."""
    function = unit.function
    reached = _decorator(kit, function) if function is not None else None
    if function is None or reached is None:
        return None
    spelling, added = reached
    start = kit.source.offset(function.def_line, 0)
    line = kit.source.line(function.def_line)
    indent = line[: len(line) - len(line.lstrip())]
    return (Edit(start, start, f"{indent}@{spelling}{kit.source.newline}"), *added)


def _wrapped(kit: Kit, entry: Iteration) -> Fix | None:
    """`asynccontextmanager(f)()` for `f()`, where the function has other uses, too."""
    function, call = _generator_function(entry), entry.node
    if function is None or not isinstance(call, cst.Call):
        return None
    unit = kit.program.unit(function)
    if unit is None or not isinstance(unit.node, cst.FunctionDef) or only_yield(unit.node) is None:
        return None
    reached = reach(kit.source, kit.tree, f"contextlib.{_DECORATOR}", line=kit.range(call)[0].row)
    if reached.spelling is None:
        return None
    edit = kit.replace(call.func, f"{reached.spelling}({kit.text(call.func)})")
    message = "Make a context manager of it here; unsafe, as its end then runs behind the block"
    return Fix(Applicability.UNSAFE, message, (edit, *reached.edits))


def _generator_function(entry: Iteration) -> Function | None:
    by = entry.subject.by
    function = by.function if isinstance(by, Func) else None
    return function if function and function.kind is Kind.ASYNC_GENERATOR else None


def _is_entered(site: Site) -> bool:
    item = site.kit.parent(site.call)
    statement = site.kit.parent(item) if isinstance(item, cst.WithItem) else None
    return isinstance(statement, cst.With) and statement.asynchronous is not None


def _decorator(kit: Kit, function: Function) -> tuple[str, tuple[Edit, ...]] | None:
    """How the decorator is spelled above a function, and the import that it may need."""
    spelling = how_to_name(kit.tree, f"contextlib.{_DECORATOR}", line=function.def_line)
    if spelling is not None:
        return spelling, ()
    try:
        edit = import_edit(kit.source, kit.tree, f"from contextlib import {_DECORATOR}")
    except NameTaken:
        return None
    return _DECORATOR, (edit,) if edit is not None else ()
