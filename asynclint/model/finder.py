"""Finds the files of modules: which folders are searched, and what lies in them.

The order is that of Python's import system as far as it can be known without running anything: the
folders that the configuration names, the folder in which the importing program stands, the folders
around it up to the project's root, and installed packages (language reference, 5.3-5.5).
"""

# Paths are strings here: look-ups are many, and a Path costs ten times as much.
# ruff: noqa: PTH118, PTH119, PTH120, PTH122, PTH206, PTH208

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

_SUFFIXES = (".py", ".pyi")
_MANY = 10_000  # files of one program that are looked through for subclasses
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})
_CLASS = re.compile(rb"^[ \t]*class[ \t]+\w+[^(:\n]*\(([^)]*)\)", re.MULTILINE)
_ALIAS = re.compile(rb"\b(\w+)[ \t]+as[ \t]+(\w+)")
_WORD = re.compile(rb"[A-Za-z_]\w*")


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

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._listed: dict[str, frozenset[str]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._heirs: dict[str, dict[str, tuple[str, ...]]] = {}

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
        return ".".join(parts)

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

    def find(self, dotted: str, importer: str) -> str | None:
        """The file, or the folder of a namespace package, that an absolute import means.

        importer: the path of the file in which the import stands.
        """
        base = self.base(importer)
        key = (dotted, base)
        if key not in self._found:
            parts = dotted.split(".")
            places = (self._below(root, parts) for root in self._search(base))
            self._found[key] = next((place for place in places if place is not None), None)
        return self._found[key]

    def near(self, written: str, importer: str) -> str | None:
        """The file or folder that a relative import (`..rates`) means."""
        rest = written.lstrip(".")
        folder = os.path.dirname(importer)
        for _ in range(len(written) - len(rest) - 1):
            folder = os.path.dirname(folder)
        return self._below(folder, rest.split(".")) if rest else self._package(folder)

    def inside(self, package: str, name: str) -> str | None:
        """The file or folder of a package's submodule; `package` is the package's own."""
        folder = os.path.dirname(package) if package.endswith(_SUFFIXES) else package
        if package.endswith(_SUFFIXES) and not os.path.basename(package).startswith("__init__."):
            return None
        return self._below(folder, [name])

    def is_library(self, path: str) -> bool:
        """Whether a path belongs to an installed package."""
        return any(path.startswith(os.path.join(site, "")) for site in self._roots.site)

    def _search(self, base: str) -> Iterator[str]:
        seen: set[str] = set()
        for folder in (*self._roots.src, *self._around(base), *self._roots.site):
            if folder not in seen:
                seen.add(folder)
                yield folder

    def _around(self, base: str) -> Iterator[str]:
        """The program's own folder, and those around it within the project, with their `src`."""
        yield base
        top = self._roots.project
        while base != top and base.startswith(os.path.join(top, "")):
            base = os.path.dirname(base)
            yield base
            yield os.path.join(base, "src")

    def _below(self, folder: str, parts: list[str]) -> str | None:
        for part in parts[:-1]:
            if part not in self._names(folder):
                return None
            folder = os.path.join(folder, part)
        last = parts[-1]
        names = self._names(folder)
        if last in names and (found := self._package(os.path.join(folder, last), strict=True)):
            return found
        for suffix in _SUFFIXES:
            if last + suffix in names:
                return os.path.join(folder, last + suffix)
        return self._package(os.path.join(folder, last)) if last in names else None

    def _package(self, folder: str, *, strict: bool = False) -> str | None:
        """The package in a folder: its `__init__`, or itself where it has none but modules."""
        names = self._names(folder)
        for suffix in _SUFFIXES:
            if f"__init__{suffix}" in names:
                return os.path.join(folder, f"__init__{suffix}")
        if strict or not any(name.endswith(_SUFFIXES) for name in names):
            return None
        return folder

    # the other way round ----------------------------------------------------------------------

    def heirs(self, name: str, path: str) -> tuple[str, ...]:
        """The files of a file's program in which some class may name `name` as a base.

        Found by their text, so that nothing needs to be parsed for it; at most 10,000 files are
        looked through. An alias (`import Base as B`) is followed.
        """
        base = self.base(path)
        top = os.path.relpath(path, base).split(os.sep)[0]
        start = os.path.join(base, top) if not top.endswith(_SUFFIXES) else base
        if start not in self._heirs:
            self._heirs[start] = _bases(self._walk(start))
        return self._heirs[start].get(name, ())

    def _walk(self, start: str) -> Iterator[str]:
        count = 0
        for folder, subfolders, names in os.walk(start):
            subfolders[:] = sorted(
                each for each in subfolders if each not in _SKIPPED and not each.startswith(".")
            )
            for name in sorted(names):
                if name.endswith(".py"):
                    count += 1
                    if count > _MANY:
                        return
                    yield os.path.join(folder, name)


def _bases(paths: Iterator[str]) -> dict[str, tuple[str, ...]]:
    """For each name that stands among the bases of a class: the files in which it does."""
    found: dict[str, dict[str, None]] = {}
    for path in paths:
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                data = file.read()
        except OSError:
            continue
        words = {w for bases in _CLASS.findall(data) for w in _WORD.findall(bases)}
        if words:
            words |= {name for name, alias in _ALIAS.findall(data) if alias in words}
        for word in words:
            found.setdefault(word.decode("ascii", "replace"), {})[path] = None
    return {word: tuple(files) for word, files in found.items()}
