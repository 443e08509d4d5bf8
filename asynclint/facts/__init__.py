"""Knowledge about libraries as data: one TOML file a library, read when a module imports it."""

from asynclint.facts.loader import Facts, standard_facts
from asynclint.facts.schema import Accepts, Calls, Consumes, Fact, How, Kind, Outcome, Where

__all__ = [
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
