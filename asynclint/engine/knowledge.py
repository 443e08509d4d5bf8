"""The facts that hold for a run: those that come with the tool, and over them the user's."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from asynclint.facts import Fact, Facts, standard_facts
from asynclint.model.declared import Import

if TYPE_CHECKING:
    from asynclint.engine.settings import Settings
    from asynclint.model.declared import Module


def facts_for(settings: Settings) -> Facts:
    """The facts for a run: one shared object for equal facts of the user."""
    return _with(settings.facts)


@lru_cache(maxsize=8)
def _with(own: tuple[Fact, ...]) -> Facts:
    return Facts(own) if own else standard_facts()


def packages_used(module: Module, facts: Facts) -> frozenset[str]:
    """The top-level packages that a module imports anywhere and of which something is known."""
    imported = {
        binding.dotted.partition(".")[0]
        for scope in module.scopes()
        for bindings in scope.bindings.values()
        for binding in bindings
        if isinstance(binding, Import)
    }
    return frozenset(imported & facts.packages())
