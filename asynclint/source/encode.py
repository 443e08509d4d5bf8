"""From a changed text back to the bytes of its file."""

from __future__ import annotations

from bisect import bisect_left

from asynclint.source.errors import SourceError
from asynclint.source.text import Source, decode


class CannotEncode(Exception):  # noqa: N818 - named for what it says
    """A changed text cannot stand in its file as that is encoded: the file's path, and why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def encode_text(source: Source, text: str) -> bytes:
    """The bytes of a file whose text was `source.text` and is to be `text`.

    Only what lies between the common beginning and the common end of both texts is encoded; the
    bytes around it are those of `source.data`. Raises CannotEncode if the encoding lacks a
    character, if the bytes around the change cannot be told apart from it, or if the file would no
    longer be read as `text` (as when its encoding declaration was moved).
    """
    return changed_source(source, text).data


def changed_source(source: Source, text: str) -> Source:
    """The same file with a changed text, read from the bytes that `encode_text` gives."""
    start, end = _common(source.text, text)
    before = _encode(source, source.text[:start])
    after = _encode(source, source.text[len(source.text) - end :])
    middle = _encode(source, text[start : len(text) - end])
    body = source.data[len(source.bom) :]
    # A codec with more than one way to write a character, or with states, may fail here.
    if not (body.startswith(before) and body.endswith(after)):
        reason = f"a text in {source.encoding} cannot be changed in part without rewriting it"
        raise CannotEncode(source.path, reason)
    changed = _decode(source, source.bom + before + middle + after)
    if changed is None or (changed.text, changed.encoding) != (text, source.encoding):
        raise CannotEncode(source.path, f"the result would not be read as {source.encoding}")
    return changed


def _encode(source: Source, text: str) -> bytes:
    try:
        return text.encode(source.encoding)
    except UnicodeEncodeError as error:
        character = error.object[error.start]
        reason = f"{character!r} cannot be written in {source.encoding}, the file's encoding"
        raise CannotEncode(source.path, reason) from error


def _decode(source: Source, data: bytes) -> Source | None:
    try:
        return decode(data, source.path, is_stdin=source.is_stdin)
    except SourceError:
        return None


def _common(before: str, after: str) -> tuple[int, int]:
    """How many characters the texts share at their beginning, and of the rest at their end."""
    shorter = min(len(before), len(after))
    # Slices compare at the speed of memory: a few of half the length beat a loop over characters.
    start = bisect_left(range(1, shorter + 1), True, key=lambda n: before[:n] != after[:n])
    rest = range(1, shorter - start + 1)
    return start, bisect_left(rest, True, key=lambda n: before[-n:] != after[-n:])
