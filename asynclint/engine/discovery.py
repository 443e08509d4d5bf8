"""Which files a run looks at: those that are named, and Python files in folders that are named."""

# Paths are strings here: a walk over a large tree makes many, and a Path costs ten times as much.
# ruff: noqa: PTH100, PTH112, PTH118

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asynclint.engine.patterns import Patterns
from asynclint.engine.troubles import UNREADABLE_FILE
from asynclint.findings import Failure, Finding
from asynclint.source.paths import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asynclint.engine.settings import Settings

_SUFFIXES = (".py", ".pyi")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look at; `named` where a person gave its very path."""

    path: str
    named: bool


@dataclass
class Discovered:
    """Files, sorted by path; findings for unreadable folders; failures for missing paths.

    folders: those that were looked through, absolute paths.
    """

    files: list[Candidate] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def discover(
    paths: Iterable[str], settings: Settings, *, force_exclude: bool = False
) -> Discovered:
    """The files that the paths stand for, each once.

    A file that is named is always taken, whatever its suffix, unless `force_exclude` and a pattern
    excludes it. Symbolic links to folders are followed only where they are named, so that a loop
    of them cannot be entered.
    """
    return _Discovery(settings, force_exclude=force_exclude).run(paths)


class _Discovery:
    def __init__(self, settings: Settings, *, force_exclude: bool) -> None:
        self._exclude = Patterns(settings.exclude, settings.root)
        self._force_exclude = force_exclude
        self._found: dict[str, Candidate] = {}
        self._result = Discovered()

    def run(self, paths: Iterable[str]) -> Discovered:
        for path in sorted({shown(path) for path in paths}):
            self._take(path)
        self._result.files = [self._found[path] for path in sorted(self._found)]
        return self._result

    def _take(self, path: str) -> None:
        if self._force_exclude and self._exclude.match(path):
            return
        if os.path.isdir(path):
            self._walk(path)
        elif os.path.lexists(path):  # a dangling link too: reading it will say what is wrong
            self._found[path] = Candidate(path, named=True)
        else:
            self._result.failures.append(Failure(path, "no such file or folder"))

    def _walk(self, top: str) -> None:
        waiting = [top]  # `os.walk` calls itself for each level, up to Python 3.11
        while waiting:
            base = shown(waiting.pop())
            try:
                with os.scandir(base) as entries:
                    found = list(entries)
            except OSError as error:
                self._cannot_list(error)
                continue
            self._result.folders.append(os.path.abspath(base))
            for entry in found:
                path = entry.name if base == os.curdir else os.path.join(base, entry.name)
                if _is_folder(entry):
                    if not entry.is_symlink() and not self._exclude.match_entry(path, folder=True):
                        waiting.append(path)
                elif entry.name.endswith(_SUFFIXES) and not self._exclude.match_entry(
                    path, folder=False
                ):
                    self._found.setdefault(path, Candidate(path, named=False))

    def _cannot_list(self, error: OSError) -> None:
        path = shown(str(error.filename))
        message = f"folder cannot be listed: {error.strerror or error}"
        self._result.findings.append(UNREADABLE_FILE.at(path, 1, 1, message))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
