"""Which configuration files could decide a run; their text is not yet looked into."""

# Paths are strings here: a warm run does little else.
# ruff: noqa: PTH100, PTH112, PTH120

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE_NAME = "pyproject.toml"
_TABLE = b"asynclint"


def common_folder(paths: Iterable[str]) -> Path:
    """The folder that holds all paths, the working folder where there is none."""
    absolute = [os.path.abspath(path) for path in paths]
    folders = [each if os.path.isdir(each) else os.path.dirname(each) for each in absolute]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # none given, or on several drives
        return Path.cwd()


def files_around(start: Path) -> dict[Path, bytes]:
    """What each pyproject.toml in a folder and above it holds, the nearest first.

    Raises OSError where one cannot be read.
    """
    folder = start.absolute()
    places = (each / FILE_NAME for each in (folder, *folder.parents))
    return {file: file.read_bytes() for file in places if file.is_file()}


def root_of(files: dict[Path, bytes]) -> Path:
    """The project's folder: that of the nearest file that may configure asynclint.

    Where none does, of the nearest one; the working folder where there is none at all.
    """
    named = [file for file, data in files.items() if _TABLE in data]
    nearest = next(iter(named or files), None)
    return Path.cwd() if nearest is None else nearest.parent
