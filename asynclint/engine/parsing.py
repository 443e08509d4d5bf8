"""CPython's own parser in front of everything: what it refuses need not be understood."""

from __future__ import annotations

import ast
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from asynclint.engine.depth import MAX_DEPTH, row_deeper_than
from asynclint.engine.troubles import SYNTAX_ERROR, UNREADABLE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asynclint.findings import Finding
    from asynclint.source.text import Source


#: Of dense async code so much takes some 800 MB (measured on CPython 3.11).
MAX_BYTES = 2 * 2**20


def parse(source: Source) -> ast.Module | Finding:
    """The file's tree, or ASL001 at an error's place, or ASL002 for too large or deep a file."""
    if len(source.data) > MAX_BYTES:
        return UNREADABLE_FILE.at(source.path, 1, 1, "larger than 2 MiB, and not analysed")
    try:
        with no_warnings():
            return ast.parse(source.text)
    except SyntaxError as error:
        return _syntax_error(source, error)
    except (RecursionError, MemoryError):
        # Lib/test/test_ast.py and test_syntax.py (3.13) expect both, by the kind of nesting.
        return too_deep(source, 1)
    except ValueError as error:  # also UnicodeEncodeError: surrogates that a codec let through
        return UNREADABLE_FILE.at(source.path, 1, 1, f"cannot be parsed: {error}")


@contextmanager
def no_warnings() -> Iterator[None]:
    """Keeps quiet what the parser and the compiler have to say of the analysed code.

    It is its author's affair. An invalid escape is a DeprecationWarning up to 3.11 and a
    SyntaxWarning from 3.12 on ("What's New In Python 3.12").
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def depth_trouble(source: Source, tree: ast.Module, limit: int = MAX_DEPTH) -> Finding | None:
    """ASL002 at the statement where a tree is nested deeper than `limit`, else None."""
    row = row_deeper_than(limit, source, tree)
    return None if row is None else too_deep(source, row)


def too_deep(source: Source, row: int) -> Finding:
    """ASL002 for code that is nested too deeply to be analysed."""
    return UNREADABLE_FILE.at(source.path, row, 1, "nested too deeply to be analysed")


def _syntax_error(source: Source, error: SyntaxError) -> Finding:
    """CPython counts columns of syntax errors in characters from 1; 0 or None where it has none."""
    rows = len(source.line_starts)
    row = min(max(error.lineno or 1, 1), rows)
    column = min(max(error.offset or 1, 1), len(source.line(row)) + 1)
    return SYNTAX_ERROR.at(source.path, row, column, error.msg)
