"""Which encoding a source file is in: byte order mark and cookie, read as CPython reads them.

The language reference, section 2.1.4 "Encoding declarations" (PEP 263), says what counts; the
spellings of UTF-8 and Latin-1 that are taken for one another are those of
`Lib/tokenize.py:_get_normal_name` (3.13).
"""

from __future__ import annotations

import codecs
import re

from asynclint.source.errors import SourceError

_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
#: A cookie on the second line counts only below a line that holds no code.
_NO_CODE = re.compile(rb"[ \t\f]*(?:#.*)?$", re.DOTALL)
_LINE = re.compile(rb"[^\r\n]*")
_LINE_END = re.compile(rb"\r\n?|\n")
_DEFAULT = "utf-8"
#: Codecs for the names of hosts: to decode a file takes them the square of its length.
_NOT_FOR_FILES = frozenset({"punycode", "idna"})


def detect(data: bytes, path: str) -> tuple[str, bytes]:
    """The codec's name and the byte order mark (b"" if none) of a file's bytes.

    Raises SourceError where the cookie names a codec that does not exist or is not for text, or
    contradicts the byte order mark.
    """
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    cookie = _cookie(data, len(bom))
    if cookie is None:
        return _DEFAULT, bom
    row, column, name = cookie
    encoding = _normal_name(name)
    if bom and encoding != _DEFAULT:
        message = f"encoding declared as {name}, but the file starts with a UTF-8 byte order mark"
        raise SourceError(path, row, column, message)
    if not _is_text_codec(encoding):
        raise SourceError(path, row, column, f"unknown encoding: {name}")
    return encoding, bom


def _cookie(data: bytes, start: int) -> tuple[int, int, str] | None:
    """Row and column (1-based) of the encoding's name, and the name as it is written."""
    for row in (1, 2):
        line = _LINE.match(data, start)
        if line is None:  # cannot be: the pattern matches the empty line
            return None
        if found := _COOKIE.match(line[0]):
            return row, found.start(1) + 1, found[1].decode("ascii")
        end = _LINE_END.match(data, line.end())
        if end is None or not _NO_CODE.match(line[0]):
            return None
        start = end.end()
    return None


def _normal_name(name: str) -> str:
    spelling = name[:12].lower().replace("_", "-")
    if spelling == "utf-8" or spelling.startswith("utf-8-"):
        return _DEFAULT
    latin = ("latin-1", "iso-8859-1", "iso-latin-1")
    if spelling in latin or spelling.startswith(tuple(f"{each}-" for each in latin)):
        return "iso-8859-1"
    return name


def _is_text_codec(name: str) -> bool:
    try:
        if codecs.lookup(name).name in _NOT_FOR_FILES:
            return False
        b" ".decode(name)  # of no bytes at all, CPython does not even look for the codec
    except LookupError:  # also for codecs such as `hex`, which turn bytes into bytes
        return False
    except UnicodeError:  # the codec exists, and dislikes that input (`undefined`)
        return True
    return True
