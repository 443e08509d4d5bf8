"""Exit statuses: a part of the contract with scripts and hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asynclint.engine.result import RunResult

CLEAN = 0
FOUND = 1
#: The run itself failed: a bad option, an unreadable configuration, a missing path, a bug of ours.
FAILED = 2
#: As shells report a program that was ended by Ctrl-C.
INTERRUPTED = 130


def status_of(result: RunResult, *, exit_zero: bool) -> int:
    """The status for what a run found; a failure counts more than findings."""
    if result.failures:
        return FAILED
    return FOUND if result.findings and not exit_zero else CLEAN
