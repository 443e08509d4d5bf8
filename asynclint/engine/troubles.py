"""Files that could not be analysed: findings about a file as a whole, which no rule makes."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import cleandoc

from asynclint.findings import Finding, Position

#: What the codes of troubles start with, and those of rules do not.
TROUBLE_GROUP = "ASL0"


@dataclass(frozen=True)
class Trouble:
    """A code that stands outside the rules: always on, unless it is ignored by name."""

    code: str
    name: str
    text: str

    def page(self) -> str:
        """The page as Markdown, without its title."""
        return cleandoc(self.text)

    def summary(self) -> str:
        """The first line of the page, without a final full stop."""
        return self.page().partition("\n")[0].rstrip(".")

    def at(self, path: str, row: int, column: int, message: str) -> Finding:
        """The finding at a point of a file: 1-based row and column."""
        point = Position(row, column)
        return Finding(self.code, self.name, message, path, point, point)


SYNTAX_ERROR = Trouble(
    "ASL001",
    "syntax-error",
    """
    The file is not valid Python for the interpreter that runs asynclint.

    ## What it does
    Reports the place at which CPython's own parser gives up. Nothing else is said of the file.

    ## Why is this bad?
    A file that does not parse cannot be checked: faults in it stay hidden.

    Code that needs a newer Python than the one that runs asynclint gives this finding too.
    """,
)

UNREADABLE_FILE = Trouble(
    "ASL002",
    "unreadable-file",
    """
    The file could not be read, decoded or taken in.

    ## What it does
    Reports a file or folder that the system refuses to open, a file whose bytes do not fit its
    declared encoding (with the row), one that holds null bytes, one that is larger than 2 MiB, and
    one that is nested so deeply that CPython's parser cannot build its tree. All other files are
    checked.

    A single function that is too large to be followed, or that is written in syntax which the tool
    does not know, is no such trouble: the rest of its file is checked, and a note on standard error
    says what was left out.

    ## Why is this bad?
    Faults in a file that cannot be read stay hidden.
    """,
)

INTERNAL_ERROR = Trouble(
    "ASL003",
    "internal-error",
    """
    asynclint failed on this file; please report it.

    ## What it does
    Marks a file on which the analysis itself broke, where the tool runs inside flake8. On the
    command line the same is written to standard error, and the exit status is 2.

    ## Why is this bad?
    It is a fault of asynclint. Faults of the file may stay hidden.
    """,
)

TROUBLES = (SYNTAX_ERROR, UNREADABLE_FILE, INTERNAL_ERROR)
