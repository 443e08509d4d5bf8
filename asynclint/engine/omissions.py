"""What of a file was left out of the analysis: no fault of the file, but to be known."""

from __future__ import annotations

TOO_LARGE = "too large to be followed"
UNKNOWN = "written in syntax that libcst, which reads it, does not know"


class Omissions:
    """Remarks by file and row, taken down while files are checked."""

    def __init__(self) -> None:
        self._by_path: dict[str, dict[int, str]] = {}

    def note(self, path: str, row: int, what: str, why: str) -> None:
        """Takes down that a body, which begins on that row (1-based), is left out."""
        remark = f"{path}:{row}: left out of the analysis: {what}, {why}"
        self._by_path.setdefault(path, {}).setdefault(row, remark)

    def of(self, path: str) -> tuple[str, ...]:
        """The remarks on a file, in order of row."""
        return tuple(remark for _, remark in sorted(self._by_path.get(path, {}).items()))
