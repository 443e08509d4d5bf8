"""Finds the files of a program in which a name plays a part, by their text: nothing is parsed."""

# Paths are strings here, as in the finder.
# ruff: noqa: PTH114, PTH118, PTH206

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from asynclint.model.bound_words import may_bind
from asynclint.model.files import read
from asynclint.model.heads import Families

_MANY = 10_000  # files of one program that are looked through
_FOLDERS = 20_000  # a program may stand in a person's home, among other things
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})
#: Stand-ins that tests put in a class's place say nothing of the program.
_TESTS = re.compile(r"tests?|testing|conftest\.py|test_.*\.py|.*_test\.py")


class Search:
    """Looks through the files in and below a program's folder; remembers what it found.

    At most 10,000 files are looked through, those of tests only for the sake of one of them. The
    answers are in the order of the files' names.
    """

    def __init__(
        self,
        like: Search | None = None,
        read: Callable[[str], bytes | None] = read,
        walked: Callable[[str], object] = str,
    ) -> None:
        """like: one that has looked through the same files; they are not read again.

        read: gives what a file holds. walked: is told of each folder.
        """
        self._read = read
        self._walked = walked
        self._known: dict[str, bytes] = {}
        self._families: dict[tuple[str, bool], Families] = {}
        self._heirs: dict[tuple[str, bool, str, str], tuple[str, ...]] = {}
        self._holders: dict[tuple[str, bool, str], tuple[str, ...]] = {}
        self._texts: dict[tuple[str, bool], tuple[tuple[str, bytes], ...]]
        self._texts = {} if like is None else like._texts  # noqa: SLF001 - one of the kind
        self._data: dict[str, bytes] = {} if like is None else like._data  # noqa: SLF001 - as above

    def know(self, path: str, data: bytes) -> None:
        """Tells what a file is to be taken to hold, whatever it holds; forgets what it found."""
        self._known[path] = data
        self._families.clear()
        self._heirs.clear()
        self._holders.clear()

    def same(self, path: str, data: bytes) -> bytes:
        """The bytes given, or those that are kept here where they are equal: one copy is enough."""
        known = self._data.get(path)
        return known if known is not None and known == data else data

    def heirs(self, key: tuple[str, bool, str, str]) -> tuple[str, ...]:
        """The files in which some class may inherit from one of a name (see `Families`).

        key: the folder, whether tests count, the name, and another one that classes in the files
        may bind; "" for all of them.
        """
        if key not in self._heirs:
            folder, tests, name, other = key
            place = (folder, tests)
            if place not in self._families:
                self._families[place] = Families(self._files(place))
            found = self._families[place].heirs(name)
            if other and found:
                found = tuple(each for each in found if may_bind(other, self._now(each)))
            self._heirs[key] = found
        return self._heirs[key]

    def holders(self, name: str, path: str, base: str) -> tuple[str, ...]:
        """The other files in which a name stands.

        path: a file of the program in the folder `base`.
        """
        found = self.holding((base, is_test(path, base), name))
        return tuple(each for each in found if each != path)

    def importers(self, name: str, dotted: str, folder: str, package: str) -> tuple[str, ...]:
        """The files in and below a folder, tests among them, in which a name stands.

        package: their path starts with it, or a part of the dotted name stands in them, too.
        """
        parts = dotted.split(".")
        naming = {each for part in parts for each in self.holding((folder, True, part))}
        found = self.holding((folder, True, name))
        return tuple(each for each in found if each in naming or each.startswith(package))

    def holding(self, key: tuple[str, bool, str]) -> tuple[str, ...]:
        """The files in which a name stands; key: the folder, whether tests count, the name."""
        if key not in self._holders:
            base, tests, name = key
            plain = name.encode()
            files = self._files((base, tests))
            found = (each for each, data in files if stands_in(plain, data))
            self._holders[key] = tuple(found)
        return self._holders[key]

    def paths(self, key: tuple[str, bool]) -> tuple[str, ...]:
        """The files that are looked through; key: the folder, whether tests count."""
        return tuple(path for path, _ in self._files(key))

    def _files(self, key: tuple[str, bool]) -> tuple[tuple[str, bytes], ...]:
        if key not in self._texts:
            paths = walk(*key, self._walked)
            self._texts[key] = tuple((each, self._read(each) or b"") for each in paths)
            self._data.update(self._texts[key])
        if not self._known:
            return self._texts[key]
        return tuple((path, self._known.get(path, data)) for path, data in self._texts[key])

    def _now(self, path: str) -> bytes:
        return self._known[path] if path in self._known else self._data[path]


def is_test(path: str, base: str) -> bool:
    """Whether a file of the program in the folder `base` belongs to its tests."""
    return any(map(_TESTS.fullmatch, os.path.relpath(path, base).split(os.sep)))


def walk(start: str, tests: bool, walked: Callable[[str], object] = str) -> Iterator[str]:
    """The Python files in and below a folder, at most 10,000; walked: is told of each folder."""
    files = folders = 0
    waiting = [start]  # `os.walk` calls itself for each level, up to Python 3.11
    while waiting and folders < _FOLDERS:
        folder = waiting.pop()
        try:
            subfolders, names = _listed(folder)
        except OSError:
            continue
        folders += 1
        walked(folder)
        for name in _kept(names, tests=tests):
            if name.endswith(".py"):
                files += 1
                if files > _MANY:
                    return
                yield os.path.join(folder, name)
        inner = (os.path.join(folder, each) for each in _kept(subfolders, tests=tests))
        waiting += reversed([each for each in inner if not os.path.islink(each)])


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """The names of the folders in a folder, and of the files."""
    names: tuple[list[str], list[str]] = ([], [])
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                is_folder = entry.is_dir()
            except OSError:
                is_folder = False
            names[not is_folder].append(entry.name)
    return names


def _kept(names: list[str], *, tests: bool) -> list[str]:
    return [
        name
        for name in sorted(names)
        if name not in _SKIPPED
        and not name.startswith(".")
        and (tests or not _TESTS.fullmatch(name))
    ]


def stands_in(name: bytes, data: bytes) -> bool:
    """Whether a name stands in a text as a whole word; beyond ASCII, perhaps as part of one."""
    return name in data and (not name.isascii() or _is_whole(name, data))


def _is_whole(name: bytes, data: bytes) -> bool:
    return re.search(rb"\b%s\b" % re.escape(name), data) is not None
