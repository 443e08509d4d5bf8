"""The rules, one file each; `all_rules` finds them, so there is no list to keep by hand."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from asynclint.rules.base import Report, Rule

__all__ = ["Report", "Rule", "all_rules"]


@lru_cache(maxsize=1)
def all_rules() -> tuple[type[Rule], ...]:
    """Every rule of this package, ordered by code."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return tuple(sorted(_leaves(Rule), key=lambda rule: rule.code))


def _leaves(base: type[Rule]) -> list[type[Rule]]:
    found: list[type[Rule]] = []
    for rule in base.__subclasses__():
        found.extend([rule] if "code" in rule.__dict__ else [])
        found.extend(_leaves(rule))
    return found
