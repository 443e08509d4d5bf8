"""Memoized recursion whose results do not depend on where it was entered.

A result that was found while a question above it was still open may lack what the open one would
have told. It counts only for that question; asked on its own, the thing is worked out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


_DEEPEST = 100  # questions that wait for each other


class Memory(Generic[Key, Result]):
    """Results by key; None stands for a question that is open, or has no answer."""

    def __init__(self) -> None:
        self._final: dict[Key, Result | None] = {}
        self._cycles: dict[Key, frozenset[Key]] = {}
        self._open: dict[Key, int] = {}  # the questions being answered, with their depth
        self._provisional: dict[Key, tuple[int, Result | None]] = {}
        self._lowest: list[int] = []  # for each open question, how far down it was cut

    def get(self, key: Key, work: Callable[[Key], Result | None]) -> Result | None:
        """The result of `work(key)`, which may ask for others and for `key` itself."""
        if key in self._final and self._cycles.get(key, frozenset()).isdisjoint(self._open):
            return self._final[key]
        if key in self._open:
            self._cut(self._open[key])
            return None
        if len(self._open) >= _DEEPEST:
            self.give_up()
            return None
        if key in self._provisional:
            depth, result = self._provisional[key]
            self._cut(depth)
            return result
        return self._answer(key, work)

    def give_up(self) -> None:
        """What is open now lacks an answer that is not looked for here, but would be elsewhere."""
        self._cut(0)

    def _cut(self, depth: int) -> None:
        if self._lowest:
            self._lowest[-1] = min(self._lowest[-1], depth)

    def _answer(self, key: Key, work: Callable[[Key], Result | None]) -> Result | None:
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
        members = [k for k, (low, _) in self._provisional.items() if low >= depth]
        for member in members:
            del self._provisional[member]
        self._final[key] = result
        if members:
            self._cycles[key] = frozenset(members)
        return result
