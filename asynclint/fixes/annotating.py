"""Annotations of what used to be an awaitable and is now a function that makes one."""

from __future__ import annotations

import ast

import libcst as cst
import libcst.matchers as m

from asynclint.findings import Edit
from asynclint.fixes.imports import NameTaken, how_to_name, import_edit
from asynclint.fixes.kit import Kit
from asynclint.model.values import Lib

_AWAITABLES = frozenset({"Awaitable", "Coroutine", "CoroutineType"})
#: The modules that have these types, and those of them that have `Callable` as well.
_HOMES = frozenset({"collections.abc", "types", "typing", "typing_extensions"})
_BOTH = frozenset({"collections.abc", "typing", "typing_extensions"})


def as_factory(kit: Kit, annotation: cst.Annotation | None) -> tuple[Edit, ...] | None:
    """Turns `Awaitable[T]` in an annotation into `Callable[[], Awaitable[T]]`.

    () where there is no annotation, or none that names an awaitable. None where it is one that
    cannot be rewritten.
    """
    if annotation is None:
        return ()
    expression = annotation.annotation
    if m.findall(expression, m.SimpleString() | m.ConcatenatedString()):
        return None if any(kind in kit.text(expression) for kind in _AWAITABLES) else ()
    named = [(node, home) for node in _names(expression) if (home := _home(kit, node))]
    if not named:
        return ()
    (name, home), *others = named
    reached = None if others else _callable(kit, name, home)
    if reached is None:
        return None
    spelling, added = reached
    whole = kit.parent(name)
    node = whole if isinstance(whole, cst.Subscript) and whole.value is name else name
    return (kit.replace(node, f"{spelling}[[], {kit.text(node)}]"), *added)


def _names(expression: cst.BaseExpression) -> list[cst.Name | cst.Attribute]:
    """The dotted names in an expression, each as a whole."""
    found: list[cst.Name | cst.Attribute] = []
    waiting: list[cst.CSTNode] = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, cst.Name | cst.Attribute):
            found.append(node)
        else:
            waiting.extend(node.children)
    return found


def _home(kit: Kit, node: cst.Name | cst.Attribute) -> str:
    """The module of a type that is awaited once; "" for anything else."""
    resolver = kit.program.resolver
    parts: list[str] = []
    base: cst.BaseExpression = node
    while isinstance(base, cst.Attribute):
        parts.insert(0, base.attr.value)
        base = base.value
    if not isinstance(base, cst.Name):
        return ""
    value = resolver.name(base.value, kit.unit.scope)
    for part in parts:
        value = resolver.attribute(value, part)
    (thing, *others) = value
    if others or not isinstance(thing, Lib):
        return ""
    home, _, kind = thing.name.rpartition(".")
    return home if home in _HOMES and kind in _AWAITABLES else ""


def _callable(
    kit: Kit, name: cst.Name | cst.Attribute, home: str
) -> tuple[str, tuple[Edit, ...]] | None:
    """How `Callable` is spelled where another type stands, and what makes it so."""
    if isinstance(name, cst.Attribute) and home in _BOTH:
        return f"{kit.text(name.value)}.Callable", ()
    row = kit.range(name)[0].row
    for module in ("collections.abc", "typing"):
        spelling = how_to_name(kit.tree, f"{module}.Callable", line=row)
        if spelling is not None:
            return spelling, ()
    try:
        edit = import_edit(kit.source, kit.tree, "from collections.abc import Callable")
    except NameTaken:
        return None
    beside = _into_import(kit, name) if isinstance(name, cst.Name) and home in _BOTH else None
    return "Callable", (beside or edit,) if edit is not None else ()


def _into_import(kit: Kit, name: cst.Name) -> Edit | None:
    """Adds `Callable` to the import that another name comes from, in its alphabetical place."""
    for node in ast.walk(kit.tree):
        if not isinstance(node, ast.ImportFrom) or node.module not in _BOTH or node.level:
            continue
        if all((alias.asname or alias.name) != name.value for alias in node.names):
            continue
        behind = next((alias for alias in node.names if alias.name > "Callable"), None)
        if behind is not None:
            return _insertion(kit, behind.lineno, behind.col_offset, "Callable, ")
        last = node.names[-1]
        row, column = last.end_lineno or last.lineno, last.end_col_offset or last.col_offset
        return _insertion(kit, row, column, ", Callable")
    return None


def _insertion(kit: Kit, row: int, byte_column: int, text: str) -> Edit:
    """Inserts at a place as `ast` gives it: 1-based row, 0-based column in UTF-8 bytes."""
    offset = kit.source.offset(row, kit.source.utf8_column(row, byte_column))
    return Edit(offset, offset, text)
