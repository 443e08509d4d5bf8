"""Finds the packages that are installed for the analysed code; nothing of them is ever run.

The layout is that of the `venv` and `site` modules (library reference, "How they work" and
"site"): `lib/python3.X/site-packages` below the environment, on Windows `Lib/site-packages`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asynclint.engine.settings import Settings

_LARGEST = 100_000  # bytes of a `.pth` file that can be a list of folders
_PATTERNS = (
    "lib/python3.*/site-packages",
    "Lib/site-packages",
    "lib/python3*/dist-packages",  # as Debian has it for the system's Python
)


def with_packages(settings: Settings, python: str = "") -> Settings:
    """The settings with the folders of the packages that are installed for the analysed code.

    python: as in `site_folders`. What the project itself has installed from folders of its own is
    found there.
    """
    site = site_folders(python, settings.root, os.environ)
    own = editable_folders(site, settings.root)
    return replace(settings, site=site, src=(*settings.src, *own), python=python)


def site_folders(python: str, root: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The folders of installed packages (absolute paths), none where there is no environment.

    python: path of an interpreter or of an environment's folder, relative to the project's folder
    `root`; '' for the active environment (`VIRTUAL_ENV` in `environ`), else the project's `.venv`.
    Of an environment with packages for several versions of Python, the newest counts.
    """
    for environment in _environments(python, Path(root), environ):
        if found := _packages(environment):
            return tuple(map(str, found))
    return ()


def _environments(python: str, root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    if python:
        yield from _around(root / python)
        return
    own = root / ".venv"
    active = environ.get("VIRTUAL_ENV", "")
    # A hook runner activates the environment of the tool itself, which tells nothing of the code.
    if active and not (own.is_dir() and Path(active) == Path(sys.prefix)):
        yield Path(active)
    yield own


def _around(path: Path) -> Iterator[Path]:
    """The environment in a folder, or that of an interpreter: `bin/python`, `python.exe`."""
    if path.is_file():  # a link to the interpreter that made the environment is not followed
        yield path.parent.parent
        yield path.parent
    else:
        yield path


def _packages(environment: Path) -> list[Path]:
    for pattern in _PATTERNS:
        folders = [each for each in environment.absolute().glob(pattern) if each.is_dir()]
        if folders:
            return [max(folders, key=_version)]
    return []


def _version(folder: Path) -> tuple[int, ...]:
    digits = folder.parent.name.removeprefix("python").split(".")
    return tuple(int(each) for each in digits if each.isdigit())


def editable_folders(site: tuple[str, ...], root: str) -> tuple[str, ...]:
    """The project's own folders among those that `.pth` files put on the path.

    A project of several packages installs them so ("site": each line that is a path is added).
    """
    found: dict[str, None] = {}
    project = Path(root)
    for file in (each for folder in site for each in sorted(Path(folder).glob("*.pth"))):
        for line in _lines(file):
            path = file.parent / line
            if project in path.parents and path.is_dir():
                found[str(path)] = None
    return tuple(found)


def _lines(file: Path) -> list[str]:
    """The lines of a `.pth` file that are paths; others are code or comments."""
    try:
        if file.stat().st_size > _LARGEST:
            return []
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [line.strip() for line in lines if line.strip() and not line.startswith(("#", "import"))]
