"""Finds the files of modules: which folders are searched, and what lies in them.

The order is that of Python's import system as far as it can be known without running anything
(language reference, 5.3 to 5.5): the folder in which the importing program stands, the standard
library, then what may be on the path besides: the folders that the configuration names, the folders
around the program up to the project's root, and installed packages. A folder without `__init__.py`
is a package only if no module and no regular package of that name is found anywhere.
"""

# Paths are strings here: look-ups are many, and a Path costs ten times as much.
# ruff: noqa: PTH118, PTH119, PTH120, PTH122, PTH206, PTH208

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.model.files import SUFFIXES, is_file, read
from asynclint.model.search import Search, is_test

_STUBS = "-stubs"  # a package of stubs only, PEP 561
#: What the interpreter has loaded before a program begins, so that no file can stand before it:
#: `sys.modules` of `python -c ""`, the same in 3.10 to 3.13.
_LOADED = frozenset(
    {
        *sys.builtin_module_names,
        *("abc", "codecs", "encodings", "genericpath", "io", "ntpath", "os", "posixpath"),
        *("site", "stat", "zipimport"),
    }
)
_STANDARD = sys.stdlib_module_names
_CODE_BELOW = 3  # levels of folders below which some code makes a folder a namespace package


@dataclass(frozen=True, slots=True)
class Roots:
    """Where modules are looked for (absolute paths).

    project: the project's folder; nothing above it is looked at. src: folders that the
    configuration names. site: folders of installed packages.
    """

    project: str
    src: tuple[str, ...] = ()
    site: tuple[str, ...] = ()


