"""Whether a file is as it was, told by its status alone where that can be trusted.

A file that is written twice within one tick of the file system's clock has one time for two
contents. So what was written shortly before the run, or after it began, is not known by its times
(git calls such an entry racily clean): the next run compares its content.
"""

# Paths are strings here: a warm run asks for thousands, and does little else.
# ruff: noqa: PTH100, PTH116, PTH120, PTH123

from __future__ import annotations

import os
import stat

from asynclint.model.asked import UNREAD, digest_of

#: Size, time of the last change of the content, of the last change of anything (not on Windows,
#: where it is the time of creation), number of the file. Times in ns.
Signature = tuple[int, int, int, int]

_ABSENT: Signature = (-1, 0, 0, 0)
#: Tells nothing: it counts as changed.
UNKNOWN: Signature = (-2, 0, 0, 0)
#: FAT has a tick of two seconds, the longest in use.
TICK = 2_000_000_000


def signature(path: str) -> Signature:
    """The signature of a file or folder as it is now."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return _ABSENT
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return UNKNOWN
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def settled_signature(path: str, began: int) -> Signature:
    """The signature by which what a run saw is known again; one that nothing has, if none can be.

    began: when the run did, in ns.
    """
    made = signature(path)
    seen = made if made != _ABSENT else signature(_existing(path))
    changed = max(seen[1], seen[2]) if os.name == "posix" else seen[1]
    return made if changed < began - TICK else UNKNOWN


def _existing(path: str) -> str:
    """The nearest folder above: it would show that something was taken away."""
    folder = os.path.dirname(os.path.abspath(path))
    while signature(folder) == _ABSENT and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def digest_now(path: str) -> str:
    """What stands for what a file holds now; `UNREAD` where it cannot be read as a module."""
    data = data_now(path)
    return UNREAD if data is None else digest_of(data)


def data_now(path: str) -> bytes | None:
    """What a file holds now; None where it cannot be read.

    Nothing but a regular file is opened: a pipe would wait for ever.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError):
        return None
