"""What is wrong with a file that cannot become text."""

from __future__ import annotations


class SourceError(Exception):
    """A file's bytes are no Python source: path, 1-based row and column, and the reason."""

    def __init__(self, path: str, row: int, column: int, message: str) -> None:
        super().__init__(path, row, column, message)
        self.path = path
        self.row = row
        self.column = column
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}:{self.row}:{self.column}: {self.message}"
