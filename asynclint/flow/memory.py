"""Memoized recursion whose results do not depend on where it was entered.

Questions that lead to each other form a cycle. Whichever of them is asked first, all are answered
together: from the first of them by name, where a question that is still open has no answer yet,
and then each once more with those answers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")
Work = Callable[[Key], "Result | None"]


class Memory(Generic[Key, Result]):
    """Results by key; None stands for a question that is open, or has no answer."""

    def __init__(self) -> None:
        self._final: dict[Key, Result | None] = {}
        self._open: dict[Key, int] = {}  # the questions being answered, with their depth
        self._provisional: dict[Key, tuple[int, Result | None]] = {}
        self._lowest: list[int] = []  # for each open question, how far down it was cut

    def get(self, key: Key, work: Work[Key, Result]) -> Result | None:
        """The result of `work(key)`, which may ask for others and for `key` itself."""
        if key in self._final:
            return self._final[key]
        if key in self._open:
            self._cut(self._open[key])
            return None
        if key in self._provisional:
            depth, result = self._provisional[key]
            self._cut(depth)
            return result
        return self._answer(key, work)

    def _cut(self, depth: int) -> None:
        if self._lowest:
            self._lowest[-1] = min(self._lowest[-1], depth)

    def _answer(self, key: Key, work: Work[Key, Result]) -> Result | None:
        depth = len(self._open)
        self._open[key] = depth
        self._lowest.append(depth)
        try:
            result = work(key)
        finally:
            del self._open[key]
            lowest = self._lowest.pop()
        if lowest < depth:
            self._provisional[key] = (lowest, result)
            self._cut(lowest)
            return result
        cycle = {k: found for k, (low, found) in self._provisional.items() if low >= depth}
        for member in cycle:
            del self._provisional[member]
        if not cycle:
            self._final[key] = result
            return result
        cycle[key] = result
        first = min(cycle, key=repr)
        if first != key:
            self._answer(first, work)
            if key in self._final:
                return self._final[key]
        self._settle(cycle, work)
        return self._final[key]

    def _settle(self, cycle: dict[Key, Result | None], work: Work[Key, Result]) -> None:
        """Answers the questions of a cycle once more, with the answers that there are."""
        self._final.update(cycle)
        for member in sorted(cycle, key=repr):
            self._final[member] = work(member)
