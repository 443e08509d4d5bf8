"""What a person may write to choose rules, checked: `ASL`, `ASL1`, `ASL101`, `reused-coroutine`."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from asynclint import rules
from asynclint.engine.troubles import TROUBLES

if TYPE_CHECKING:
    from collections.abc import Iterable

#: As `difflib.get_close_matches` has it.
_NEAR = 0.6
_SHORTEST = len("ASL")


class UnknownSelectorError(ValueError):
    """No rule has this code, prefix or name. The text names the nearest one that exists."""


def known_codes() -> dict[str, str]:
    """Every name of a rule or trouble by its code, ordered by code."""
    named = {trouble.code: trouble.name for trouble in TROUBLES}
    named.update({rule.code: rule.name for rule in rules.all_rules()})
    return dict(sorted(named.items()))


def as_code(text: str) -> str:
    """The code or prefix of codes that a selector means. Raises UnknownSelectorError."""
    selector = text.strip()
    codes = known_codes()
    by_name = {name: code for code, name in codes.items()}
    if selector in by_name:
        return by_name[selector]
    prefixes = {prefix for code in codes for prefix in list(accumulate(code))[_SHORTEST - 1 :]}
    if selector in prefixes:
        return selector
    groups = {code[: _SHORTEST + 1] for code in codes}
    hint = did_you_mean(selector, (*codes, *by_name, *groups, "ASL"))
    message = f"unknown rule {selector!r}{hint}"
    raise UnknownSelectorError(message)


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """A hint to append to a message: the nearest known word, or nothing where none is near."""
    from difflib import SequenceMatcher

    def likeness(word: str) -> tuple[float, int]:
        """How alike, and how long alike from the beginning: that is how codes are grouped."""
        matcher = SequenceMatcher(None, word.lower(), text.lower())
        begin, _, length = matcher.find_longest_match()
        return matcher.ratio(), length if begin == 0 else 0

    near = max(sorted(known), key=likeness, default="")
    return f"; did you mean {near!r}?" if likeness(near)[0] >= _NEAR else ""
