"""The heads of the classes in a text, and the files that may hold heirs of a class, by text."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: The name of a class, and the names that stand among its bases.
Head = tuple[str, frozenset[str]]

#: Of a head that is not closed only so much is looked at, and a name is not taken in part: each
#: would take the square of the file's length.
_CLASS = re.compile(
    rb"^[ \t]*class[ \t]+([\w\x80-\xff]+)(?![\w\x80-\xff])[^(\n]*\((.{0,2000}?)\)[ \t]*:",
    re.MULTILINE | re.DOTALL,
)
_IMPORTED_AS = re.compile(rb"\b(\w+)[ \t]+as[ \t]+(\w+)")
_ASSIGNED = re.compile(
    rb"^[ \t]*(\w+)[ \t]*=[ \t]*(?:\w+\.)*(\w+)[ \t]*(?=[\[#\r\n]|\Z)", re.MULTILINE
)
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


def class_heads(data: bytes) -> frozenset[Head]:
    """The heads of all classes in a text that have bases.

    A base goes by its other names as well: `import Base as B`, `B = Base`.
    """
    found = _CLASS.findall(data)
    if not found:
        return frozenset()
    others: dict[bytes, set[bytes]] = {}
    for name, alias in _IMPORTED_AS.findall(data):
        others.setdefault(alias, set()).add(name)
    for alias, name in _ASSIGNED.findall(data):
        others.setdefault(alias, set()).add(name)
    return frozenset((_text(name), _names(_WORD.findall(bases), others)) for name, bases in found)


def _names(words: Iterable[bytes], others: dict[bytes, set[bytes]]) -> frozenset[str]:
    found: set[bytes] = set()
    waiting = list(words)
    while waiting:
        word = waiting.pop()
        if word not in found:
            found.add(word)
            waiting += others.get(word, ())
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
