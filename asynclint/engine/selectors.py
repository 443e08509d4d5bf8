"""What a person may write to choose rules, checked: `ASL`, `ASL1`, `ASL101`, `reused-coroutine`."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import accumulate

from asynclint import rules
from asynclint.engine.troubles import TROUBLES

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
    message = f"unknown rule {selector!r}{did_you_mean(selector, (*codes, *by_name, *prefixes))}"
    raise UnknownSelectorError(message)


def did_you_mean(text: str, known: tuple[str, ...]) -> str:
    """A hint to append to a message: the nearest known word, or nothing where none is near."""
    words = {word.lower(): word for word in sorted(known)}
    near = get_close_matches(text.lower(), words, n=1)
    return f"; did you mean {words[near[0]]!r}?" if near else ""
