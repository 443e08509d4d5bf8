"""One table of a facts file, checked and turned into facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, replace
from enum import Enum
from typing import Any

from asynclint.facts.schema import (
    DECORATES,
    EFFECTS,
    Accepts,
    Calls,
    Consumes,
    Fact,
    How,
    Kind,
    Members,
    Outcome,
    Where,
)

_ENUMS: dict[str, type[Enum]] = {
    "how": How,
    "accepts": Accepts,
    "where": Where,
    "outcome": Outcome,
    "kind": Kind,
}
#: The words that a key takes.
_WORDS = {key: tuple(str(each.value) for each in words) for key, words in _ENUMS.items()} | {
    "effect": tuple(sorted(EFFECTS)),
    "decorates": tuple(sorted(DECORATES)),
}
_PARTS: dict[str, type[Consumes | Calls]] = {"consumes": Consumes, "calls": Calls}
_TABLES = ("attributes", "coroutine-results", "function-results")
_NUMBERS = ("iterates", "elements", "stores", "reads")
_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool}
_Part = type[Fact] | type[Consumes] | type[Calls] | type[Members]
#: The keys that each class of the schema knows, with the types of their values as it spells them.
_KEYS: dict[_Part, dict[str, str]] = {
    cls: {f.name: str(f.type) for f in fields(cls) if f.name != "name" or cls is not Fact}
    for cls in (Fact, Consumes, Calls, Members)
}


class FactError(ValueError):
    """A table that does not fit the schema.

    keys: the way to what is at fault, inside the table, as it is written. word: what stands there
    and is not known, '' where something else is wrong; known: the words that could stand there.
    """

    def __init__(
        self, message: str, *keys: str, word: str = "", known: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.keys = keys
        self.word = word
        self.known = known


def facts_of(name: str, table: object, source: str = "") -> list[Fact]:
    """The facts of one table: that of the dotted name first, then those of its members.

    Keys may be written with hyphens. source: what is the source where the table names none. Raises
    FactError.
    """
    if not isinstance(table, dict):
        raise FactError(f"expected a table, got {table!r}")
    short = {k: v for k, v in table.items() if _key(k) in _KEYS[Members]}
    rest = {k: v for k, v in table.items() if k not in short} if short else table
    members = _values(Members, short)
    fact = Fact(name=name, **{"source": source, **_values(Fact, rest)})
    if not fact.source.strip():
        raise FactError("names no source")
    is_class = fact.kind is Kind.CLASS
    for written in sorted(short):
        if is_class == (_key(written) == "enters"):
            raise FactError(f"a {fact.kind.value} has no {written!r}", written)
    if "enters" in members:
        if fact.returns:
            raise FactError("'returns' and 'enters' exclude each other", "enters")
        fact = replace(fact, returns=f"{name}()")
    return [fact, *_members(fact, Members(**members))] if short else [fact]


def _members(owner: Fact, members: Members) -> Iterator[Fact]:
    for name in members.coroutine_methods:
        yield Fact(f"{owner.name}.{name}", owner.source, Kind.COROUTINE)
    for name, returns in members.coroutine_results:
        yield Fact(f"{owner.name}.{name}", owner.source, Kind.COROUTINE, returns)
    for name, returns in members.function_results:
        yield Fact(f"{owner.name}.{name}", owner.source, Kind.FUNCTION, returns)
    for name, returns in members.attributes:
        yield Fact(f"{owner.name}.{name}", owner.source, Kind.ATTRIBUTE, returns)
    if members.enters:
        opened = f"{owner.name}()"
        yield Fact(opened, owner.source, Kind.CLASS)
        yield Fact(f"{opened}.__await__", owner.source, Kind.FUNCTION, members.enters)
        yield Fact(f"{opened}.__enter__", owner.source, Kind.FUNCTION, members.enters)
        yield Fact(f"{opened}.__aenter__", owner.source, Kind.COROUTINE, members.enters)


def _key(written: str) -> str:
    return written.replace("-", "_")


def _values(cls: _Part, table: Mapping[str, object]) -> dict[str, Any]:
    """The keyword arguments for a class of the schema. Raises FactError for what does not fit."""
    expected = _KEYS[cls]
    values: dict[str, Any] = {}
    for written, value in table.items():
        key = _key(written)
        if key not in expected:
            known = (*expected, *(_KEYS[Members] if cls is Fact else ()))
            words = tuple(name.replace("_", "-") for name in known)
            raise FactError(f"unknown key {written!r}", written, word=written, known=words)
        try:
            values[key] = _value(key.replace("_", "-"), expected[key], value)
        except FactError as error:
            raise FactError(
                str(error), written, *error.keys, word=error.word, known=error.known
            ) from error
    return values


def _value(key: str, kind: str, value: object) -> object:
    if key in _WORDS:
        _check_word(key, value, _WORDS[key])
        return _ENUMS[key](value) if key in _ENUMS else value
    if key in _PARTS:
        return tuple(_part(_PARTS[key], key, each) for each in _list(key, value, dict))
    if key in _TABLES:
        return _pairs(key, value)
    if kind.startswith("tuple"):
        return tuple(_list(key, value, int if key in _NUMBERS else str))
    if type(value) is not _TYPES[kind]:
        raise FactError(f"{key} wants {kind}, got {value!r}")
    return value


def _check_word(key: str, value: object, known: tuple[str, ...]) -> None:
    if not isinstance(value, str):
        raise FactError(f"{key} wants str, got {value!r}")
    if value not in known:
        raise FactError(f"unknown {key} {value!r}", word=value, known=known)


def _list(key: str, value: object, item: type) -> list[Any]:
    if not isinstance(value, list) or any(type(entry) is not item for entry in value):
        raise FactError(f"{key} wants a list of {item.__name__}, got {value!r}")
    return value


def _pairs(key: str, value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or any(type(each) is not str for each in value.values()):
        raise FactError(f"{key} wants a table of str, got {value!r}")
    return tuple(value.items())


def _part(cls: type[Consumes | Calls], key: str, table: dict[str, object]) -> Consumes | Calls:
    values = _values(cls, table)
    for needed in fields(cls):
        if needed.default is MISSING and needed.name not in values:
            raise FactError(f"an entry of {key} has no {needed.name!r}")
    return cls(**values)
