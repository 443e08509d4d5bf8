"""Knowledge about libraries as data: one TOML file a library, read when a module imports it."""

from asynclint.facts.loader import Facts, standard_facts
from asynclint.facts.schema import (
    DECORATED,
    Accepts,
    Calls,
    Consumes,
    Fact,
    How,
    Kind,
    Outcome,
    Where,
)

__all__ = [
    "DECORATED",
    "Accepts",
    "Calls",
    "Consumes",
    "Fact",
    "Facts",
    "How",
    "Kind",
    "Outcome",
    "Where",
    "standard_facts",
]
