"""What changed since the last run, and whose findings rest on it."""

# Paths are strings here, as in the discovery.
# ruff: noqa: PTH100

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asynclint.engine.cache.signatures import UNKNOWN, digest_now, signature
from asynclint.flow.reads import EVERYTHING
from asynclint.model.asked import UNREAD, UNSETTLED
from asynclint.model.files import read
from asynclint.model.finder import Finder
from asynclint.model.noting import Edit, Text, asked_again, is_search, is_search_for_heirs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asynclint.engine.cache.kept import Grounds, Outcome
    from asynclint.model.asked import Answer, Question
    from asynclint.model.finder import Roots


@dataclass
class Changes:
    """stale: files whose findings do not hold any more, and all other files through which that is.

    again: files whose findings do not hold any more, while all that was asked on their way is still
    to be asked for others. texts: digests, as they are now, of the files that changed. answers: to
    questions that have another answer now.
    """

    stale: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    answers: dict[Question, Answer] = field(default_factory=dict)


def changes(outcome: Outcome, grounds: Grounds, roots: Roots) -> Changes:
    """What changed since what is kept was written."""
    found = Changes()
    every = (*outcome.texts, *outcome.folders)
    others = [i for i, path in enumerate(every) if _differs(outcome, i, path)]
    for index in others:
        if index < len(outcome.texts):
            path = outcome.texts[index]
            before = grounds.texts.get(path, UNSETTLED)
            now = digest_now(path)
            if before != now or before == UNSETTLED:
                found.texts[path] = now
    if any(index >= len(outcome.texts) for index in others):
        finder = Finder(roots)
        for question, answered in grounds.answers.items():
            if not is_search(question):
                answer = asked_again(question, finder)
                if answer != answered:
                    found.answers[question] = answer
    quiet = _quiet(found.texts, grounds, Finder(roots))
    begin = found.texts.keys() - quiet.keys()
    begin.update(_askers(grounds, (q for q in found.answers if q[0] != "walk")))
    begin.update(_askers(grounds, _searches(grounds, found, roots)))
    found.stale = grounds.resting_on(begin)
    found.again = _reading(quiet, outcome, grounds)
    return found


def _quiet(changed: Iterable[str], grounds: Grounds, finder: Finder) -> dict[str, set[int]]:
    """Of the files that changed, those that differ in bodies only: with the bodies."""
    from asynclint.engine.cache.difference import changed_bodies

    found: dict[str, set[int]] = {}
    for path in changed:
        old, new = grounds.old.get(path), read(path)
        if old is not None and new is not None:
            bodies = changed_bodies(path, finder.name(path), old, new)
            if bodies is not None:
                found[path] = bodies
    return found


def _reading(quiet: dict[str, set[int]], outcome: Outcome, grounds: Grounds) -> set[str]:
    """The files that changed quietly, and those whose findings show what changed in them.

    They were made of bodies that changed, or tell of places, which may have moved.
    """
    found = set(quiet)
    if not quiet:
        return found
    for path, read_by_it in grounds.bodies.items():
        for other, numbers in read_by_it.items():
            if other in quiet and (EVERYTHING in numbers or not numbers.isdisjoint(quiet[other])):
                found.add(path)
    for examined in outcome.examined():
        if not {os.path.abspath(each) for each in examined.places()}.isdisjoint(quiet):
            found.add(os.path.abspath(examined.path))
    return found


def _differs(outcome: Outcome, index: int, path: str) -> bool:
    before = outcome.signature(index)
    return before == UNKNOWN or before != signature(path)


def _askers(grounds: Grounds, questions: Iterable[Question]) -> set[str]:
    return {path for question in questions for path in grounds.askers.get(question, ())}


def _searches(grounds: Grounds, found: Changes, roots: Roots) -> list[Question]:
    """The searches whose answer is another one: the files that changed tell most of it."""
    texts: dict[str, Text] = {}
    edits: dict[str, Edit] = {}
    changed: dict[tuple[str, ...], tuple[set[str], set[str]]] = {}
    anew = Finder(roots)
    wrong: list[Question] = []
    for question, before in grounds.answers.items():
        if not is_search(question):
            continue
        place = ("walk", *question[1:3])
        if place not in changed:
            changed[place] = _looked_through(place, grounds, found)
        gone_or_new, there = changed[place]
        if before == UNSETTLED:
            wrong.append(question)
        elif is_search_for_heirs(question):
            matters = any(
                _is_lost(path, grounds) or _edit(path, grounds, edits).matters(question)
                for path in gone_or_new
            )
            if matters and asked_again(question, anew) != before:
                wrong.append(question)
        elif any(
            (path in (before or ())) != (path in there and _text(path, texts).answers(question))
            for path in gone_or_new
        ):
            wrong.append(question)
    return wrong


def _looked_through(place: Question, grounds: Grounds, found: Changes) -> tuple[set[str], set[str]]:
    """The files of a walk that changed, came or went, and all that are there now."""
    before = grounds.answers.get(place)
    now = found.answers.get(place, before)
    old = set(before) if isinstance(before, tuple) else set()
    there = set(now) if isinstance(now, tuple) else set()
    return (old ^ there) | (found.texts.keys() & there), there


def _edit(path: str, grounds: Grounds, known: dict[str, Edit]) -> Edit:
    """A file as it was, nothing where it was not to be read, and as it is."""
    if path not in known:
        known[path] = Edit(grounds.old.get(path) or b"", read(path) or b"")
    return known[path]


def _is_lost(path: str, grounds: Grounds) -> bool:
    """Whether a file was read, and it is not known what it held."""
    return grounds.texts.get(path, UNREAD) != UNREAD and path not in grounds.old.packed


def _text(path: str, known: dict[str, Text]) -> Text:
    if path not in known:
        known[path] = Text(path, read(path) or b"")
    return known[path]
