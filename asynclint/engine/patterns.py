"""Patterns of paths, written as in `.gitignore` and relative to the project's root."""

# Paths are strings here: each file and folder of a walk passes through.
# ruff: noqa: PTH100, PTH118, PTH119

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pathspec

_PLAIN_NAME = re.compile(r"[\w.-]+")
#: A pattern becomes a regular expression, and each more of these takes it the length of a path
#: longer to fail. Of so many it takes less than 0.1 s (measured on paths of 3,000 characters).
_MOST_STARS = 3
_MOST_GAPS = 2


def problem(pattern: str) -> str:
    """Why a pattern cannot be used, in words that go on from it; "" where it can."""
    if _PLAIN_NAME.fullmatch(pattern):
        return ""
    parts = pattern.split("/")
    if any(len(re.findall(r"\*+", part)) > _MOST_STARS for part in parts):
        return f"has more than {_MOST_STARS} `*` in one name"
    if parts[:-1].count("**") > _MOST_GAPS:
        return f"has more than {_MOST_GAPS} `**/`"
    import pathspec

    try:
        pathspec.GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return "is no pattern as in .gitignore"
    return ""


class Patterns:
    """A set of patterns; most are plain names and need no pattern engine."""

    def __init__(self, patterns: Iterable[str], root: str) -> None:
        self._root = root
        every = tuple(patterns)
        self._names = frozenset(each for each in every if _PLAIN_NAME.fullmatch(each))
        self._others = tuple(each for each in every if each not in self._names)

    def match_entry(self, path: str, *, folder: bool) -> bool:
        """Whether a pattern names this file or folder itself, whatever holds for its parents."""
        return os.path.basename(path) in self._names or self._spec_matches(path, folder=folder)

    def match(self, path: str) -> bool:
        """Whether a pattern names this file or any folder above it, up to the root."""
        relative = self._relative(path)
        named = not self._names.isdisjoint(relative.split("/"))
        return named or self._spec_matches(path, folder=False)

    def _spec_matches(self, path: str, *, folder: bool) -> bool:
        if not self._others:
            return False
        return self._spec.match_file(self._relative(path) + "/" * folder)

    def _relative(self, path: str) -> str:
        """The path as the patterns see it: below the root; a path elsewhere as it stands."""
        relative = os.path.abspath(path).removeprefix(os.path.join(self._root, ""))
        return relative.replace(os.sep, "/").lstrip("/")

    @cached_property
    def _spec(self) -> pathspec.GitIgnoreSpec:
        import pathspec  # slow to import, and most runs have plain names only

        return pathspec.GitIgnoreSpec.from_lines(self._others)
