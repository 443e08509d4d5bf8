"""What becomes of files that are repaired: plain data between the steps of a run of `fix`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asynclint.engine.result import Examined
    from asynclint.source.text import Source


@dataclass(frozen=True, slots=True)
class How:
    """unsafe: whether unsafe fixes are applied. write: whether files are written at all.

    spread: whether a fix may edit other files of the run than that in which the fault is found.
    """

    unsafe: bool
    write: bool
    spread: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A file that was, or would be, changed: its bytes before and after, and how many fixes."""

    path: str
    before: bytes
    after: bytes
    applied: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of one file; `examined` tells of the text that came out.

    before, after: the file as it was read and as it is to be, where there is something to say of
    it. applied: how many fixes were made.
    """

    examined: Examined
    before: Source | None = None
    after: Source | None = None
    applied: int = 0
    notes: tuple[str, ...] = ()

    @property
    def change(self) -> Change | None:
        """What is to be written."""
        if self.before is None or self.after is None or self.before.data == self.after.data:
            return None
        return Change(self.before.path, self.before.data, self.after.data, self.applied)
