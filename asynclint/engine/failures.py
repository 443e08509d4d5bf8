"""An internal error, cut down to what a report of it needs."""

from __future__ import annotations

import traceback
from pathlib import Path

from asynclint.findings import Failure

_FRAMES = 3
#: Room for a sentence; the text of an error may be the whole of a syntax tree.
_LONGEST = 300
_PACKAGE = Path(__file__).parents[1]


def failure_of(error: BaseException, path: str) -> Failure:
    """The Failure of one file: the rule where one is to blame, the error, and the last frames."""
    cause = _cause_of(error)
    code = getattr(error, "code", "")
    blame = f"in {code}: " if isinstance(code, str) and code else ""
    return Failure(path, f"internal error {blame}{_text(cause)}{_trace(cause)}")


def ran_out_of_stack(error: BaseException) -> bool:
    """Whether an error, or one that was being handled when it was raised, tells of that."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, RecursionError | MemoryError):
            return True
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            waiting += (each.__cause__, each.__context__)
    return False


def _cause_of(error: BaseException) -> BaseException:
    """The error that was raised first, where another was raised from it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _text(error: BaseException) -> str:
    """Type and message; `traceback` copes with messages that cannot be made."""
    text = "".join(traceback.format_exception_only(error)).strip().replace("\n", " ")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _trace(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    steps = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    return f" (at {', from '.join(steps)})" if steps else ""


def _short(filename: str) -> str:
    file = Path(filename)
    if file.is_relative_to(_PACKAGE):
        return file.relative_to(_PACKAGE.parent).as_posix()
    return "/".join(file.parts[-2:])
