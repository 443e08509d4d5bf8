"""A finder that notes what it is asked, and the same questions asked again of changed files."""

# Paths are strings here, as in the finder.
# ruff: noqa: PTH118, PTH120

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from asynclint.model.asked import Answer, Asked, Question
from asynclint.model.bound_words import has_wide_targets, may_bind
from asynclint.model.finder import Finder, Roots
from asynclint.model.heads import class_heads
from asynclint.model.search import is_test, stands_in, walk

_WORD = re.compile(rb"\w+")
_YES, _NO = "tests", ""


class NotingFinder(Finder):
    """Notes each question with what its answer depends on; a test holds that none is left out."""

    def __init__(self, roots: Roots, asked: Asked) -> None:
        super().__init__(roots)
        self._asked = asked

    # what a listing of folders answers ----------------------------------------------------------

    def base(self, path: str) -> str:
        """As it is answered without notes."""
        found = super().base(path)
        self._asked.answer(("base", os.path.dirname(path)), found, path)
        return found

    def package_of(self, path: str) -> str:
        """As it is answered without notes."""
        found = super().package_of(path)
        self._asked.answer(("package", path), found, path)
        return found

    def find(self, dotted: str, importer: str) -> str | None:
        """As it is answered without notes."""
        found = super().find(dotted, importer)
        return self._led(("find", dotted, self.base(importer)), found, importer)

    def near(self, written: str, importer: str) -> str | None:
        """As it is answered without notes."""
        found = super().near(written, importer)
        return self._led(("near", written, os.path.dirname(importer)), found, importer)

    def inside(self, package: str, name: str) -> str | None:
        """As it is answered without notes."""
        return self._led(("inside", package, name), super().inside(package, name), package)

    def above(self, path: str, name: str) -> Iterator[str]:
        """As it is answered without notes."""
        found = tuple(super().above(path, name))
        self._asked.answer(("above", os.path.dirname(path), name), found, path)
        for each in found:
            self._asked.lead(path, each)
        return iter(found)

    def _led(self, question: Question, found: str | None, path: str) -> str | None:
        self._asked.answer(question, found, path)
        if found is not None:
            self._asked.lead(path, found)
        return found

    # what the texts of a program answer ---------------------------------------------------------

    def heirs(self, name: str, path: str, other: str = "") -> tuple[str, ...]:
        """As it is answered without notes."""
        found = super().heirs(name, path, other)
        base = self.base(path)
        self._searched(("heirs", base, _tests(path, base), name, other), found, path)
        return found

    def has_heirs(self, name: str, path: str) -> bool:
        """As it is answered without notes."""
        found = bool(super().heirs(name, path))
        base = self.base(path)
        self._searched(("has heirs", base, _tests(path, base), name), _told(found), path)
        return found

    def holders(self, name: str, path: str) -> tuple[str, ...]:
        """As it is answered without notes."""
        base = self.base(path)
        tests = _tests(path, base)
        found = self._text.holding((base, tests == _YES, name))
        self._searched(("holders", base, tests, name), found, path)
        return super().holders(name, path)

    def importers(self, name: str, dotted: str, path: str) -> tuple[str, ...]:
        """As it is answered without notes."""
        found = super().importers(name, dotted, path)
        package = self.package_of(path)
        question = ("importers", self.project_of(path), _YES, name, dotted, package)
        self._searched(question, found, path)
        return found

    def _searched(self, question: Question, found: str | tuple[str, ...], path: str) -> None:
        """found: files to which the question leads, or something that needs none of them."""
        _, folder, tests, *_ = question
        walked = ("walk", folder, tests)
        self._asked.answer(walked, self._text.paths((folder, tests == _YES)), path)
        self._asked.answer(question, found, path)
        for each in found if isinstance(found, tuple) else ():
            self._asked.lead(path, each)

    # the files themselves -----------------------------------------------------------------------

    def read(self, path: str) -> bytes | None:
        """As it is answered without notes."""
        data = super().read(path)
        self._asked.text(path, data)
        return data

    def walked(self, folder: str) -> None:
        """Is told of each folder that is looked through."""
        self._asked.folder(folder)

    def leads(self, path: str, other: str) -> None:
        """Is told where a question about one path is asked for another one."""
        self._asked.lead(path, other)

    def _names(self, folder: str) -> frozenset[str]:
        self._asked.folder(folder)
        return super()._names(folder)


