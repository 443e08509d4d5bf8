"""Puts one fault into a file's text."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from fault_kinds import Fault

from asynclint.findings import Edit
from asynclint.source.text import Source, from_text


@dataclass(frozen=True, slots=True)
class Injected:
    """A file before and after.

    sound: the text without the fault, with an `import asyncio` where the fault needs one. faulty:
    the text with it. rows: the 1-based rows of `faulty` at which it stands.
    """

    sound: Source
    faulty: Source
    rows: frozenset[int]


def inject(source: Source, tree: ast.Module, fault: Fault) -> Injected | None:
    """A file with the fault; None where that text does not parse."""
    added = [_import(source, tree)] if fault.asyncio and not _imports_asyncio(tree) else []
    sound = from_text(_applied(source.text, added), source.path)
    faulty = from_text(_applied(source.text, [*added, *fault.edits]), source.path)
    try:
        compile(faulty.text, source.path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    shift = sum(len(edit.text) for edit in added)
    rows: set[int] = set()
    for edit in sorted(fault.edits, key=lambda each: each.start):
        start = edit.start + shift
        first = faulty.position(start).row
        last = faulty.position(start + len(edit.text.rstrip("\r\n"))).row
        rows.update(range(first, last + 1))
        shift += len(edit.text) - (edit.end - edit.start)
    return Injected(sound, faulty, frozenset(rows))


def _applied(text: str, edits: Iterable[Edit]) -> str:
    for edit in sorted(edits, key=lambda each: (each.start, each.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _imports_asyncio(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Import)
        and any(alias.name.startswith("asyncio") and not alias.asname for alias in node.names)
        for node in tree.body
    )


def _import(source: Source, tree: ast.Module) -> Edit:
    """The import behind the docstring and what comes from `__future__`."""
    row = 1
    for index, node in enumerate(tree.body):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if is_future or (is_text and index == 0):
            row = (node.end_lineno or node.lineno) + 1
    at = source.line_starts[row - 1] if row <= len(source.line_starts) else len(source.text)
    return Edit(at, at, f"import asyncio{source.newline}")
