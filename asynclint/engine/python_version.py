"""Python versions as people write them."""

from __future__ import annotations

import re

_NAME = re.compile(r"(?:py3|3\.)(\d{1,2})")
#: A clause of a version specifier that says from where on (PEP 440).
_FROM = re.compile(r"(?:>=|~=|===?|>)\s*3\.(\d{1,2})(?!\d)")


def from_name(text: str) -> tuple[int, int] | None:
    """`py311` or `3.11` as (3, 11), None for anything else."""
    match = _NAME.fullmatch(text.strip())
    return (3, int(match[1])) if match else None


def from_requirement(text: str) -> tuple[int, int] | None:
    """The oldest Python that a project's `requires-python` admits; None where it names none."""
    minors = [int(match[1]) for clause in text.split(",") if (match := _FROM.match(clause.strip()))]
    return (3, max(minors)) if minors else None
