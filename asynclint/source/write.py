"""Writing a changed text back to its file: all of it or nothing."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from asynclint.source.encode import CannotEncode, encode_text
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

    Readers see the old file or the new one, never a part, whatever becomes of this process: a
    temporary file beside it takes its place. That file has the permissions, the extended attributes
    and, as far as the user may give it, the owner of the old one. A symbolic link stays one, and
    its target is replaced. A file with several hard links is refused: to replace it would part it
    from its other names, silently and for good, and to write into it could leave half of it.

    Raises CannotEncode (see `encode_text`), ChangedUnderfoot, CannotWrite for what is not a regular
    file or has several names, and OSError; the file is then as it was, and no temporary file is
    left. A process that is killed may leave one, `.asynclint-*.tmp`, which nothing ever reads.
    """
    if text == source.text:
        return False
    with _prepared(source, encode_text(source, text)) as replacement:
        replacement.put()
    return True


def write_together(texts: Sequence[tuple[Source, str]]) -> None:
    """Writes several files, each as `write_atomically` does, or none of them.

    All replacements lie complete on the disk before the first takes its place, so that a full disk
    or a file that was changed is met before anything has happened. Where one cannot take its place
    after all, those that did get back what they held. Raises NotWritten. A process that is killed
    in between leaves whole files, but perhaps only some of the new ones.
    """
    with ExitStack() as temporaries, ExitStack() as undo:
        waiting: list[_Replacement] = []
        for source, text in texts:
            if text != source.text:
                with _blaming(source):
                    waiting.append(
                        temporaries.enter_context(_prepared(source, encode_text(source, text)))
                    )
        for each in waiting:
            with _blaming(each.source):
                each.look()
        for each in waiting:
            with _blaming(each.source):
                each.put()
            undo.callback(_restore, each)
        undo.pop_all()


@dataclass(frozen=True, slots=True)
class _Replacement:
    """New content for a file: whole, on the disk, under a temporary name beside it."""

    source: Source
    data: bytes
    target: Path
    temporary: Path

    def look(self) -> None:
        """Raises ChangedUnderfoot where the file is no longer what was read."""
        with _still_there(self.source):
            found = self.target.read_bytes()
        if found != self.source.data:
            raise ChangedUnderfoot(f"{self.source.path}: the file was changed since it was read")

    def put(self) -> None:
        """Takes the file's place if nobody has changed it.

        Between that look and the replacement lies a moment that no file system lets us close.
        """
        self.look()
        with _still_there(self.source):
            self.temporary.replace(self.target)


@contextmanager
def _prepared(source: Source, data: bytes) -> Iterator[_Replacement]:
    with _still_there(source):
        target = Path(os.path.realpath(source.path, strict=True))
        status = target.stat()
        _refuse_unfit(source, target, status)
        descriptor, name = tempfile.mkstemp(prefix=".asynclint-", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with _still_there(source):
            _dress(temporary, target, status)
        yield _Replacement(source, data, target, temporary)
    finally:
        temporary.unlink(missing_ok=True)  # where it has taken its place, nothing is left of it


def _refuse_unfit(source: Source, target: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise CannotWrite(f"{source.path}: not a regular file")
    if status.st_nlink > 1:
        raise CannotWrite(f"{source.path}: the file has other names (hard links)")
    # The replacement needs a writable folder only, but who takes away the right to write means it.
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), source.path)


def _dress(temporary: Path, target: Path, status: os.stat_result) -> None:
    """Gives a file what another has beside its content; the time is new, as the content is."""
    _keep_owner(temporary, status)
    shutil.copystat(target, temporary)
    os.utime(temporary)


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


@contextmanager
def _still_there(source: Source) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ChangedUnderfoot(f"{source.path}: the file is gone") from error


@contextmanager
def _blaming(source: Source) -> Iterator[None]:
    try:
        yield
    except (OSError, CannotWrite, CannotEncode) as error:
        raise NotWritten(source.path, _reason(source, error)) from error


def _reason(source: Source, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be written: {error.strerror or error}"
    return str(error).removeprefix(f"{source.path}: ")


def _restore(replacement: _Replacement) -> None:
    """Gives a file back what it held, unless somebody has changed it since."""
    written = replace(replacement.source, data=replacement.data)
    with (
        suppress(OSError, CannotWrite),
        _prepared(written, replacement.source.data) as before,
    ):
        before.put()
