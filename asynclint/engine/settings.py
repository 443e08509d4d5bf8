"""What a run is told: everything that decides which findings there are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asynclint.facts import Fact

#: Folders that hold other people's code, or none that a person wrote.
DEFAULT_EXCLUDE = (
    ".asynclint_cache",
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "_build",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)

#: The oldest CPython that still gets security fixes: what may be said of it holds for most code.
DEFAULT_TARGET = (3, 10)


@dataclass(frozen=True)
class Settings:
    """Frozen and hashable, so that what follows from it can be cached.

    root: folder to which the patterns are relative. select, ignore, extend_select: codes or
    prefixes of codes (`ASL`, `ASL1`, `ASL101`). per_file_ignores: pairs of a pattern and codes.
    exclude: patterns as in `.gitignore`. src: folders from which absolute imports are resolved.
    target_version: the oldest Python that the analysed code must run on. facts: what the user says
    of callables; `asynclint.engine.knowledge` lays it over what the tool knows.
    site: folders of installed packages, whose source tells what imported functions are. python:
    where they were looked for, '' where nobody said. noqa: whether comments may hide findings.
    """

    root: str
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...]
    exclude: tuple[str, ...]
    src: tuple[str, ...]
    target_version: tuple[int, int]
    facts: tuple[Fact, ...] = ()
    site: tuple[str, ...] = ()
    python: str = ""
    noqa: bool = True

    @classmethod
    def defaults(cls, root: str | None = None) -> Settings:
        """The settings of a run without configuration; `root` is the working folder by default."""
        base = Path(root or ".").absolute()
        return cls(
            root=str(base),
            select=("ASL",),
            ignore=(),
            extend_select=(),
            per_file_ignores=(),
            exclude=DEFAULT_EXCLUDE,
            src=(str(base), str(base / "src")),
            target_version=DEFAULT_TARGET,
        )
