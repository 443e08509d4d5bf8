"""Cures for async generators that are awaited, or iterated as if they were plain iterables."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaiting import awaited_text, may_await, room_to_await, trust
from asynclint.fixes.callsites import runs_without_loop
from asynclint.fixes.collecting import (
    BRACKETS,
    by_helper,
    can_be_async,
    comprehension_around,
    listed,
    within_comprehension,
)
from asynclint.fixes.compared import comparable_kind, is_builtin
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.only_item import only_item
from asynclint.fixes.variables import goes_into_container, held
from asynclint.flow.story import Consumption, Iteration
from asynclint.visitor import ops


def collected_items(kit: Kit, entry: Consumption) -> Fix | None:
    """Hands a coroutine that collects the items to what cannot take an async generator."""
    edits: tuple[Edit, ...] = ()
    for place in _places(kit, entry):
        edits += by_helper(kit, place)
    if not edits:
        return None
    message = "Collect the items in a coroutine; unsafe, as its result is a list of all of them"
    return Fix(Applicability.UNSAFE, message, tuple(dict.fromkeys(edits)))


def awaited_items(kit: Kit, entry: Consumption) -> Fix | None:
    """`await stream()` becomes an async comprehension; of one item, that item.

    What the result is compared with says which collection; None if it could not be equal to any.
    """
    place = entry.by.node
    if not isinstance(place, cst.Await):
        return None
    single = only_item(kit, entry)
    kind = comparable_kind(kit, place)
    if single is not None or not kind or (kind == "tuple" and not is_builtin(kit, kind)):
        return single
    edits = listed(kit, place, place.expression, kind)
    if edits is None:
        return None
    message = f"Iterate it; unsafe, as the result is a {kind} of all its items"
    return Fix(Applicability.UNSAFE, message, edits)


def iterated_asynchronously(kit: Kit, entry: Iteration) -> Fix | None:
    """`for` becomes `async for`; what needs a plain iterable gets a list of the items."""
    if not kit.story.on_loop:
        return _by_own_loop(kit, entry)
    match entry.op:
        case ops.Start(node=cst.For() as loop):
            return _loop(kit, loop)
        case ops.Start(node=cst.CompFor() as clause):
            return _clause(kit, clause)
        case ops.Unpack(node=target):
            return _list(kit, _assigned(kit, target))
        case ops.Call(node=cst.Call() as call) if entry.callee == "next":
            return _next(kit, call)
        case ops.Call(node=cst.Call() as call) if isinstance(entry.node, cst.BaseExpression):
            return _argument(kit, call, entry.node)
    return _list(kit, entry.node)


# where the items are collected --------------------------------------------------------------------


def _places(kit: Kit, entry: Consumption) -> list[cst.BaseExpression]:
    """The expressions whose value is the generator, where it is handed over or put into a list."""
    if not _takes_items(kit, entry):
        return [entry.node]
    made = entry.subject.made
    if isinstance(made, cst.BaseExpression) and goes_into_container(kit, made):
        return [made]
    variable = held(kit, made)
    if variable is None or len(variable.statements) > 1:
        return []
    return [load.node for load in variable.loads if goes_into_container(kit, load.node)]


def _takes_items(kit: Kit, entry: Consumption) -> bool:
    """Whether it is the elements of what is handed over that are consumed."""
    argument = kit.parent(entry.node)
    if isinstance(argument, cst.Arg) and argument.star:
        return True
    fact = kit.program.resolver.facts.get(entry.callee)
    return fact is not None and any(one.spread == "items" for one in fact.consumes)


# synchronous iteration ----------------------------------------------------------------------------


def _by_own_loop(kit: Kit, entry: Iteration) -> Fix | None:
    """`asyncio.run` of a coroutine that collects the items, in code that no event loop calls."""
    stream: cst.CSTNode | None = entry.node
    if isinstance(entry.op, ops.Unpack):
        stream = _assigned(kit, entry.op.node)
    if not isinstance(stream, cst.BaseExpression) or entry.callee == "next":
        return None
    runner = reach(kit.source, kit.tree, "asyncio.run", line=kit.range(stream)[0].row)
    if runner.spelling is None or not runs_without_loop(kit):
        return None
    collected, *helper = by_helper(kit, stream)
    edit = Edit(collected.start, collected.end, f"{runner.spelling}({collected.text})")
    message = "Collect the items in a loop of its own; unsafe, as no other loop may run there"
    return Fix(Applicability.UNSAFE, message, (edit, *helper, *runner.edits))


def _loop(kit: Kit, loop: cst.For) -> Fix | None:
    if not may_await(kit, loop.iter):
        return None
    return _trusted(kit, loop, "Use `async for`", (kit.insert_before(loop, "async "),))


def _clause(kit: Kit, clause: cst.CompFor) -> Fix | None:
    comprehension = comprehension_around(kit, clause)
    if comprehension is None:
        return None
    room: tuple[Edit, ...] | None = ()
    if isinstance(comprehension, cst.GeneratorExp):
        room = _as_display(kit, comprehension) or room_to_await(kit, comprehension.elt)
    elif not can_be_async(kit, comprehension):
        room = None
    if room is None:
        return _list(kit, clause.iter)
    start, _ = kit.span(clause)
    target, _ = kit.span(clause.target)
    keyword = kit.source.text.rindex("for", start, target)
    edits = (*room, Edit(keyword, keyword, "async "))
    return _trusted(kit, comprehension, "Use `async for`", edits)


def _as_display(kit: Kit, generator: cst.GeneratorExp) -> tuple[Edit, ...]:
    """The edits that make a comprehension of `list(...)` or `set(...)` around a generator."""
    argument = kit.parent(generator)
    call = kit.parent(argument) if isinstance(argument, cst.Arg) else None
    if not isinstance(call, cst.Call) or len(call.args) != 1 or not may_await(kit, call):
        return ()
    start, end = kit.span(call)
    first, last = kit.span(generator)
    text = kit.source.text
    if within_comprehension(kit, call) or "#" in text[start:first] + text[last:end]:
        return ()
    for kind, (left, right) in BRACKETS.items():
        if _is_builtin(kit, call, kind):
            return Edit(start, first, left), Edit(last, end, right)
    return ()


def _assigned(kit: Kit, target: cst.CSTNode) -> cst.BaseExpression | None:
    """The expression that an assignment unpacks into a target, if it does nothing else."""
    above = kit.parent(target)
    statement = kit.parent(above) if isinstance(above, cst.AssignTarget) else None
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        return statement.value
    return None


def _next(kit: Kit, call: cst.Call) -> Fix | None:
    """`next(stream)` becomes `await anext(stream)` (a builtin since Python 3.10)."""
    room = room_to_await(kit, call)
    if room is None or not _is_builtin(kit, call, "next") or not is_builtin(kit, "anext"):
        return None
    edits = (*room, awaited_text(kit, call, f"a{kit.text(call)}"))
    return _trusted(kit, call, "Await `anext()`", edits)


def _argument(kit: Kit, call: cst.Call, stream: cst.BaseExpression) -> Fix | None:
    """`list(stream)` is a comprehension itself; other callables get a list."""
    if len(call.args) == 1 and call.args[0].value is stream and not call.args[0].star:
        for kind in ("list", "set"):
            edits = listed(kit, call, stream, kind) if _is_builtin(kit, call, kind) else None
            if edits is not None:
                return _trusted(kit, call, "Iterate it asynchronously", edits)
    return _list(kit, stream)


def _list(kit: Kit, stream: cst.CSTNode | None) -> Fix | None:
    if not isinstance(stream, cst.BaseExpression):
        return None
    edits = listed(kit, stream, stream)
    return None if edits is None else _trusted(kit, stream, "Make a list of its items first", edits)


def _is_builtin(kit: Kit, call: cst.Call, name: str) -> bool:
    is_named = isinstance(call.func, cst.Name) and call.func.value == name
    return is_named and is_builtin(kit, name)


def _trusted(kit: Kit, node: cst.CSTNode, message: str, edits: tuple[Edit, ...]) -> Fix:
    applicability, why = trust(kit, node)
    return Fix(applicability, f"{message}{why}", edits)
