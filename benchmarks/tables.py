"""Tables in Markdown, and the file of results: one section for each part, replaced by itself."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are numbers."""
    marks = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows))


def seconds(value: float) -> str:
    """A time: three digits that count."""
    if value >= 100:  # noqa: PLR2004 - from here on without a point
        return f"{value:,.0f} s"
    digits = 3 if value < 1 else 2 if value < 10 else 1  # noqa: PLR2004
    return f"{value:.{digits}f} s"


def times(value: float) -> str:
    """A ratio."""
    digits = 2 if value < 10 else 1 if value < 100 else 0  # noqa: PLR2004
    return f"{value:,.{digits}f}"


def megabytes(value: int) -> str:
    """Memory, in millions of bytes."""
    return f"{value / 1e6:,.0f} MB"


def with_section(text: str, title: str, body: str) -> str:
    """The text of a file of results with a section put in the place of the one of that title.

    A section that is new stands at the end. What stands before the first section stays.
    """
    section = f"## {title}\n\n{body.strip()}\n"
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    kept = [each.strip() + "\n" for each in sections]
    titles = [each.partition("\n")[0].removeprefix("## ") for each in kept]
    if title in titles:
        kept[titles.index(title)] = section
    else:
        kept.append(section)
    return "\n".join([head.strip() + "\n", *kept])


def write_section(path: Path, head: str, title: str, body: str) -> None:
    """Replaces a section of the file, which begins with `head` where it is new."""
    text = path.read_text(encoding="utf-8") if path.is_file() else head
    path.write_text(with_section(text, title, body), encoding="utf-8")
