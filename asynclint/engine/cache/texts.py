"""The texts of the program's files as a run saw them, to be compared with what they hold next time.

What a change of a file means for others is told by its two texts. To work out beforehand all that
somebody might ask of the old one would cost every run more than to keep it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping

from asynclint.engine.cache.signatures import data_now
from asynclint.model.asked import UNREAD, UNSETTLED, digest_of

_LEVEL = 1  # half as fast again as the next, and a sixth larger


class Texts:
    """Compressed texts by path."""

    def __init__(self, packed: Mapping[str, bytes] | None = None) -> None:
        self.packed = dict(packed or {})

    @classmethod
    def cut(cls, paths: Iterable[str], lengths: Iterable[int], data: memoryview) -> Texts:
        """The texts that lie end to end in some bytes."""
        packed: dict[str, bytes] = {}
        start = 0
        for path, length in zip(paths, lengths, strict=True):
            packed[path] = bytes(data[start : start + length])
            start += length
        return cls(packed)

    def get(self, path: str) -> bytes | None:
        """What a file held; None where it is not known."""
        packed = self.packed.get(path)
        return None if packed is None else zlib.decompress(packed)

    def now(
        self,
        digests: Mapping[str, str],
        before: Mapping[str, str],
        is_kept: Callable[[str], bool],
    ) -> Texts:
        """The texts that have these digests, of the files that are to be kept.

        before: the digests of these texts.
        """
        found: dict[str, bytes] = {}
        for path, digest in digests.items():
            if digest in (UNREAD, UNSETTLED) or not is_kept(path):
                continue
            if before.get(path) == digest and path in self.packed:
                found[path] = self.packed[path]
            elif (data := data_now(path)) is not None and digest_of(data) == digest:
                found[path] = zlib.compress(data, _LEVEL)
        return Texts(found)
