"""`# noqa` comments, honoured exactly as flake8 honours them.

Read in flake8 6.0 to 7.5: `defaults.py` (both patterns), `violation.py:is_inline_ignored` (codes
are prefixes and keep their case), `processor.py:_noqa_line_mapping` (a comment counts for every
line of its multi-line string or backslash continuation) and `processor.py:should_ignore_file` (the
comment stands first on its line; codes behind it are not read: the whole file is left out).
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asynclint.source.text import Source

_WORD = re.compile("noqa", re.IGNORECASE)
_INLINE = re.compile(
    r"# noqa(?::[\s]?(?P<codes>([A-Z]+[0-9]+(?:[,\s]+)?)+))?",
    re.IGNORECASE,
)
_WHOLE_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,\s]")
_OUTSIDE_LINES = frozenset({tokenize.ENDMARKER, tokenize.DEDENT})
_LINE_ENDS = frozenset({tokenize.NL, tokenize.NEWLINE})


@dataclass(frozen=True)
class Suppressions:
    """The `noqa` comments of one file. To read them may cost a tokenizer run: ask on a finding."""

    source: Source

    @classmethod
    def of(cls, source: Source) -> Suppressions:
        """The suppressions of a file; nothing is read until it is asked for."""
        return cls(source)

    def hides(self, code: str, row: int) -> bool:
        """Whether a comment hides a finding with this code on this 1-based row."""
        if not self._has_any:
            return False
        if self._whole_file:
            return True
        match = _INLINE.search(self._text_around(row))
        if match is None:
            return False
        codes = match["codes"]
        if codes is None:
            return True
        return code.startswith(tuple(filter(None, _SEPARATOR.split(codes))))

    def comment_row(self, row: int) -> int:
        """The 1-based row at whose end a `# noqa` for this row can be written."""
        return self._ranges.get(row, (row, row))[1]

    @cached_property
    def _has_any(self) -> bool:
        return _WORD.search(self.source.text) is not None

    @cached_property
    def _whole_file(self) -> bool:
        return any(_WHOLE_FILE.match(line) for line in self._lines)

    @cached_property
    def _lines(self) -> list[str]:
        text = self.source.text.replace("\r\n", "\n").replace("\r", "\n")
        return list(io.StringIO(text))

    def _text_around(self, row: int) -> str:
        first, last = self._ranges.get(row, (row, row))
        return "".join(self._lines[first - 1 : last])

    @cached_property
    def _ranges(self) -> dict[int, tuple[int, int]]:
        """First and last row of what belongs together, for each row of several."""
        try:
            found = list(self._joined_rows())
        except (tokenize.TokenError, SyntaxError):
            return {}  # as flake8: each line stands for itself
        return {row: (first, last) for first, last in found for row in range(first, last + 1)}

    def _joined_rows(self) -> Iterator[tuple[int, int]]:
        nothing = (len(self._lines) + 2, -1)
        first, last = nothing
        lines = iter(self._lines)
        for token in tokenize.generate_tokens(lambda: next(lines, "")):
            if token.type in _OUTSIDE_LINES:
                continue
            first = min(first, token.start[0])
            last = max(last, token.end[0])
            if token.type in _LINE_ENDS:
                if first < last:
                    yield first, last
                first, last = nothing
