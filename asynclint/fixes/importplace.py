"""Where in the head of a module a new import statement goes."""

from __future__ import annotations

import ast
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise

from asynclint.findings import Edit
from asynclint.fixes.header import (
    Gap,
    blanks_before,
    first_row,
    gap_above_comments,
    gap_before,
    gap_behind,
    head_of,
    lines_edit,
    top_gap,
)
from asynclint.source.text import Source

Statement = ast.Import | ast.ImportFrom
_Key = Callable[[ast.stmt], tuple[object, ...]]


def place_import(source: Source, tree: ast.Module, new: Statement) -> Edit:
    """The edit that adds a statement, whether it is there or not.

    It goes to the imports of its kind (standard library, others, relative) in the first run of
    imports: to its alphabetical place if they are plainly sorted, else behind the last of them. If
    a run parted by kinds has none of its kind, it starts a new part. In a module without imports it
    goes below the docstring and the `__future__` imports.
    """
    lines = f"{ast.unparse(new)}\n"
    head = head_of(tree)
    if head.imports_start == head.imports_stop:
        return _first_import(source, tree.body, head.start, lines)
    parts = _parts(source, tree.body, head.imports_start, head.imports_stop)
    kinds = [{_kind(tree.body[index]) for index in part} for part in parts]
    own = _kind(new)
    for fitting in ([own] == sorted(kind) for kind in kinds), (own in kind for kind in kinds):
        for part, fits in zip(parts, fitting, strict=True):
            if fits:
                return _into_part(source, tree.body, part, new, lines)
    order = [min(kind) for kind in kinds]
    if all(len(kind) == 1 for kind in kinds) and order == sorted(order):
        edit = _new_part(source, tree.body, parts, bisect_right(order, own), lines)
        if edit is not None:
            return edit
    gap = gap_behind(source, tree.body, head.imports_stop - 1)
    return lines_edit(source, gap, lines, above=0, below=0)


def _first_import(source: Source, body: Sequence[ast.stmt], start: int, lines: str) -> Edit:
    below = blanks_before(body, start)
    if start:
        gap = gap_behind(source, body, start - 1)
        return lines_edit(source, gap, lines, above=1, below=below)
    above = gap_above_comments(source, body, 0) if body else None
    return lines_edit(source, above or top_gap(source), lines, above=0, below=below)


def _into_part(
    source: Source, body: Sequence[ast.stmt], part: Sequence[int], new: Statement, lines: str
) -> Edit:
    gap: Gap | None = None
    place = _sorted_place([body[index] for index in part], new)
    if place == 0:
        gap = gap_before(source, body, part[0])
    if gap is None:
        gap = gap_behind(source, body, part[max(place, 1) - 1])
    return lines_edit(source, gap, lines, above=0, below=0)


def _new_part(
    source: Source, body: Sequence[ast.stmt], parts: list[list[int]], place: int, lines: str
) -> Edit | None:
    if place:
        gap = gap_behind(source, body, parts[place - 1][-1])
        return lines_edit(source, gap, lines, above=1, below=1)
    before = gap_above_comments(source, body, parts[0][0])
    # What stands above has its blank line already, or is comments that the import belongs to.
    return lines_edit(source, before, lines, above=0, below=1) if before else None


def _parts(source: Source, body: Sequence[ast.stmt], start: int, stop: int) -> list[list[int]]:
    """The indices of a run of imports, parted at blank lines."""
    parts = [[start]]
    for index in range(start + 1, stop):
        above = body[index - 1].end_lineno or 0
        rows = range(above, first_row(body[index]) - 1)
        starts = source.line_starts
        if any(not source.text[starts[row] : starts[row + 1]].strip() for row in rows):
            parts.append([])
        parts[-1].append(index)
    return parts


def _sorted_place(part: Sequence[ast.stmt], new: Statement) -> int:
    """Before which of the statements the new one goes; behind the last if they are unsorted."""
    keys: tuple[_Key, ...] = (_plain_first, _by_module)
    for key in keys:
        if all(key(one) <= key(two) for one, two in pairwise(part)):
            return bisect_right([key(one) for one in part], key(new))
    return len(part)


def _plain_first(statement: ast.stmt) -> tuple[object, ...]:
    """Sorts as isort and ruff do unless told otherwise: `import a` before every `from`."""
    return (isinstance(statement, ast.ImportFrom), *_by_module(statement))


def _by_module(statement: ast.stmt) -> tuple[object, ...]:
    return (_module(statement).lower(), isinstance(statement, ast.ImportFrom))


def _kind(statement: ast.stmt) -> int:
    """0 for the standard library, 1 for other absolute imports, 2 for relative ones."""
    module = _module(statement)
    if module.startswith("."):
        return 2
    return int(module.partition(".")[0] not in sys.stdlib_module_names)


def _module(statement: ast.stmt) -> str:
    if isinstance(statement, ast.ImportFrom):
        return "." * statement.level + (statement.module or "")
    return statement.names[0].name if isinstance(statement, ast.Import) else ""
