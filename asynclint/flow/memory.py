"""Memoized recursion whose results depend neither on order nor on where it was entered.

Most questions lead only to others that can be answered, and are worked out once. A question that
leads back to itself, or to one that does, is answered in rounds: in each of them the others have
the answers of the round before, in the first of them none. It ends where nothing changes any more
for those who ask, or after a few rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

_LAST = 7  # the number of the last round, from 0


class _Circular(Exception):  # noqa: N818 - not an error: it leads out of a question
    """The question that is open leads to one that leads to itself."""


@dataclass(slots=True)
class _Round(Generic[Key, Result]):
    """What became of a question in one round, and which others were asked for it."""

    result: Result | None = None
    asked: dict[Key, None] = field(default_factory=dict)


class Memory(Generic[Key, Result]):
    """Results by key; None stands for a question that has no answer, or none yet.

    work: answers a question, and may ask `get` for others. face: what those who ask can tell of a
    result; results with equal faces are as good as each other.
    """

    def __init__(
        self, work: Callable[[Key], Result | None], face: Callable[[Result | None], object]
    ) -> None:
        self._work = work
        self._face = face
        self._plain: dict[Key, Result | None] = {}
        self._circular: dict[Key, list[_Round[Key, Result]]] = {}
        self._open: dict[Key, None] = {}  # questions that are tried, each asked by the one before
        self._round: tuple[int, dict[Key, None]] | None = None  # the present one, and who is asked

    def get(self, key: Key) -> Result | None:
        """The answer to a question, as it is known to the one that is being worked on."""
        if key in self._plain:
            return self._plain[key]
        if self._round is not None:
            number, asked = self._round
            if key not in self._circular and self._is_plain(key):
                return self._plain[key]
            asked[key] = None
            return self._in_round(key, number - 1).result if number else None
        if self._open:
            return self._try(key)
        if key not in self._circular and self._is_plain(key):
            return self._plain[key]
        return self._in_round(key, _LAST).result

    def _is_plain(self, key: Key) -> bool:
        """Whether a question leads to no circle; then it is answered."""
        outer, self._open = self._open, {}
        around, self._round = self._round, None
        try:
            self._try(key)
        except _Circular:
            return False
        finally:
            self._open, self._round = outer, around
        return True

    def _try(self, key: Key) -> Result | None:
        if key in self._open or key in self._circular:
            for each in self._open:
                self._circular[each] = []
            raise _Circular
        self._open[key] = None
        result = self._work(key)
        del self._open[key]
        self._plain[key] = result
        return result

    def _in_round(self, key: Key, number: int) -> _Round[Key, Result]:
        rounds = self._circular[key]
        while len(rounds) <= number:
            this = len(rounds)
            again = this > 0 and any(
                self._seen(each, this - 1) != self._seen(each, this - 2)
                for each in rounds[-1].asked
            )
            if len(rounds) > this:  # the others led here meanwhile
                continue
            rounds.append(self._worked(key, this) if again or not this else rounds[-1])
        return rounds[number]

    def _seen(self, key: Key, number: int) -> object:
        return self._face(self._in_round(key, number).result if number >= 0 else None)

    def _worked(self, key: Key, number: int) -> _Round[Key, Result]:
        asked: dict[Key, None] = {}
        around, self._round = self._round, (number, asked)
        outer, self._open = self._open, {}
        try:
            return _Round(self._work(key), asked)
        finally:
            self._round = around
            self._open = outer
