"""Memoized recursion whose results depend neither on order nor on where it was entered.

Most questions lead only to others that can be answered, and are worked out once. Questions that
lead to each other form a circle (a strongly connected component of who asks whom), and are answered
in rounds: in each of them the others of the circle have the answers of the round before, in the
first of them none. It ends where nothing changes any more for those who ask, or after a few rounds.
Whoever asks from outside of the circle gets the last answer.

That questions form a circle turns up on the way. Then all that is at work on them is given up, and
begun again with what is known by now.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

_LAST = 7  # the number of the last round, from 0


class _Circular(Exception):  # noqa: N818 - not an error: it leads out of the questions of a circle
    """Questions that are being worked on have turned out to form a circle."""


@dataclass(slots=True)
class _Round(Generic[Key, Result]):
    """What became of a question in one round, and which others were asked for it."""

    result: Result | None = None
    asked: dict[Key, None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Circle(Generic[Key, Result]):
    """Questions that lead to each other, and the rounds of each so far."""

    rounds: dict[Key, list[_Round[Key, Result]]]


@dataclass(frozen=True, slots=True)
class _Step(Generic[Key]):
    """A question at work, asked by the step before.

    number: of the round, None where it is not known to be in a circle. asked: others of its circle.
    """

    key: Key
    number: int | None = None
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
        self._circles: dict[Key, _Circle[Key, Result]] = {}
        self._steps: list[_Step[Key]] = []
        self._tried: dict[Key, int] = {}  # steps of no round, by their place among the steps

    def get(self, key: Key) -> Result | None:
        """The answer to a question, as it is known to the one that is being worked on."""
        if key in self._plain:
            return self._plain[key]
        if key in self._tried:
            self._close(self._tried[key])
        circle = self._circles.get(key)
        if circle is None:
            return self._try(key)
        asking = self._steps[-1] if self._steps else None
        if asking is not None and self._circles.get(asking.key) is circle:
            asking.asked[key] = None
            return self._in_round(circle, key, asking.number - 1).result if asking.number else None
        first = self._first_of(circle)
        if first is not None:
            self._close(first)
        return self._last(key)

    def _try(self, key: Key) -> Result | None:
        """Answers a question that is not known to be in a circle."""
        self._tried[key] = len(self._steps)
        self._steps.append(_Step(key))
        try:
            result = self._plain[key] = self._undisturbed(key)
        except _Circular:
            if self._first_of(self._circles[key]) is not None:
                raise
            return self._last(key)
        return result

    def _undisturbed(self, key: Key) -> Result | None:
        try:
            return self._work(key)
        finally:
            self._steps.pop()
            self._tried.pop(key, None)

    # circles ----------------------------------------------------------------------------------

    def _close(self, first: int) -> None:
        """The steps from one on form a circle, with the circles in which some of them are."""
        keys: dict[Key, None] = {}
        for step in self._steps[first:]:
            circle = self._circles.get(step.key)
            keys.update(dict.fromkeys(circle.rounds if circle is not None else (step.key,)))
            self._tried.pop(step.key, None)
        whole: _Circle[Key, Result] = _Circle({key: [] for key in keys})
        self._circles.update(dict.fromkeys(keys, whole))
        raise _Circular

    def _first_of(self, circle: _Circle[Key, Result]) -> int | None:
        """The first step at a question of a circle."""
        steps = enumerate(self._steps)
        return next((n for n, step in steps if self._circles.get(step.key) is circle), None)

    def _last(self, key: Key) -> Result | None:
        """The last answer to a question of a circle, for one that is not of it."""
        while True:
            circle = self._circles[key]
            try:
                return self._in_round(circle, key, _LAST).result
            except _Circular:
                if self._first_of(self._circles[key]) is not None:
                    raise

    # rounds -----------------------------------------------------------------------------------

    def _in_round(self, circle: _Circle[Key, Result], key: Key, number: int) -> _Round[Key, Result]:
        rounds = circle.rounds[key]
        while len(rounds) <= number:
            this = len(rounds)
            again = this > 0 and any(
                self._seen(circle, each, this - 1) != self._seen(circle, each, this - 2)
                for each in rounds[-1].asked
            )
            if len(rounds) > this:  # the others led here meanwhile
                continue
            rounds.append(self._worked(key, this) if again or not this else rounds[-1])
        return rounds[number]

    def _seen(self, circle: _Circle[Key, Result], key: Key, number: int) -> object:
        return self._face(self._in_round(circle, key, number).result if number >= 0 else None)

    def _worked(self, key: Key, number: int) -> _Round[Key, Result]:
        step = _Step(key, number)
        self._steps.append(step)
        try:
            return _Round(self._work(key), step.asked)
        finally:
            self._steps.pop()
