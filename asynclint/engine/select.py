"""Which rules run on which file: select, ignore, extend-select and per-file-ignores."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from asynclint import rules
from asynclint.engine.patterns import Patterns
from asynclint.engine.troubles import TROUBLE_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asynclint.engine.settings import Settings
    from asynclint.rules import Rule


def rules_for(settings: Settings, path: str) -> tuple[type[Rule], ...]:
    """The rules that run on the file at `path`, ordered by code."""
    hidden = _hidden_in_file(settings, path)
    return tuple(rule for rule in _enabled(settings) if not rule.code.startswith(hidden))


def is_on(code: str, settings: Settings, *, default: bool) -> bool:
    """Whether a rule is selected: the longer prefix decides, and ignoring wins a tie.

    A rule that is off by default needs its full code; a prefix does not turn it on.
    """
    chosen = (*settings.select, *settings.extend_select)
    wanted = longest(chosen if default else (each for each in chosen if each == code), code)
    return wanted > longest(settings.ignore, code)


def shows_trouble(code: str, settings: Settings, path: str) -> bool:
    """Whether a file's trouble (ASL001 syntax-error and the like) is to be reported.

    It is, unless it is ignored by its own code or group: choosing rules, as with `--select ASL1`,
    must not hide that a file was left out.
    """
    off = (*settings.ignore, *_hidden_in_file(settings, path))
    return not any(each.startswith(TROUBLE_GROUP) and code.startswith(each) for each in off)


def longest(prefixes: Iterable[str], code: str) -> int:
    """Length of the longest of the prefixes that the code starts with, -1 where there is none."""
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


@lru_cache(maxsize=16)
def _enabled(settings: Settings) -> tuple[type[Rule], ...]:
    every = rules.all_rules()
    return tuple(rule for rule in every if is_on(rule.code, settings, default=rule.default))


@lru_cache(maxsize=16)
def _per_file(settings: Settings) -> tuple[tuple[bool, Patterns, tuple[str, ...]], ...]:
    """Each entry: whether its pattern must match (`!`: must not), the pattern, the codes."""
    entries = settings.per_file_ignores
    return tuple(
        (not pattern.startswith("!"), Patterns([pattern.removeprefix("!")], settings.root), codes)
        for pattern, codes in entries
    )


def _hidden_in_file(settings: Settings, path: str) -> tuple[str, ...]:
    """The codes that per-file-ignores names for this file, as prefixes."""
    return tuple(
        code
        for wanted, pattern, codes in _per_file(settings)
        if pattern.match(path) is wanted
        for code in codes
    )
