"""The tables of `[tool.asynclint.facts]`: what the user says of callables, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.engine.config_values import BadValueError, shown
from asynclint.engine.selectors import did_you_mean
from asynclint.facts.tables import FactError, facts_of

if TYPE_CHECKING:
    from asynclint.facts import Fact

_SOURCE = "[tool.asynclint.facts]"


def facts(value: object) -> tuple[Fact, ...]:
    """A table of facts by dotted name, in the vocabulary of `asynclint/facts/schema.py`.

    A table need not name its source. Raises BadValueError.
    """
    if not isinstance(value, dict):
        message = f"must be a table of dotted names, not {shown(value)}"
        raise BadValueError(message)
    found: dict[str, Fact] = {}
    for name, table in value.items():
        for fact in _facts_at(str(name), table):
            for spelling in (fact.name, *fact.aliases):
                if spelling in found:
                    message = f"{spelling} is described twice"
                    raise BadValueError(message, str(name))
                found[spelling] = fact
    return tuple({fact.name: fact for fact in found.values()}.values())


def _facts_at(name: str, table: object) -> list[Fact]:
    _check_name(name, table)
    try:
        return facts_of(name, table, _SOURCE)
    except FactError as error:
        hint = did_you_mean(error.word, error.known) if error.word else ""
        message = f"{name!r}: {error}{hint}"
        raise BadValueError(message, name, *error.keys) from error


def _check_name(name: str, table: object) -> None:
    """Raises BadValueError for what is no dotted name, or one that was written without quotes."""
    parts = name.split(".")
    if len(parts) > 1 and all(part.isidentifier() for part in parts):
        return
    message = f"{name!r} is no dotted name such as 'package.function'"
    way, inner = [name], table
    while isinstance(inner, dict) and inner:
        key, inner = next(iter(inner.items()))
        way.append(str(key))
    if len(way) > 2:  # noqa: PLR2004 - TOML has read more parts of a name than one, and a key
        way.pop()
        quoted = f'[tool.asynclint.facts."{".".join(way)}"]'
        message = f"{message}; write dotted names in quotes: {quoted}"
    raise BadValueError(message, *way)
