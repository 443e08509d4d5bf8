"""The facts that hold for a run: those that come with the tool, and over them the user's."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from asynclint.facts import Fact, Facts, standard_facts

if TYPE_CHECKING:
    from asynclint.engine.settings import Settings


def facts_for(settings: Settings) -> Facts:
    """The facts for a run: one shared object for equal facts of the user."""
    return _with(settings.facts)


@lru_cache(maxsize=8)
def _with(own: tuple[Fact, ...]) -> Facts:
    return Facts(own) if own else standard_facts()
