"""The heads of the classes in a text, and the files that may hold heirs of a class, by text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

#: The name of a class, and the names that stand among its bases.
Head = tuple[str, frozenset[str]]
_LONGEST = 200  # bytes of an indentation, or of a name that is given another one

#: Of a head that is not closed only so much is looked at, and a name is not taken in part: each
#: would take the square of the file's length.
_CLASS = re.compile(
    rb"class[ \t]+([\w\x80-\xff]+)(?![\w\x80-\xff])[^(\n]*\((.{0,2000}?)\)[ \t]*:", re.DOTALL
)
_ALIAS = re.compile(rb"as[ \t]+(\w+)")
_VALUE = re.compile(rb"[ \t]*=[ \t]*(?:\w+\.)*(\w+)[ \t]*(?=[\[#\r\n]|\Z)")
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


def class_heads(data: bytes) -> frozenset[Head]:
    """The heads of all classes in a text that have bases.

    A base goes by its other names as well: `import Base as B`, `B = Base`.
    """
    places = (at for at in _places(b"class", data) if _begins_line(data, at))
    heads = [found for found in (_CLASS.match(data, at) for at in places) if found is not None]
    if not heads:
        return frozenset()
    imported: dict[bytes, set[bytes]] = {}
    for found in _ALIAS.finditer(data):
        before = data[max(0, found.start() - _LONGEST) : found.start()]
        names = _WORD.findall(before.rpartition(b"\n")[2])
        if names and before.endswith((b" ", b"\t")):
            imported.setdefault(found[1], set()).add(names[-1])
    known: dict[bytes, set[bytes]] = {}

    def others(word: bytes) -> set[bytes]:
        if word not in known:
            known[word] = imported.get(word, set()) | _values(word, data)
        return known[word]

    return frozenset((_text(each[1]), _names(_WORD.findall(each[2]), others)) for each in heads)


def _places(word: bytes, data: bytes) -> Iterator[int]:
    at = data.find(word)
    while at >= 0:
        yield at
        at = data.find(word, at + len(word))


def _begins_line(data: bytes, at: int) -> bool:
    before = data[max(0, at - _LONGEST) : at].rstrip(b" \t\f")
    return before.endswith((b"\n", b"\r")) or (not before and at <= _LONGEST)


def _values(word: bytes, data: bytes) -> set[bytes]:
    """The names that a text assigns to a name."""
    values = ((at, _VALUE.match(data, at + len(word))) for at in _places(word, data))
    return {value[1] for at, value in values if value is not None and _begins_line(data, at)}


def _names(words: Iterable[bytes], others: Callable[[bytes], set[bytes]]) -> frozenset[str]:
    found: set[bytes] = set()
    waiting = list(words)
    while waiting:
        word = waiting.pop()
        if word not in found:
            found.add(word)
            waiting += others(word)
    return frozenset(map(_text, found))


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


class Families:
    """The class heads of a program's files."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        """files: paths with what they hold."""
        self._order: dict[str, int] = {}
        self._named: dict[str, list[tuple[str, str]]] = {}
        self._heirs: dict[str, tuple[str, ...]] = {}
        for path, data in files:
            heads = class_heads(data)
            if heads:
                self._order[path] = len(self._order)
            for name, bases in heads:
                for base in bases:
                    self._named.setdefault(base, []).append((path, name))

    def heirs(self, name: str) -> tuple[str, ...]:
        """The files in which a class may inherit from one of a name, by others or directly."""
        if name not in self._heirs:
            found: set[str] = set()
            seen = {name}
            waiting = [name]
            while waiting:
                for path, heir in self._named.get(waiting.pop(), ()):
                    found.add(path)
                    if heir not in seen:
                        seen.add(heir)
                        waiting.append(heir)
            self._heirs[name] = tuple(sorted(found, key=self._order.__getitem__))
        return self._heirs[name]
