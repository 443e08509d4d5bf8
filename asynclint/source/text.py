"""One file as bytes and as text, and the way between offsets, rows and columns."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from asynclint.findings import Position
from asynclint.source.encoding import detect
from asynclint.source.errors import SourceError

__all__ = ["Source", "SourceError", "decode", "from_text", "read_source"]

#: Where CPython ends a physical line (language reference, 2.1.2). Form feeds and the other
#: characters at which `str.splitlines` splits do not end one.
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Source:
    """A file that could be decoded.

    path: as it is shown to people. data: the file's bytes. text: what they say, without the byte
    order mark and with the newlines as they stand. encoding: name of the codec. bom: b"" or the
    UTF-8 byte order mark.
    """

    path: str
    data: bytes
    text: str
    encoding: str
    bom: bytes
    is_stdin: bool = False

    def packed(self, data: bytes) -> Packed:
        """What the text can be made of again; data: the file's bytes, or equal ones."""
        return Packed(self.path, data, self.encoding, self.bom, self.is_stdin)

    @cached_property
    def line_starts(self) -> array[int]:
        """0-based offset of each physical line, the empty one behind a final newline included."""
        if "\r" in self.text:
            return array("L", (0, *(end.end() for end in _LINE_END.finditer(self.text))))
        lengths = (len(line) + 1 for line in self.text.split("\n"))
        return array("L", accumulate(lengths, initial=0))[:-1]

    @cached_property
    def newline(self) -> str:
        r"""The newline that most lines of the file end with; "\n" where there is none."""
        crlf = self.text.count("\r\n")
        counts = {
            "\n": self.text.count("\n") - crlf,
            "\r\n": crlf,
            "\r": self.text.count("\r") - crlf,
        }
        return max(counts, key=lambda newline: counts[newline])

    def offset(self, row: int, column: int) -> int:
        """0-based character offset of a 1-based row and a 0-based column in characters."""
        return self.line_starts[row - 1] + column

    def position(self, offset: int) -> Position:
        """The 1-based row and column of a 0-based character offset."""
        row = bisect_right(self.line_starts, offset)
        return Position(row, offset - self.line_starts[row - 1] + 1)

    def line(self, row: int) -> str:
        """The text of a 1-based row, without its newline; "" for a row that is not there."""
        if not 1 <= row <= len(self.line_starts):
            return ""
        start = self.line_starts[row - 1]
        end = self.line_starts[row] if row < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def utf8_column(self, row: int, byte_column: int) -> int:
        """0-based column in characters of a 0-based column in UTF-8 bytes, as `ast` counts them."""
        line = self.line(row)
        if line.isascii():
            return byte_column
        return len(line.encode("utf-8")[:byte_column].decode("utf-8", "ignore"))


class Packed(NamedTuple):
    """A Source without its text, which takes as much room as the bytes; fields as there."""

    path: str
    data: bytes
    encoding: str
    bom: bytes
    is_stdin: bool

    def unpacked(self) -> Source:
        """The Source that was packed."""
        # Only what `from_text` was given can hold lone surrogates, and that is UTF-8.
        errors = "surrogatepass" if self.encoding == "utf-8" else "strict"
        text = self.data[len(self.bom) :].decode(self.encoding, errors)
        return Source(self.path, self.data, text, self.encoding, self.bom, self.is_stdin)


def decode(data: bytes, path: str, *, is_stdin: bool = False) -> Source:
    """Bytes to text by byte order mark and cookie, newlines untouched.

    Raises SourceError, with row and column, for an unknown codec, bytes that the codec does not
    know, and null bytes, which CPython refuses in any encoding.
    """
    if (null := data.find(b"\0")) >= 0:
        row, column = _place_of_byte(data, null)
        raise SourceError(path, row, column, "source code cannot contain null bytes")
    encoding, bom = detect(data, path)
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        at = error.start + len(bom)
        row, column = _place_of_byte(data, at)
        message = f"byte 0x{data[at]:02x} is not {encoding}: {error.reason}"
        raise SourceError(path, row, column, message) from error
    except UnicodeError as error:
        raise SourceError(path, 1, 1, f"cannot be decoded as {encoding}: {error}") from error
    return Source(path, data, text, encoding, bom, is_stdin)


def from_text(text: str, path: str, *, is_stdin: bool = False) -> Source:
    """A Source of text that someone else has decoded, as if its file were UTF-8."""
    return Source(path, text.encode("utf-8", "surrogatepass"), text, "utf-8", b"", is_stdin)


def read_source(path: str) -> Source:
    """The file at `path`. Raises OSError, or SourceError as `decode` does."""
    return decode(Path(path).read_bytes(), path)


def _place_of_byte(data: bytes, at: int) -> tuple[int, int]:
    """Row and column, 1-based, of a byte; the column counts bytes: the line may not be text."""
    before = data[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1, len(before) - (before.rfind(b"\n") + 1) + 1
