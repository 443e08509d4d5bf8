"""Unified diffs that `patch -p1` and `git apply` take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff as compare

_ESCAPES = {"\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r"}


def unified_diff(before: str, after: str, path: str) -> str:
    """The changes from one text of a file to the next, "" where there are none.

    `path` is how the file is to be called from where the patch will be applied, with slashes.
    Lines end at line feeds and nowhere else, as for `diff`: carriage returns and form feeds are
    content. The diff of a text lacks what only the bytes have, an encoding and a byte order mark:
    what is printed for `patch` is `unified_diff_bytes`.
    """
    return "".join(_lines(before, after, path))


def unified_diff_bytes(before: bytes, after: bytes, path: str) -> bytes:
    """The same from bytes to bytes, in whatever encoding the file is; the path is in UTF-8."""
    # Latin-1 gives each byte a character, and a byte that is no line feed none.
    name = path.encode("utf-8", "surrogateescape").decode("latin-1")
    return unified_diff(before.decode("latin-1"), after.decode("latin-1"), name).encode("latin-1")


def _lines(before: str, after: str, path: str) -> Iterator[str]:
    headers = (_header("---", "a/", path), _header("+++", "b/", path))
    lines = compare(_split(before), _split(after), lineterm="\n")
    for number, line in enumerate(lines):
        if number < len(headers):
            yield headers[number]
        elif line.endswith("\n"):
            yield line
        else:
            yield f"{line}\n\\ No newline at end of file\n"


def _split(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _header(mark: str, prefix: str, path: str) -> str:
    """A line that names the file, in C quotes where it must be, as git writes it.

    A tab ends a name with blanks in it: without that, they would be taken for the time stamp.
    """
    name = prefix + path.removeprefix("./").lstrip("/")
    quoted = re.sub(r'[\x00-\x1f\x7f"\\]', _escape, name)
    if quoted != name:
        return f'{mark} "{quoted}"\n'
    return f"{mark} {name}\t\n" if " " in name else f"{mark} {name}\n"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return f"\\{character}"
    return f"\\{_ESCAPES[character]}" if character in _ESCAPES else f"\\{ord(character):03o}"
