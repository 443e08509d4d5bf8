"""From a path to a Source, or to the finding that says why there is none."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from asynclint.engine.troubles import UNREADABLE_FILE
from asynclint.source.text import Source, SourceError, decode, read_source

if TYPE_CHECKING:
    from asynclint.engine.discovery import Candidate
    from asynclint.findings import Finding


def read(candidate: Candidate) -> Source | Finding:
    """The file's text, or ASL002 at the row that cannot be read."""
    path = candidate.path
    try:
        # To open a pipe that lies in a folder would wait for ever; one that is named is meant.
        if not candidate.named and not stat.S_ISREG(Path(path).stat().st_mode):
            return UNREADABLE_FILE.at(path, 1, 1, "is not a regular file")
        return read_source(path)
    except OSError as error:
        return UNREADABLE_FILE.at(path, 1, 1, f"cannot be read: {error.strerror or error}")
    except SourceError as error:
        return from_source_error(error)


def read_stdin(data: bytes, path: str) -> Source | Finding:
    """The same for bytes that came by standard input and are to be called `path`."""
    try:
        return decode(data, path, is_stdin=True)
    except SourceError as error:
        return from_source_error(error)


def from_source_error(error: SourceError) -> Finding:
    """ASL002 for bytes that are no text."""
    return UNREADABLE_FILE.at(error.path, error.row, error.column, error.message)
