"""The head of a module: docstring, imports, and the gaps between lines where more can go."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from asynclint.findings import Edit
from asynclint.source.text import Source

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_RUNS = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
# An encoding stands on one of the first two lines, and nothing may push it down (PEP 263).
_COOKIE = re.compile(r"[ \t\f]*#.*?coding[:=]")
_COOKIE_ROWS = 2


@dataclass(frozen=True, slots=True)
class Head:
    """Slices of a module's list of statements.

    start: behind the docstring and the `__future__` imports.
    imports_start, imports_stop: the first run of imports; empty, and at `start`, if there is none.
    stop: behind the last import that stands before any code that does something.
    """

    start: int
    imports_start: int
    imports_stop: int
    stop: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Where whole lines can be inserted: before `row` (1-based), at an offset (characters).

    blanks_above, blanks_below: the blank lines that are there already; below is None if nothing but
    blank lines follows. at_top: nothing stands above.
    """

    row: int
    offset: int
    blanks_above: int
    blanks_below: int | None
    at_top: bool


def head_of(tree: ast.Module) -> Head:
    """Finds the parts of a module's head."""
    body = tree.body
    start = 1 if ast.get_docstring(tree, clean=False) is not None else 0
    while start < len(body) and _is_future(body[start]):
        start += 1
    stop = start
    for index in range(start, len(body)):
        if _only_imports(body[index]):
            stop = index + 1
        elif not _does_nothing(body[index]):
            break
    run = [index for index in range(start, stop) if isinstance(body[index], _IMPORTS)]
    if not run:
        return Head(start, start, start, stop)
    behind = run[0]
    while behind < stop and isinstance(body[behind], _IMPORTS):
        behind += 1
    return Head(start, run[0], behind, stop)


def gap_behind(source: Source, body: Sequence[ast.stmt], index: int) -> Gap:
    """The gap below the lines of a statement, and of all that shares its last line."""
    while index + 1 < len(body) and first_row(body[index + 1]) == body[index].end_lineno:
        index += 1
    return _gap(source, (body[index].end_lineno or body[index].lineno) + 1)


def gap_before(source: Source, body: Sequence[ast.stmt], index: int) -> Gap | None:
    """The gap above a statement's line, below its comments; None if another begins that line."""
    row = first_row(body[index])
    if index and body[index - 1].end_lineno == row:
        return None
    return _gap(source, row)


def gap_above_comments(source: Source, body: Sequence[ast.stmt], index: int) -> Gap | None:
    """The gap above a statement and the comments on it, as `row_with_comments` has them."""
    before = gap_before(source, body, index)
    return before and _gap(source, row_with_comments(source, before.row))


def row_with_comments(source: Source, row: int) -> int:
    """The first of the rows of comments that stand right above a row, or the row itself (1-based).

    Comments that reach up to the top of the file are taken for those of the file.
    """
    first = row
    while first > 1 and source.line(first - 1).lstrip().startswith("#"):
        first -= 1
    cookie = first <= _COOKIE_ROWS and _COOKIE.match(source.line(first))
    return row if first == 1 or cookie else first


def top_gap(source: Source) -> Gap:
    """The gap below all lines of a file that has no statements."""
    return _gap(source, len(source.line_starts) + 1)


def lines_edit(source: Source, gap: Gap, lines: str, *, above: int, below: int) -> Edit:
    """Inserts lines, with at least so many blank lines above and below them.

    `lines` have line feeds and end in one; the edit has the file's own newlines.
    """
    over = 0 if gap.at_top else max(0, above - gap.blanks_above)
    under = 0 if gap.blanks_below is None else max(0, below - gap.blanks_below)
    text = "\n" * over + lines + "\n" * under
    if gap.offset and source.text[gap.offset - 1] not in "\r\n":
        text = "\n" + text.removesuffix("\n")
    return Edit(gap.offset, gap.offset, text.replace("\n", source.newline))


def blanks_before(body: Sequence[ast.stmt], index: int) -> int:
    """How many blank lines are to stand between imports and a statement (PEP 8)."""
    return 2 if index < len(body) and isinstance(body[index], _DEFINITIONS) else 1


def first_row(statement: ast.stmt) -> int:
    """The 1-based row on which a statement begins, its decorators included."""
    decorators = statement.decorator_list if isinstance(statement, _DEFINITIONS) else []
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def indentation(source: Source, tree: ast.Module) -> str:
    """The white space of one level, read off the first indented block; four spaces without one."""
    for statement in tree.body:
        body: Sequence[ast.stmt] = getattr(statement, "body", ())
        if body:
            line = source.line(first_row(body[0]))
            space = line[: len(line) - len(line.lstrip(" \t"))]
            # Columns of `ast` are bytes of UTF-8, as many as characters where all is white space.
            if 0 < len(space) == body[0].col_offset:
                return space
    return "    "


def _gap(source: Source, row: int) -> Gap:
    count = len(source.line_starts)
    offset = source.line_starts[row - 1] if row <= count else len(source.text)
    over = row - 1
    while over and not source.line(over).strip():
        over -= 1
    under = row
    while under <= count and not source.line(under).strip():
        under += 1
    return Gap(
        row=row,
        offset=offset,
        blanks_above=row - 1 - over,
        blanks_below=under - row if under <= count else None,
        at_top=over == 0,
    )


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _only_imports(statement: ast.stmt) -> bool:
    """Whether the statement imports, be it under a condition or `try` that does little else."""
    if isinstance(statement, _IMPORTS):
        return True
    if not isinstance(statement, (ast.If, ast.Try)):
        return False
    nested = [node for node in ast.walk(statement) if isinstance(node, ast.stmt)][1:]
    return any(isinstance(node, _IMPORTS) for node in nested) and all(
        isinstance(node, (*_IMPORTS, ast.If, ast.Try, ast.Pass, ast.Raise)) or _does_nothing(node)
        for node in nested
    )


def _does_nothing(statement: ast.stmt) -> bool:
    """Whether the statement is an assignment or a bare value that runs no code to speak of."""
    return isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)) and not any(
        isinstance(node, _RUNS) for node in ast.walk(statement)
    )
