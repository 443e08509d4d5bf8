"""What an analysis asked of the file system, and on behalf of which file.

Summaries are shared by all files of a run, so it cannot be told which question was asked for the
sake of which finding. It can be told of which module each question was, as every look-up starts
from a file: what the findings of a file depend on lies among what can be reached from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

#: Kind of question, then its arguments.
Question = tuple[str, ...]
Answer = str | tuple[str, ...] | None
#: Numbers of bodies by the path of their file.
Bodies = dict[str, set[int]]

#: In place of a digest: a file that could not be read as a module, or was not to be.
UNREAD = ""
#: In place of a digest: a file that held one thing now, another then.
UNSETTLED = "?"


@dataclass
class Notes:
    """Some of what was asked.

    texts: digests of the files that were read, by path. folders: which were listed. leads: pairs of
    a file and another one that it led to. answers: to each question. askers: pairs of a question
    and the file for which it was asked. bodies: for each file that was checked, those in other
    files on whose text its findings rest, by path (see `flow.reads`). All paths are absolute.
    """

    texts: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    leads: set[tuple[str, str]] = field(default_factory=set)
    answers: dict[Question, Answer] = field(default_factory=dict)
    askers: set[tuple[Question, str]] = field(default_factory=set)
    bodies: dict[str, Bodies] = field(default_factory=dict)

    def add(self, other: Notes) -> None:
        """Takes in what another process noted; two answers to one question leave it unsettled."""
        for path, digest in other.texts.items():
            self.texts[path] = settled(self.texts.get(path, UNREAD), digest)
        self.folders |= other.folders
        self.leads |= other.leads
        for question, answer in other.answers.items():
            if self.answers.setdefault(question, answer) != answer:
                self.answers[question] = UNSETTLED
        self.askers |= other.askers
        self.bodies.update(other.bodies)


class Asked:
    """Takes notes, each thing once; `take` hands over what is new."""

    def __init__(self) -> None:
        self._all = Notes()
        self._new = Notes()

    def text(self, path: str, data: bytes | None) -> None:
        """A file was read; None: it could not be, or is no module."""
        digest = UNREAD if data is None else digest_of(data)
        before = self._all.texts.get(path)
        now = digest if before is None else settled(before, digest)
        if now != before:
            self._all.texts[path] = self._new.texts[path] = now

    def folder(self, path: str) -> None:
        """A folder was listed."""
        if path not in self._all.folders:
            self._all.folders.add(path)
            self._new.folders.add(path)

    def answer(self, question: Question, answer: Answer, asker: str) -> None:
        """A question was answered for the sake of a file."""
        if question not in self._all.answers:
            self._all.answers[question] = self._new.answers[question] = answer
        pair = (question, asker)
        if pair not in self._all.askers:
            self._all.askers.add(pair)
            self._new.askers.add(pair)

    def lead(self, path: str, other: str) -> None:
        """What was asked of a file led to another one."""
        pair = (path, other)
        if pair not in self._all.leads:
            self._all.leads.add(pair)
            self._new.leads.add(pair)

    def read(self, path: str, bodies: Iterable[tuple[str, int]]) -> None:
        """What was found in a file rests on bodies of other files."""
        found = self._new.bodies.setdefault(path, {})
        for other, number in bodies:
            if other != path:
                found.setdefault(other, set()).add(number)

    def take(self) -> Notes:
        """What was noted since the last time."""
        new, self._new = self._new, Notes()
        return new


def digest_of(data: bytes) -> str:
    """What stands for a file's content."""
    return blake2b(data, digest_size=16).hexdigest()


def settled(one: str, other: str) -> str:
    """What two readings of a file come to; that it was not read says nothing against a digest."""
    if one == other or not other:
        return one
    return UNSETTLED if one else other
