"""Memoized recursion whose results do not depend on where it was entered.

Questions may lead back to themselves; a question that is still open has no answer yet. What was
found with such a gap depends on which question was asked first, and counts only for that one:
whoever starts elsewhere works it out anew. What was found without is kept for good.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

_DEEPEST = 100  # questions that wait for each other
_NEVER = 1_000_000  # deeper than any question: nothing was cut
_CLOSED = _NEVER - 1  # a cycle that is complete: the gap was an answer of its own


class Memory(Generic[Key, Result]):
    """Results by key; None stands for a question that is open, or has no answer."""

    def __init__(self) -> None:
        self._kept: dict[Key, Result | None] = {}
        self._first: dict[Key, Result | None] = {}  # of cycles, for questions asked from outside
        self._passing: dict[Key, tuple[int, Result | None]] = {}  # while the first one is open
        self._open: dict[Key, int] = {}  # the questions being answered, with their depth
        self._lowest: list[int] = []  # for each open question, how far down it was cut

    def get(self, key: Key, work: Callable[[Key], Result | None]) -> Result | None:
        """The result of `work(key)`, which may ask for others and for `key` itself."""
        if key in self._kept:
            return self._kept[key]
        if not self._open and key in self._first:
            return self._first[key]
        if key in self._passing:
            depth, result = self._passing[key]
            self._cut(depth)
            return result
        if self._is_shut(key):
            return None
        outermost = not self._open
        result, lowest = self._answer(key, work)
        if lowest == _NEVER:
            self._kept[key] = result
        elif outermost:
            self._first[key] = result
        else:
            self._passing[key] = (lowest, result)
        return result

    def within(self, key: Key, work: Callable[[Key], Result | None]) -> Result | None:
        """As `get`, for a question that is another one each time: its result is not kept."""
        return None if self._is_shut(key) else self._answer(key, work)[0]

    def give_up(self) -> None:
        """What is open now lacks an answer that is not looked for here, but would be elsewhere."""
        self._cut(0)

    def _is_shut(self, key: Key) -> bool:
        """Whether a question may not be followed: it is open already, or too many are."""
        if key in self._open:
            self._cut(self._open[key])
            return True
        if len(self._open) >= _DEEPEST:
            self.give_up()
            return True
        return False

    def _cut(self, depth: int) -> None:
        if self._lowest:
            self._lowest[-1] = min(self._lowest[-1], depth)

    def _answer(self, key: Key, work: Callable[[Key], Result | None]) -> tuple[Result | None, int]:
        depth = len(self._open)
        self._open[key] = depth
        self._lowest.append(_NEVER)
        try:
            result = work(key)
        finally:
            del self._open[key]
            lowest = self._lowest.pop()
            if not self._open:
                self._passing.clear()
        if depth <= lowest < _CLOSED:
            for member in [k for k, (low, _) in self._passing.items() if depth <= low < _CLOSED]:
                del self._passing[member]
            lowest = _CLOSED
        self._cut(lowest)
        return result, lowest
