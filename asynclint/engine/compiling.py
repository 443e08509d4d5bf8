"""Whether a changed text is still valid Python."""

from __future__ import annotations

import ast
import warnings

from asynclint.source.text import Source

# What CPython raises of a text: null bytes are a ValueError, and nesting that is too deep any of
# the last three (documentation of `ast.parse` and `compile`).
_TROUBLES = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


def parse_error(source: Source) -> str:
    """Why the text does not parse, "" if it does."""
    return _error(source, ast.PyCF_ONLY_AST)


def damage(before: Source, after: Source) -> str:
    """What made a valid text invalid, "" if nothing did.

    Compiling finds what parsing does not, such as `await` in a plain function; but a text need not
    compile if the one before did not, as a notebook's with its `await` at the top.
    """
    error = _error(after, 0)
    if error and _error(before, 0):
        error = parse_error(after)
    return f"the result is no valid Python: {error}" if error else ""


def _error(source: Source, flags: int) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of invalid escapes and such, which are not our subject
        try:
            compile(source.text, source.path, "exec", flags, dont_inherit=True)
        except SyntaxError as error:
            return f"{error.msg} (line {error.lineno})"
        except _TROUBLES as error:
            return str(error) or type(error).__name__
    return ""
