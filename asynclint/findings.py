"""Plain frozen data that every layer above shares: places, findings, fixes.

Rows and columns are 1-based and count characters, as editors and ruff's JSON do. Edits count
0-based characters of the file's decoded text (`Source.text`), end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A point in a file: 1-based row, 1-based column in characters."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Place:
    """One step of a trace: a range of a file and what happened there.

    `end` is exclusive: the position just behind the last character.
    """

    path: str
    start: Position
    end: Position
    message: str


class Applicability(Enum):
    """Whether a fix may be applied without asking (as ruff names the three levels)."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY_ONLY = "display-only"

    @classmethod
    def applied(cls, *, unsafe: bool) -> frozenset[Applicability]:
        """The levels that `fix` applies, with or without those that change behaviour."""
        return frozenset({cls.SAFE, cls.UNSAFE} if unsafe else {cls.SAFE})


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text between two offsets (0-based characters, end exclusive) by `text`.

    path: the file that is edited, as it is shown to people; "" for the file of the finding.
    """

    start: int
    end: int
    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together: all are applied, or none.

    `message` says in one line what the fix does, and why it is unsafe where it is. otherwise: what
    to do where this cannot be done, as when it edits files that must not be touched.
    """

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]
    otherwise: Fix | None = None

    @property
    def spreads(self) -> bool:
        """Whether it edits other files than that of the finding."""
        return any(edit.path for edit in self.edits)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: what, where, how it came about (`related`, in order), and perhaps its cure.

    `root` is where its cause stands, if that is elsewhere: the start of the event loop, the call
    that makes the coroutine object. Findings with one cause are one story.
    """

    code: str
    name: str
    message: str
    path: str
    start: Position
    end: Position
    related: tuple[Place, ...] = field(default=())
    fix: Fix | None = None
    root: Place | None = None

    @property
    def cause(self) -> tuple[str, Position]:
        """The path and the place of the cause: the same for all findings of one story."""
        return (self.path, self.start) if self.root is None else (self.root.path, self.root.start)

    @property
    def url(self) -> str:
        """Address of the rule's page."""
        return rule_url(self.code, self.name)

    @property
    def sort_key(self) -> tuple[str, Position, str, Position, str]:
        """Order of reports: by file, then place, then code; total, so runs are repeatable."""
        return (self.path, self.start, self.code, self.end, self.message)


@dataclass(frozen=True, slots=True)
class Failure:
    """The run itself failed on a file (an internal error): reported apart, exit status 2.

    A file that merely cannot be read, decoded or parsed is no failure of the run: it gets a
    Finding (ASL001 syntax-error, ASL002 unreadable-file) and the run goes on.
    """

    path: str
    message: str
    row: int = 1


def rule_url(code: str, name: str) -> str:
    """Address of a rule's page in the project's documentation."""
    return f"https://github.com/asynclint/asynclint/blob/main/docs/rules/{code}-{name}.md"