class Finder:
    """Look-ups in the file system; remembers every folder that it has listed."""

    def __init__(self, roots: Roots, like: Finder | None = None) -> None:
        """like: one that has looked through the same files, as they still are."""
        self._roots = roots
        guessed = (roots.project, os.path.join(roots.project, "src"))
        self._src = tuple(each for each in roots.src if each not in guessed)
        self._site = tuple(os.path.join(each, "") for each in roots.site)
        self._listed: dict[str, frozenset[str]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        texts = None if like is None else like._text  # noqa: SLF001 - one of the kind
        self._text: Search = Search(texts, self.read, self.walked)

    # names of files ---------------------------------------------------------------------------

    def base(self, path: str) -> str:
        """The folder from which the module in a file is imported: the first without `__init__`."""
        folder = os.path.dirname(path)
        while self._is_package(folder) and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
        return folder

    def name(self, path: str) -> str:
        """The dotted name of the module in a file, seen from its base."""
        inner = os.path.splitext(path)[0][len(self.base(path)) :].strip(os.sep)
        parts = inner.split(os.sep)
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        return ".".join([parts[0].removesuffix(_STUBS), *parts[1:]])

    def _is_package(self, folder: str) -> bool:
        return not self._names(folder).isdisjoint(("__init__.py", "__init__.pyi"))

    def _names(self, folder: str) -> frozenset[str]:
        if folder not in self._listed:
            try:
                self._listed[folder] = frozenset(os.listdir(folder))
            except (OSError, ValueError):
                self._listed[folder] = frozenset()
        return self._listed[folder]

    # looking up -------------------------------------------------------------------------------

    def locate(self, written: str, importer: str) -> str | None:
        """The path that an import in the file `importer` means: `..rates` or `shop.rates`."""
        return (self.near if written.startswith(".") else self.find)(written, importer)

    def find(self, dotted: str, importer: str) -> str | None:
        """The file, or the folder of a namespace package, that an absolute import means.

        importer: the path of the file in which the import stands.
        """
        base = self.base(importer)
        key = (dotted, base)
        if key not in self._found:
            self._found[key] = self._find(dotted.split("."), base)
        return self._found[key]

    def _find(self, parts: list[str], base: str) -> str | None:
        first = parts[0]
        if first in _LOADED:
            return None
        if first in _STANDARD:  # a file of this name beside the program hides it
            hides = self._below(base, [first]) is not None
            return self._below(base, parts) if hides else None
        roots = list(self._search(base))
        for place in (self._below(root, parts) for root in roots):
            if place is not None:
                return place
        return next((p for p in (self._namespace(root, parts) for root in roots) if p), None)

    def near(self, written: str, importer: str) -> str | None:
        """The file or folder that a relative import (`..rates`) means."""
        rest = written.lstrip(".")
        folder = os.path.dirname(importer)
        for _ in range(len(written) - len(rest) - 1):
            folder = os.path.dirname(folder)
        if not rest:
            return self._regular(folder) or folder
        parts = rest.split(".")
        return self._below(folder, parts) or self._namespace(folder, parts)

    def inside(self, package: str, name: str) -> str | None:
        """The file or folder of a package's submodule; `package` is the package's own."""
        folder = os.path.dirname(package) if is_file(package) else package
        if is_file(package) and not os.path.basename(package).startswith("__init__."):
            return None
        return self._below(folder, [name]) or self._namespace(folder, [name])

    def is_library(self, path: str) -> bool:
        """Whether a path belongs to an installed package."""
        return path.startswith(self._site)

    def _search(self, base: str) -> Iterator[str]:
        """The folders from which an absolute import is looked up, each once."""
        guessed = (base, os.path.join(base, "src"))
        places = (*guessed, *self._src, *self._around(base), *self._roots.site)
        if self.is_library(os.path.join(base, "")):
            places = (base, *self._roots.site)
        yield from dict.fromkeys(places)

    def _around(self, base: str) -> Iterator[str]:
        """The folders around a program within the project, each with its `src`.

        Outside of the project only a package around it leads on: its folders need no `__init__`.
        """
        top = self._roots.project
        if base != top and not base.startswith(os.path.join(top, "")):
            yield from self._packages_around(base)
        while base != top and base.startswith(os.path.join(top, "")):
            base = os.path.dirname(base)
            yield base
            yield os.path.join(base, "src")

    def _packages_around(self, base: str) -> Iterator[str]:
        folder = os.path.dirname(base)
        while os.path.dirname(folder) != folder:
            if self._is_package(folder):
                folder = self.base(os.path.join(folder, "__init__.py"))
                yield folder
            else:
                folder = os.path.dirname(folder)

    def _below(self, folder: str, parts: list[str]) -> str | None:
        """The module or regular package of a dotted name, seen from a folder."""
        for part in parts[:-1]:
            if part not in self._names(folder) and part + _STUBS not in self._names(folder):
                return None
            folder = self._inner(folder, part)
        last = parts[-1]
        names = self._names(folder)
        if last in names and (found := self._regular(os.path.join(folder, last))):
            return found
        for suffix in SUFFIXES:
            if last + suffix in names:
                return os.path.join(folder, last + suffix)
        return (
            self._regular(os.path.join(folder, last + _STUBS)) if last + _STUBS in names else None
        )

    def _inner(self, folder: str, part: str) -> str:
        """The folder of a package; that of its stubs where it has no source."""
        inner = os.path.join(folder, part)
        stubs = part + _STUBS in self._names(folder) and not self._is_package(inner)
        return inner + _STUBS if stubs else inner

    def _regular(self, folder: str) -> str | None:
        """The `__init__` of the package in a folder."""
        for suffix in SUFFIXES:
            if f"__init__{suffix}" in self._names(folder):
                return os.path.join(folder, f"__init__{suffix}")
        return None

    def _namespace(self, folder: str, parts: list[str]) -> str | None:
        """The folder of a package without `__init__`: one that leads to code."""
        for part in parts:
            if part not in self._names(folder):
                return None
            folder = os.path.join(folder, part)
        return folder if self._holds_code(folder, _CODE_BELOW) else None

    def _holds_code(self, folder: str, levels: int) -> bool:
        names = self._names(folder)
        if any(map(is_file, names)):
            return True
        inner = (os.path.join(folder, name) for name in sorted(names) if "." not in name)
        return levels > 1 and any(self._holds_code(each, levels - 1) for each in inner)

    def above(self, path: str, name: str) -> Iterator[str]:
        """The files of a name in the folders from a file's own up to the project's root."""
        folder = os.path.dirname(path)
        top = os.path.join(self._roots.project, "")
        while os.path.join(folder, "").startswith(top):
            if name in self._names(folder):
                yield os.path.join(folder, name)
            folder = os.path.dirname(folder)

    # the other way round ----------------------------------------------------------------------

    def heirs(self, name: str, path: str, other: str = "") -> tuple[str, ...]:
        """The files of a file's program in which some class may inherit from one called `name`.

        other: a name that classes in them may bind.
        """
        base = self.base(path)
        return self._text.heirs((base, is_test(path, base), name, other))

    def has_heirs(self, name: str, path: str) -> bool:
        """Whether there is such a file: less than `heirs` tells."""
        return bool(self.heirs(name, path))

    def holders(self, name: str, path: str) -> tuple[str, ...]:
        """The other files of a file's program in which a name stands."""
        return self._text.holders(name, path, self.base(path))

    def importers(self, name: str, dotted: str, path: str) -> tuple[str, ...]:
        """The files of a file's project, tests among them, that may import a name from it.

        The name stands in them, and they can import the module `dotted` of the file: they are of
        the same package, where imports can be relative, or a part of its name stands in them.
        """
        return self._text.importers(name, dotted, self.project_of(path), self.package_of(path))

    def package_of(self, path: str) -> str:
        """What the paths of a file's package start with: of the outermost one, or the file's."""
        package = os.path.dirname(path)
        while self._is_package(os.path.dirname(package)):
            package = os.path.dirname(package)
        return os.path.join(package, "") if self._is_package(package) else path

    def project_of(self, path: str) -> str:
        """The folder in which the importers of a file are looked for."""
        inside = path.startswith(os.path.join(self._roots.project, ""))
        return self._roots.project if inside else self.base(path)

    # the files themselves -----------------------------------------------------------------------

    def read(self, path: str) -> bytes | None:
        """What a file holds; None if it cannot be read, or is not to be taken for a module."""
        return read(path)

    def same(self, path: str, data: bytes) -> bytes:
        """The bytes given, or equal ones that are kept of the file anyway."""
        return self._text.same(path, data)

    def walked(self, folder: str) -> None:
        """Is told of each folder that is looked through."""

    def leads(self, path: str, other: str) -> None:
        """Is told where a question about one path is asked for another one."""

    def know(self, path: str, data: bytes) -> None:
        """Tells what a file is to be taken to hold."""
        self._text.know(path, data)