def asked_again(question: Question, finder: Finder) -> Answer:
    """What folders and the heads of classes answer now.

    finder: one that has not looked around before.
    """
    match question:
        case ("base", folder):
            return finder.base(os.path.join(folder, "_.py"))
        case ("package", path):
            return finder.package_of(path)
        case ("find", dotted, base):
            return finder.find(dotted, os.path.join(base, "_.py"))
        case ("near", written, folder):
            return finder.near(written, os.path.join(folder, "_.py"))
        case ("inside", package, name):
            return finder.inside(package, name)
        case ("above", folder, name):
            return tuple(finder.above(os.path.join(folder, "_.py"), name))
        case ("walk", folder, tests):
            return tuple(walk(folder, tests == _YES))
        case ("heirs", folder, tests, name, other):
            return finder.heirs(name, _file_in(folder, tests), other)
        case ("has heirs", folder, tests, name):
            return _told(finder.has_heirs(name, _file_in(folder, tests)))
        case _:
            raise ValueError(question[0])


class Text:
    """A file as it is now, and whether it is among what answers a search for words."""

    def __init__(self, path: str, data: bytes) -> None:
        self._path = path
        self._data = data
        self._words = frozenset(_WORD.findall(data))

    def answers(self, question: Question) -> bool:
        """Whether a search that looks through the file finds it."""
        match question:
            case ("holders", _, _, name):
                return self._holds(name)
            case ("importers", _, _, name, dotted, package):
                near = self._path.startswith(package) or any(map(self._holds, dotted.split(".")))
                return near and self._holds(name)
            case _:
                raise ValueError(question[0])

    def _holds(self, name: str) -> bool:
        plain = name.encode()
        if name.isascii() and name.isidentifier():  # the common case, and a quick one
            return plain in self._words
        return stands_in(plain, self._data)


class Edit:
    """A file before and now, and whether that may matter to a search for heirs."""

    def __init__(self, old: bytes, new: bytes) -> None:
        self._old = old
        self._new = new
        heads = class_heads(old)
        self._has_heads = bool(heads)
        self._same_heads = heads == class_heads(new)
        # What a line may bind, it alone tells, but where a target goes over several of them.
        self._same_targets = has_wide_targets(old) == has_wide_targets(new)
        lines = set(old.splitlines()) ^ set(new.splitlines())
        self._words = frozenset(word for line in lines for word in _WORD.findall(line))

    def matters(self, question: Question) -> bool:
        """Whether the search may find other files than before."""
        match question:
            case ("has heirs", *_):
                return not self._same_heads
            case ("heirs", _, _, _, name):
                return not self._same_heads or (self._has_heads and self._may_bind_else(name))
            case _:
                raise ValueError(question[0])

    def _may_bind_else(self, name: str) -> bool:
        if not name or (name.isascii() and name.encode() not in self._words):
            return bool(name) and not self._same_targets
        return may_bind(name, self._old) != may_bind(name, self._new)


def is_search(question: Question) -> bool:
    """Whether a question is answered by the texts of a folder: its second and third part say so."""
    return is_search_for_heirs(question) or question[0] in ("holders", "importers")


def is_search_for_heirs(question: Question) -> bool:
    """Whether that answer takes the heads of all classes in these texts."""
    return question[0] in ("heirs", "has heirs")


def _told(found: bool) -> str:
    return "yes" if found else ""


def _file_in(folder: str, tests: str) -> str:
    """A file of the program in a folder that could ask a question."""
    return os.path.join(folder, "test_.py" if tests == _YES else "_.py")


def _tests(path: str, base: str) -> str:
    return _YES if is_test(path, base) else _NO
