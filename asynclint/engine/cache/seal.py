"""Who wrote a cache file: this user, by a secret that lies outside of every project.

A repository may bring a `.asynclint_cache` along. What is not sealed with the user's own secret is
taken for rubbish, so that nobody else's file can hide a finding, or make one up.
"""

from __future__ import annotations

import hmac
import os
import stat
import sys
from hashlib import blake2b
from pathlib import Path

_LENGTH = 32
_NAME = "cache-secret"


class Seal:
    """Seals bytes. `of_user` gives the user's own."""

    #: Length of a seal in bytes.
    length = 32

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def of_user(cls) -> Seal | None:
        """The seal of the user; None where there is no place to keep a secret."""
        folder = _user_folder()
        if folder is None:
            return None
        file = folder / _NAME
        try:
            secret = _read(file)
            if secret is None:
                _write(file)
                secret = _read(file)
        except OSError:
            return None
        return None if secret is None else cls(secret)

    def on(self, *parts: bytes) -> bytes:
        """The seal on the parts, each of them with its length."""
        made = blake2b(key=self._secret, digest_size=self.length)
        for part in parts:
            made.update(len(part).to_bytes(8, "big"))
            made.update(part)
        return made.digest()

    def holds(self, seal: bytes, *parts: bytes) -> bool:
        """Whether a seal is that on the parts."""
        return hmac.compare_digest(seal, self.on(*parts))


def _user_folder() -> Path | None:
    """Where programs keep what they can make again (XDG base directory specification)."""
    if sys.platform == "win32":
        given, usual = os.environ.get("LOCALAPPDATA", ""), Path("AppData", "Local")
    else:
        caches = Path("Library", "Caches") if sys.platform == "darwin" else Path(".cache")
        given, usual = os.environ.get("XDG_CACHE_HOME", ""), caches
    try:
        base = Path(given) if Path(given).is_absolute() else Path.home() / usual
    except RuntimeError:  # there is no home
        return None
    return base / "asynclint"


def _read(file: Path) -> bytes | None:
    """The secret; None where there is none that nobody else can know."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | _at_once())
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        if not _is_private(os.fstat(opened.fileno())):
            return None
        secret = opened.read(_LENGTH + 1)
    return secret if len(secret) == _LENGTH else None


def _is_private(status: os.stat_result) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return False
    if sys.platform == "win32":  # the folder is the user's own
        return True
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


def _at_once() -> int:
    """A pipe in the place of a file must not keep the run waiting."""
    return getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def _write(file: Path) -> None:
    """Makes a secret; of two runs that do so at once, one has made its cache in vain."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_name(f"{_NAME}.{os.getpid()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(os.urandom(_LENGTH))
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
