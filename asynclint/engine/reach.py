"""Whether what a file imports could matter, told from the text of other files without parsing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asynclint.model.files import is_file
from asynclint.source.gate import may_matter

if TYPE_CHECKING:
    from asynclint.model.finder import Finder

_FROM = re.compile(
    rb"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]*(?:\(([^)]*)\)|((?:\\\r?\n|[^#\r\n(])*))",
    re.MULTILINE,
)
_IMPORT = re.compile(rb"^[ \t]*import[ \t]+((?:\\\r?\n|[^#\r\n])*)", re.MULTILINE)
_COMMENT = re.compile(rb"#[^\n]*|\\\r?\n")
_NAMED = re.compile(rb"(\*|[\w.]+)(?:\s+as\s+(\w+))?")
#: A file, and the name that is wanted of it: '' for the module itself, '*' for everything.
_Wanted = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Imported:
    """One name that an import statement binds.

    module: as it is written, relative or absolute. name: what is taken out of it, '*' for
    everything, '' where the module itself is meant. alias: the name that it is bound to.
    """

    module: str
    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class _Text:
    """What is remembered of a file: whether its own words matter, and what it imports."""

    matters: bool
    imports: tuple[_Imported, ...] = ()


class Reach:
    """Follows imported names to the files that declare them; remembers what it read."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._texts: dict[str, _Text] = {}
        self._known: dict[tuple[_Wanted, ...], bool] = {}

    def matters(self, data: bytes, path: str) -> bool:
        """Whether a file could hold a finding: by its own words, or those of what it imports.

        data: the file's bytes, path: its absolute path.
        """
        return may_matter(data) or any(self._leads(each, path) for each in _imports(data))

    def leads(self, module: str, name: str, importer: str) -> bool:
        """Whether a name of a module stands in, or comes from, a file whose words matter.

        module: as the file `importer` writes it. name: '' for the module itself.
        """
        return self._leads(_Imported(module, name, name), importer)

    def _leads(self, imported: _Imported, importer: str) -> bool:
        return self._from(*self._targets(imported, importer))

    def _from(self, *start: _Wanted) -> bool:
        if start not in self._known:
            self._known[start] = self._search(start)
        return self._known[start]

    def _search(self, start: tuple[_Wanted, ...]) -> bool:
        seen: set[_Wanted] = set()
        waiting = list(start)
        while waiting:
            wanted = waiting.pop()
            if wanted in seen:
                continue
            seen.add(wanted)
            path, name = wanted
            text = self._text(path)
            if text.matters:
                return True
            for each in text.imports if self._is_followed(path, name) else ():
                if each.name == "*":
                    waiting.extend(self._targets(replace(each, name=name or "*"), path))
                elif _gives(each, name):
                    waiting.extend(self._targets(each, path))
        return False

    def _is_followed(self, path: str, name: str) -> bool:
        """Whether it is asked where a name comes from; what all of a library may give is not."""
        return name not in ("", "*") or not self._finder.is_library(path)

    def _targets(self, imported: _Imported, importer: str) -> Iterator[_Wanted]:
        module, name = imported.module, imported.name
        path = self._finder.locate(module, importer)
        if path is not None and path != importer and is_file(path):
            yield path, name
        if name not in ("", "*"):
            inner = f"{module}{'' if module.endswith('.') else '.'}{name}"
            below = self._finder.locate(inner, importer)
            if below is not None and is_file(below):
                yield below, ""

    def _text(self, path: str) -> _Text:
        if path not in self._texts:
            self._texts[path] = told(self._finder.read(path))
        return self._texts[path]


def _gives(inner: _Imported, wanted: str) -> bool:
    """Whether a statement in a module may bind the name that is wanted of it."""
    if wanted in ("", "*"):
        return inner.module.startswith(".")
    return inner.alias == wanted


def told(data: bytes | None) -> _Text:
    """What is remembered of a file that holds these bytes; None: it cannot be read."""
    if data is None:
        return _Text(matters=False)
    if may_matter(data):
        return _Text(matters=True)
    return _Text(matters=False, imports=tuple(_imports(data)))


def _imports(data: bytes) -> Iterator[_Imported]:
    """What the lines that look like import statements name; some may stand in strings."""
    for module, listed, plain in _FROM.findall(data):
        for name, alias in _NAMED.findall(_COMMENT.sub(b" ", listed or plain)):
            yield _Imported(_text(module), _text(name), _text(alias or name))
    for modules in _IMPORT.findall(data):
        for name, alias in _NAMED.findall(_COMMENT.sub(b" ", modules)):
            yield _Imported(_text(name), "", _text(alias or name.partition(b".")[0]))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
