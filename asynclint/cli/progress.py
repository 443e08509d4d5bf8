"""How far a long run has come, for a person who watches."""

from __future__ import annotations

import sys
import time

_PATIENCE = 1.0
_EVERY = 0.1
_TO_LINE_START_AND_CLEAR = "\r\x1b[K"


class Progress:
    """Is told how many of how many files are done, and writes that to standard error.

    It says nothing in the first second, nor where standard error is no terminal.
    """

    def __init__(self) -> None:
        self._next = time.monotonic() + _PATIENCE
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Takes note; the last call wipes what was written."""
        if not sys.stderr.isatty():
            return
        now = time.monotonic()
        if done < total and now >= self._next:
            self._write(f"{_TO_LINE_START_AND_CLEAR}{done} of {total} files")
            self._next = now + _EVERY
            self._shown = True
        elif done == total and self._shown:
            self._write(_TO_LINE_START_AND_CLEAR)

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
