"""What a run's results depend on besides the files: they are kept under a key made of it."""

# Paths are strings here: a warm run asks for the status of all files of the tool.
# ruff: noqa: PTH100, PTH109, PTH116, PTH118, PTH120

from __future__ import annotations

import json
import os
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from asynclint import __version__
from asynclint.model.asked import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_CODE = (".py", ".toml")
_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def key_of(given: Mapping[str, Any], configuration: Mapping[Path, bytes]) -> str:
    """The key of a run.

    given: the options that decide what is found, as they were given. configuration: the files that
    may decide it, whether or not they do, with what they hold.
    """
    parts = {
        "version": __version__,
        "tool": _fingerprint(),
        "python": sys.version,
        "folder": os.getcwd(),
        "given": dict(given),
        "configuration": [[str(each), digest_of(data)] for each, data in configuration.items()],
    }
    return json.dumps(parts, sort_keys=True)


def _fingerprint() -> str:
    """Tells one state of the tool's own source from another, and one libcst from another.

    The version alone does not: it stays the same while somebody works on the tool.
    """
    states = [_state(path) for path in _files(_PACKAGE)]
    parser = PathFinder.find_spec("libcst")
    if parser is not None and parser.origin is not None:
        states += [_state(os.path.join(os.path.dirname(parser.origin), "_version.py"))]
    return digest_of(repr(states).encode())


def _files(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda each: each.name)
    for entry in found:
        if entry.name.endswith(_CODE):
            yield entry.path
        elif "." not in entry.name and entry.name != "__pycache__":
            yield from _files(entry.path)


def _state(path: str) -> tuple[str, int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return path, -1, 0
    return path, status.st_size, status.st_mtime_ns
