"""The folder of the cache: its files are read with suspicion, and replaced as a whole."""

from __future__ import annotations

import os
import re
import stat
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from asynclint.engine.cache.seal import Seal

NAME = ".asynclint_cache"
_SUFFIX = ".run"
_TEMPORARY = ".tmp"
_OURS = re.compile(r"[0-9a-f]{32}\.(run|tmp)")
_MAGIC = b"asynclint cache 1\n"
#: No run's results come near; what is larger is none of ours.
_LARGEST = 512 * 1024 * 1024
#: Runs that are remembered: other paths or options make another file.
_MOST_RUNS = 24
_ABANDONED = 3600  # seconds after which a temporary file belongs to no run any more
_NUMBER = 8
#: So that backups leave it out, and version control does (https://bford.info/cachedir).
_MARKS = {
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n# made by asynclint\n",
    ".gitignore": b"# made by asynclint\n*\n",
}


@dataclass(frozen=True)
class Entry:
    """What is kept of a run: a first part, and a second one that is only read when it is needed.

    second: gives it; None where it cannot be had any more.
    """

    first: bytes
    second: Callable[[], bytes | None]


class Folder:
    """One cache folder. It does not raise OSError: a cache that fails is as good as none."""

    def __init__(self, path: Path, seal: Seal) -> None:
        self.path = path
        self._seal = seal

    def prepare(self) -> int | None:
        """Makes the folder; the time on the clock of its file system, in ns.

        None where nothing can be written there, also if it is a link: where that leads, nobody
        may have meant to write.
        """
        probe = self._new()
        try:
            if self.path.is_symlink():
                return None
            if not self.path.is_dir():
                self.path.mkdir(parents=True)
                for name, data in _MARKS.items():
                    _write_new(self.path / name, data)
            _write_new(probe, b"")
            now = probe.stat().st_mtime_ns
            probe.unlink()
        except OSError:
            _remove(probe)
            return None
        return min(now, time.time_ns())

    def read(self, key: str) -> Entry | None:
        """What was last written under a key; None if nothing.

        Whatever is not whole, or was written by someone else, counts as nothing.
        """
        try:
            with self._open(key) as file:
                seal, first = _head(file, self._seal.length)
        except (OSError, ValueError, MemoryError):
            return None
        if not self._seal.holds(seal, key.encode(), first):
            return None
        return Entry(first, partial(self._second, key, seal))

    def _second(self, key: str, of: bytes) -> bytes | None:
        """The second part of the entry whose first part has this seal."""
        try:
            with self._open(key) as file:
                seal, _ = _head(file, self._seal.length)
                sealed, second = file.read(self._seal.length), file.read()
        except (OSError, ValueError, MemoryError):
            return None
        is_same = seal == of and self._seal.holds(sealed, seal, second)
        return second if is_same else None

    def _open(self, key: str) -> BinaryIO:
        descriptor = os.open(self._file(key), _reading())
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            os.close(descriptor)
            raise ValueError(key)
        return os.fdopen(descriptor, "rb")

    def write(self, key: str, first: bytes, second: bytes) -> bool:
        """Puts the two parts of an entry in the place of the old one; whether that was done."""
        seal = self._seal.on(key.encode(), first)
        parts = (
            *(_MAGIC, len(first).to_bytes(_NUMBER, "big"), seal, first),
            *(self._seal.on(seal, second), second),
        )
        temporary = self._new()
        try:
            if self.path.is_symlink():
                return False
            _write_new(temporary, b"".join(parts))
            os.replace(temporary, self._file(key))  # noqa: PTH105 - the same on every system
        except (OSError, MemoryError):
            _remove(temporary)
            return False
        self._prune()
        return True

    def _new(self) -> Path:
        return self.path / f"{os.urandom(16).hex()}{_TEMPORARY}"

    def _file(self, key: str) -> Path:
        """Each user of a shared folder has files of their own."""
        return self.path / f"{self._seal.on(b'name', key.encode())[:16].hex()}{_SUFFIX}"

    def _prune(self) -> None:
        """Removes the oldest entries, and what runs left behind that were killed."""
        now = time.time()
        aged: list[tuple[float, Path]] = []
        try:
            for file in self.path.iterdir():
                age = now - file.lstat().st_mtime
                if not _OURS.fullmatch(file.name):
                    continue
                if file.suffix == _SUFFIX:
                    aged.append((age, file))
                elif age > _ABANDONED:
                    _remove(file)
        except OSError:
            return
        for _, file in sorted(aged)[_MOST_RUNS:]:
            _remove(file)


def clean_folder(path: Path) -> bool:
    """Removes what asynclint has put into a folder, and the folder if nothing else is left.

    Returns whether there was anything; a link is left alone. Raises OSError where something stays.
    """
    if path.is_symlink() or not path.is_dir():
        return False
    ours = [file for file in path.iterdir() if _is_ours(file)]
    for file in ours:
        file.unlink(missing_ok=True)
    if not any(path.iterdir()):
        path.rmdir()
    return bool(ours)


def _head(file: BinaryIO, seal: int) -> tuple[bytes, bytes]:
    """The seal and the first part of an entry. Raises ValueError where it does not begin as one."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ValueError(file)
    length = int.from_bytes(file.read(_NUMBER), "big")
    if length > _LARGEST:
        raise ValueError(length)
    return file.read(seal), file.read(length)


def _is_ours(file: Path) -> bool:
    """Whether asynclint made a file: the folder may be one that holds other things, too."""
    if file.name in _MARKS:
        return not file.is_symlink() and file.read_bytes() == _MARKS[file.name]
    return _OURS.fullmatch(file.name) is not None


def _reading() -> int:
    """A link leads elsewhere, and a pipe would never end: neither is ours."""
    names = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC")
    return os.O_RDONLY | sum(getattr(os, name, 0) for name in names)


def _write_new(file: Path, data: bytes) -> None:
    with file.open("xb") as opened:
        opened.write(data)


def _remove(file: Path) -> None:
    try:
        file.unlink()
    except OSError:
        return
