"""Makes an async generator function of a coroutine function: it yields what it returned."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.awaited_value import iteration
from asynclint.fixes.header import indentation
from asynclint.fixes.imports import NameTaken, how_to_name, import_edit
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import indentation_of
from asynclint.fixes.placing import span_with_parentheses
from asynclint.fixes.repeatable import names_mentioned
from asynclint.fixes.returns import is_last, own, returns, stands_alone

_ITERABLES = frozenset(
    {"list", "List", "tuple", "Tuple", "set", "Set", "frozenset", "FrozenSet", "Sequence"}
    | {"Iterable", "Iterator", "Collection", "Generator", "deque", "Deque"}
)
_MODULES = ("collections.abc", "typing")


def yielding(kit: Kit, *, of_self: tuple[str, ...] | None = None) -> tuple[Edit, ...] | None:
    """The edits that have the kit's coroutine function yield the items of what it returns.

    of_self: the lines that yield the items of `self`, where that is returned. None where a `return`
    gives something of which it is not known how to iterate it, or where nothing is returned.
    """
    node = kit.unit.node
    if not isinstance(node, cst.FunctionDef) or any(own(node, cst.Yield)):
        return None
    parts = [yielded(kit, each, of_self) for each in returns(node)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or not any("yield " in edit.text for part in known for edit in part):
        return None
    annotated = _as_stream(kit, node.returns)
    return (*(edit for part in known for edit in part), *annotated)


def yielded(
    kit: Kit, statement: cst.Return, of_self: tuple[str, ...] | None = None
) -> tuple[Edit, ...] | None:
    """Yields the items of what one `return` gives, and returns without a value if need be."""
    value = statement.value
    start, end = kit.span(statement)
    if value is None or _is_empty(value):
        return () if value is None else (Edit(start + len("return"), end, ""),)
    if of_self is not None and _is_receiver(kit.unit.node, value):
        row = kit.range(statement)[0].row
        newline, unit = kit.source.newline, indentation(kit.source, kit.tree)
        step = f"{newline}{indentation_of(kit, row)}"
        behind = "" if is_last(kit, statement) else f"{step}return"
        lines = step.join(line.replace("    ", unit) for line in of_self)
        return (Edit(start, end, f"{lines}{behind}"),) if stands_alone(kit, statement) else None
    how = iteration(kit, value)
    if not how:
        return None
    return loop(kit, statement, value, is_async=how == "async", ends=not is_last(kit, statement))


def loop(
    kit: Kit,
    statement: cst.BaseSmallStatement,
    value: cst.BaseExpression,
    *,
    is_async: bool,
    ends: bool,
) -> tuple[Edit, ...] | None:
    """A loop that yields the items of a value, in the place of the statement that holds it.

    ends: the function is left behind the loop. None where the statement has no line of its own.
    """
    if not stands_alone(kit, statement):
        return None
    start, end = kit.span(statement)
    first, last = span_with_parentheses(kit, value)
    step = f"{kit.source.newline}{indentation_of(kit, kit.range(statement)[0].row)}"
    unit = indentation(kit.source, kit.tree)
    item = free_name(kit.unit.node, names_mentioned(value))
    keyword = f"async for {item} in " if is_async else f"for {item} in "
    tail = f":{step}{unit}yield {item}"
    return Edit(start, first, keyword), Edit(last, end, f"{tail}{step}return" if ends else tail)


def _is_empty(value: cst.BaseExpression) -> bool:
    """Whether an expression is None or a display without elements."""
    if isinstance(value, cst.List | cst.Tuple):
        return not value.elements
    return isinstance(value, cst.Name) and value.value == "None"


def _is_receiver(function: cst.CSTNode, value: cst.BaseExpression) -> bool:
    if not isinstance(function, cst.FunctionDef):
        return False
    params = [*function.params.posonly_params, *function.params.params]
    return isinstance(value, cst.Name) and bool(params) and params[0].name.value == value.value


def _last_name(annotation: cst.BaseExpression) -> str:
    base = annotation.value if isinstance(annotation, cst.Subscript) else annotation
    name = base.attr if isinstance(base, cst.Attribute) else base
    return name.value if isinstance(name, cst.Name) else ""


def free_name(
    node: cst.CSTNode,
    used: frozenset[str] = frozenset(),
    names: tuple[str, ...] = ("item", "element", "entry"),
) -> str:
    """A variable for items that a function does not use yet: the first of some names."""
    taken: set[str] = set(used)
    waiting = [node]
    while waiting:
        each = waiting.pop()
        waiting.extend(each.children)
        if isinstance(each, cst.Name):
            taken.add(each.value)
    more = (f"{names[0]}_{number}" for number in range(2, 100))
    return next(name for name in (*names, *more) if name not in taken)


def _as_stream(kit: Kit, returned: cst.Annotation | None) -> tuple[Edit, ...]:
    """`AsyncIterator[T]` for the `list[T]` of an annotation; others stay."""
    if returned is None or _last_name(returned.annotation) not in _ITERABLES:
        return ()
    note = returned.annotation
    base = note.value if isinstance(note, cst.Subscript) else note
    item = ""
    if isinstance(note, cst.Subscript) and _last_name(note) in ("tuple", "Tuple", "Generator"):
        item = f"[{kit.text(note.slice[0])}]"
    row = kit.range(note)[0].row
    for module in _MODULES:
        spelling = how_to_name(kit.tree, f"{module}.AsyncIterator", line=row)
        if spelling is not None:
            edits: tuple[Edit, ...] = ()
            break
    else:
        try:
            edit = import_edit(kit.source, kit.tree, "from collections.abc import AsyncIterator")
        except NameTaken:
            return ()
        spelling, edits = "AsyncIterator", (edit,) if edit is not None else ()
    return (kit.replace(note, f"{spelling}{item}") if item else kit.replace(base, spelling), *edits)
