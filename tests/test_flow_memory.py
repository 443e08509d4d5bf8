"""Answers to questions that lead to each other: the same in any order, and circles are found."""

from __future__ import annotations

import random

import pytest

from asynclint.flow.memory import Memory

Asks = dict[int, list[int]]
Answer = frozenset[int]


class Questions:
    """Numbers that ask others: the answer to one is all that it leads to."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self.worked: list[int] = []
        self.memory = Memory[int, Answer](self._work, lambda answer: answer)

    def _work(self, key: int) -> Answer:
        self.worked.append(key)
        answers = [self.memory.get(other) for other in self._asks[key]]
        return frozenset({key}).union(*(answer for answer in answers if answer is not None))


def led_to(asks: Asks, key: int) -> Answer:
    """All that a number leads to, found by walking."""
    found, waiting = {key}, [key]
    while waiting:
        new = set(asks[waiting.pop()]) - found
        found |= new
        waiting += new
    return frozenset(found)


@pytest.mark.parametrize("seed", range(300))
def test_any_order_gives_the_whole_answer(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same questions every time
    count = chance.randint(2, 7)
    asks = {key: chance.choices(range(count), k=chance.randint(0, 3)) for key in range(count)}
    for _ in range(4):
        questions = Questions(asks)
        order = chance.sample(range(count), count)
        assert {key: questions.memory.get(key) for key in order} == {
            key: led_to(asks, key) for key in order
        }
        before = len(questions.worked)
        assert [questions.memory.get(key) for key in order] == [led_to(asks, key) for key in order]
        assert len(questions.worked) == before  # nothing is worked out again


def test_who_only_leads_to_a_circle_is_no_part_of_it() -> None:
    """It is worked out once, and not in each round."""
    questions = Questions({0: [1], 1: [2], 2: [3], 3: [1], 4: [2, 0]})
    assert questions.memory.get(4) == frozenset(range(5))
    assert [questions.worked.count(key) for key in (0, 4)] == [1, 1]


def test_question_that_fails_leaves_no_trace() -> None:
    asks: Asks = {3: [2], 2: [1]}
    questions = Questions(asks)
    with pytest.raises(KeyError):
        questions.memory.get(3)
    asks[1] = []
    assert questions.memory.get(3) == frozenset({1, 2, 3})
