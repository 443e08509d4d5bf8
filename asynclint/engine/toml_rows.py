"""On which row of a TOML text a key stands: parsers do not tell, and a message should."""

from __future__ import annotations

import re

_KEY = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*\[{{1,2}}\s*({_DOTTED})\s*\]")
_ASSIGNMENT = re.compile(rf"\s*({_DOTTED})\s*=")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def row_of(text: str, keys: tuple[str, ...]) -> int:
    """The 1-based row on which the key at the end of the path `keys` is written.

    Where a key stands inside an inline table, the row of that table; 0 where nothing is found.
    """
    table: tuple[str, ...] = ()
    best = (0, 0)
    for row, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            here = table = _parts(header[1])
        elif assignment := _ASSIGNMENT.match(line):
            here = (*table, *_parts(assignment[1]))
        else:
            continue
        if here == keys[: len(here)] and len(here) > best[0]:
            best = (len(here), row)
    return best[1]


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(next(filter(None, groups), "") for groups in _PART.findall(dotted))
