"""What safe fixes did to packages and to the outcomes of their tests: the data and their file."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A package. files, fixes: how many were changed and made. tests: how many were run.

    differing: the tests whose outcome is another after the fixes.
    """

    package: str
    version: str
    files: int = 0
    fixes: int = 0
    tests: int = 0
    differing: tuple[str, ...] = ()


def write_unchanged(entries: Sequence[Unchanged], path: Path) -> None:
    """Writes a line for each package."""
    lines = ",\n".join(json.dumps(asdict(each)) for each in entries)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def read_unchanged(text: str) -> list[Unchanged]:
    """The entries of a file. Raises ValueError, TypeError or KeyError where it is malformed."""
    return [
        Unchanged(**{**entry, "differing": tuple(entry["differing"])}) for entry in json.loads(text)
    ]
