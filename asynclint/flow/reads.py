"""Whose text a story is made of: which bodies were read, and for which others.

Stories are shared by all files of a run, and most are told only once. So it is remembered from
which body another one was asked for, and what a file rests on is all that can be reached from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

#: The absolute path of a file, and the number of one of its outermost functions in source order.
Body = tuple[str, int]
#: In place of a number: the statements of the module, but for those of its functions.
STATEMENTS = -1
#: In place of a number: the text as a whole, comments and layout too.
EVERYTHING = -2


class Reads:
    """Takes notes while stories are told; `take` hands over what was read for one file."""

    def __init__(self) -> None:
        self._read: dict[Body, set[Body]] = {}
        self._first: set[Body] = set()
        self._at = self._first

    def note(self, body: Body) -> None:
        """A body is read, for the one of which the story is being told."""
        self._at.add(body)

    @contextmanager
    def telling(self, body: Body) -> Iterator[None]:
        """What is read meanwhile is read for this body."""
        around = self._at
        around.add(body)
        self._at = self._read.setdefault(body, set())
        try:
            yield
        finally:
            self._at = around

    def take(self) -> set[Body]:
        """All bodies that were read since the last time, or were before for one of them."""
        waiting, self._first = list(self._first), set()
        self._at = self._first
        found: set[Body] = set()
        while waiting:
            body = waiting.pop()
            if body not in found:
                found.add(body)
                waiting += self._read.get(body, ())
        return found
