"""What may be taken for a module's file."""

# Paths are strings here, as in the finder.
# ruff: noqa: PTH113, PTH123, PTH202

from __future__ import annotations

import os

SUFFIXES = (".py", ".pyi")
#: Bytes of a module that is read only because another one asks for it: more is data, or generated.
LARGEST = 2_000_000


def is_file(path: str) -> bool:
    """Whether a module's path is that of a file, and not of a namespace package's folder."""
    return path.endswith(SUFFIXES)


def readable(path: str) -> bool:
    """Whether a path is that of a regular file of reasonable size: a pipe would never end."""
    try:
        return os.path.isfile(path) and os.path.getsize(path) <= LARGEST
    except (OSError, ValueError):
        return False


def read(path: str) -> bytes | None:
    """What a module's file holds; None where it cannot be read, or is no such file."""
    if not readable(path):
        return None
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
