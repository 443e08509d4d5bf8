"""Writing a changed text back to its file: all of it or nothing."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from io import FileIO
from pathlib import Path

from asynclint.source.encode import CannotEncode, changed_source, encode_text
from asynclint.source.text import Source


class CannotWrite(Exception):  # noqa: N818 - named for what it says
    """A file was left as it was; the message says why."""


class ChangedUnderfoot(CannotWrite):
    """The file is no longer what was read."""


class NotWritten(CannotWrite):
    """Of several files that belong together none was written: the path of one, and why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def write_atomically(source: Source, text: str) -> bool:
    """Makes `text` the text of the source's file; False if that is what it was read as.

    Readers see the old file or the new one, never a part: a temporary file beside it takes its
    place. That file has the permissions, the extended attributes and, as far as the user may give
    it, the owner of the old one. A symbolic link stays one, and its target is replaced. A file with
    several hard links is written in place, though a reader could see it half written: to replace it
    would part it from its other names, silently and for good.

    Raises CannotEncode (see `encode_text`), ChangedUnderfoot, CannotWrite for what is not a regular
    file, and OSError; the file is then as it was, and no temporary file is left.
    """
    if text == source.text:
        return False
    data = encode_text(source, text)
    try:
        _put(source, data)
    except FileNotFoundError as error:
        raise ChangedUnderfoot(f"{source.path}: the file is gone") from error
    return True


def write_together(texts: Sequence[tuple[Source, str]]) -> None:
    """Writes several files, each as `write_atomically` does, or none of them.

    Where one cannot be written, those that were get back what they held. Raises NotWritten. A
    process that is killed in between leaves whole files, but perhaps only some of the new ones.
    """
    with ExitStack() as undo:
        for source, text in texts:
            if _written(source, text):
                undo.callback(_restore, changed_source(source, text), source)
        undo.pop_all()


def _written(source: Source, text: str) -> bool:
    try:
        return write_atomically(source, text)
    except (OSError, CannotWrite, CannotEncode) as error:
        raise NotWritten(source.path, _reason(source, error)) from error


def _restore(written: Source, before: Source) -> None:
    with suppress(OSError, CannotWrite):  # somebody else has changed it since
        _put(written, before.data)


def _reason(source: Source, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be written: {error.strerror or error}"
    return str(error).removeprefix(f"{source.path}: ")


def _put(source: Source, data: bytes) -> None:
    target = Path(os.path.realpath(source.path, strict=True))
    status = target.stat()
    if not stat.S_ISREG(status.st_mode):
        raise CannotWrite(f"{source.path}: not a regular file")
    # The replacement needs a writable folder only, but who takes away the right to write means it.
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), source.path)
    if status.st_nlink > 1:
        _overwrite(source, target, data)
    else:
        _replace(source, target, data, status)


def _replace(source: Source, target: Path, data: bytes, status: os.stat_result) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".asynclint-", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _keep_owner(temporary, status)
        shutil.copystat(target, temporary)
        os.utime(temporary)  # the content is new, whatever else was copied
        _compare(source, target.read_bytes())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _keep_owner(temporary: Path, status: os.stat_result) -> None:
    """Gives the file its owner and group, or its group alone where only that is allowed."""
    own = temporary.stat()
    if (own.st_uid, own.st_gid) == (status.st_uid, status.st_gid):
        return
    try:
        os.chown(temporary, status.st_uid, status.st_gid)
    except PermissionError:
        with suppress(PermissionError):
            os.chown(temporary, -1, status.st_gid)


def _overwrite(source: Source, target: Path, data: bytes) -> None:
    # Without a buffer, as one that could not be flushed would stand in the way of going back.
    with target.open("r+b", buffering=0) as file:
        _compare(source, file.readall())
        try:
            _fill(file, data)
        except BaseException:
            _fill(file, source.data)
            raise


def _fill(file: FileIO, data: bytes) -> None:
    file.seek(0)
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    file.truncate()
    os.fsync(file.fileno())


def _compare(source: Source, data: bytes) -> None:
    """Between this look and the replacement lies a moment that no file system lets us close."""
    if data != source.data:
        raise ChangedUnderfoot(f"{source.path}: the file was changed since it was read")
