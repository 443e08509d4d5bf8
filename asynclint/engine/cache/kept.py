"""What is kept of a run, in two parts: what a run in which nothing changed needs, and the rest.

Both are JSON, old texts aside: it is quick to read, and reading it runs nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asynclint.engine.cache.findings_json import finding_from, source_from
from asynclint.engine.cache.signatures import UNKNOWN, signature
from asynclint.engine.cache.texts import Texts
from asynclint.engine.result import Examined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asynclint.engine.cache.signatures import Signature
    from asynclint.model.asked import Answer, Bodies, Question

_SEPARATOR = "\0"  # no path holds it
_WIDTH = 4  # numbers of a signature
_NUMBER = 8  # bytes of a length


@dataclass
class Outcome:
    """The first part: how files and folders looked, and what was found.

    environment: where packages were looked for, and what was found. texts, folders: absolute paths
    of the files that were read and of the folders that were listed. signatures: of each, in that
    order. told: for each file with findings or notes its path, findings, text and notes, as lists.
    files: how many were checked.
    """

    environment: list[Any]
    texts: list[str]
    folders: list[str]
    signatures: list[int]
    told: list[list[Any]] = field(default_factory=list)
    files: int = 0

    def to_bytes(self) -> bytes:
        """The part as it is written."""
        parts = {
            "environment": self.environment,
            "texts": _SEPARATOR.join(self.texts),
            "folders": _SEPARATOR.join(self.folders),
            "signatures": self.signatures,
            "told": self.told,
            "files": self.files,
        }
        return json.dumps(parts, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Outcome:
        """The part as it was written, by whoever has the seal."""
        parts = json.loads(data)
        parts["texts"] = _split(parts["texts"])
        parts["folders"] = _split(parts["folders"])
        return cls(**parts)

    def signature(self, index: int) -> Signature:
        """The signature of the file or folder at an index into both lists, laid end to end."""
        size, written, changed, number = self.signatures[_WIDTH * index : _WIDTH * (index + 1)]
        return size, written, changed, number

    def stands(self) -> bool:
        """Whether all files and folders look as they did; none of them is opened."""
        now: list[int] = []
        for path in (*self.texts, *self.folders):
            now += signature(path)
        return now == self.signatures and UNKNOWN[0] not in now[::_WIDTH]

    def examined(self) -> Iterator[Examined]:
        """What became of the files of which there is something to tell."""
        for path, findings, text, notes in self.told:
            source = None if text is None else source_from(text)
            yield Examined(path, tuple(map(finding_from, findings)), None, source, tuple(notes))


@dataclass
class Grounds:
    """The second part: on what the findings rest; see `asynclint.model.asked`.

    checked: the files whose results are kept, as they are shown to people. texts: digests by path.
    old: the texts themselves, of the program's own files.
    """

    checked: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    leads: dict[str, set[str]] = field(default_factory=dict)
    answers: dict[Question, Answer] = field(default_factory=dict)
    askers: dict[Question, set[str]] = field(default_factory=dict)
    bodies: dict[str, Bodies] = field(default_factory=dict)
    old: Texts = field(default_factory=Texts)

    def to_bytes(self) -> bytes:
        """The part as it is written: JSON, in which paths are numbers into a list; the old texts.

        The length of the JSON stands before it.
        """
        numbers: dict[str, int] = {}

        def number(path: str) -> int:
            return numbers.setdefault(path, len(numbers))

        def answer(given: Answer) -> str | list[int] | None:
            return [number(each) for each in given] if isinstance(given, tuple) else given

        parts = {
            "checked": self.checked,
            "texts": [[number(path), digest] for path, digest in self.texts.items()],
            "leads": [[number(path), *map(number, to)] for path, to in self.leads.items()],
            "answers": [
                [list(each), answer(given), [number(path) for path in self.askers.get(each, ())]]
                for each, given in self.answers.items()
            ],
            "bodies": [
                [number(path), *([number(other), *at] for other, at in read.items())]
                for path, read in self.bodies.items()
            ],
            "old": [[number(path), len(text)] for path, text in self.old.packed.items()],
        }
        paths = _SEPARATOR.join(numbers)
        told = json.dumps({"paths": paths, **parts}, separators=(",", ":")).encode()
        return b"".join((len(told).to_bytes(_NUMBER, "big"), told, *self.old.packed.values()))

    @classmethod
    def from_bytes(cls, data: bytes) -> Grounds:
        """The part as it was written."""
        length = _NUMBER + int.from_bytes(data[:_NUMBER], "big")
        parts = json.loads(data[_NUMBER:length])
        paths = _split(parts["paths"])
        kept = cls(checked=parts["checked"])
        kept.texts = {paths[at]: digest for at, digest in parts["texts"]}
        kept.leads = {paths[at]: {paths[each] for each in to} for at, *to in parts["leads"]}
        for asked, given, askers in parts["answers"]:
            question = tuple(asked)
            is_list = isinstance(given, list)
            kept.answers[question] = tuple(paths[at] for at in given) if is_list else given
            kept.askers[question] = {paths[at] for at in askers}
        for at, *read in parts["bodies"]:
            kept.bodies[paths[at]] = {paths[other]: set(numbers) for other, *numbers in read}
        ends = parts["old"]
        texts = memoryview(data)[length:]
        kept.old = Texts.cut([paths[at] for at, _ in ends], [size for _, size in ends], texts)
        return kept

    def resting_on(self, start: Iterable[str]) -> set[str]:
        """The files given, and all that rest on one of them."""
        users: dict[str, list[str]] = {}
        for path, led in self.leads.items():
            for other in led:
                users.setdefault(other, []).append(path)
        found: set[str] = set()
        waiting = list(start)
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += users.get(path, ())
        return found


def _split(text: str) -> list[str]:
    return text.split(_SEPARATOR) if text else []
