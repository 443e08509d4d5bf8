"""An internal error, cut down to what a report of it needs."""

from __future__ import annotations

import traceback
from pathlib import Path

from asynclint.findings import Failure

_FRAMES = 3
_PACKAGE = Path(__file__).parents[1]


def failure_of(error: BaseException, path: str) -> Failure:
    """The Failure of one file: the rule where one is to blame, the error, and the last frames."""
    cause = cause_of(error)
    code = getattr(error, "code", "")
    blame = f"in {code}: " if isinstance(code, str) and code else ""
    what = "".join(traceback.format_exception_only(cause)).strip().replace("\n", " ")
    return Failure(path, f"internal error {blame}{what}{_trace(cause)}")


def cause_of(error: BaseException) -> BaseException:
    """The error that was raised first, where another was raised from it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _trace(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    steps = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    return f" (at {', from '.join(steps)})" if steps else ""


def _short(filename: str) -> str:
    file = Path(filename)
    if file.is_relative_to(_PACKAGE):
        return file.relative_to(_PACKAGE.parent).as_posix()
    return "/".join(file.parts[-2:])
