"""Reads facts files into `Fact` objects, those of a top-level package when it is asked for.

The facts about a package `p` stand in `p.toml` and, where they are many, in `p-*.toml` beside it.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from asynclint.facts.schema import (
    DECORATES,
    EFFECTS,
    Accepts,
    Calls,
    Consumes,
    Fact,
    How,
    Kind,
    Outcome,
    Where,
)

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser under the name that it has on PyPI
    import tomli as tomllib

if TYPE_CHECKING:
    from importlib.abc import Traversable

_ENUMS = {"how": How, "accepts": Accepts, "where": Where, "outcome": Outcome, "kind": Kind}
_NUMBERS = ("iterates", "elements", "stores", "reads")
_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool}


def parse_facts(text: str, origin: str) -> dict[str, Fact]:
    """The facts of one TOML text by dotted name, aliases included.

    `origin` names the text in error messages. Keys may be written with hyphens. Raises ValueError
    that names the table at fault: no TOML, an unknown key, a value of the wrong type, no source.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{origin}: {error}") from error
    facts: dict[str, Fact] = {}
    for name, table in tables.items():
        try:
            fact = _fact(name, table)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{origin}: table {name!r}: {error}") from error
        for spelling in (name, *fact.aliases):
            if spelling in facts:
                raise ValueError(f"{origin}: table {name!r}: {spelling} is described twice")
            facts[spelling] = fact
    return facts


def _fact(name: str, table: object) -> Fact:
    if not isinstance(table, dict):
        raise TypeError(f"expected a table, got {table!r}")
    values = _values(Fact, table)
    values["consumes"] = tuple(Consumes(**_values(Consumes, e)) for e in table.get("consumes", ()))
    values["calls"] = tuple(Calls(**_values(Calls, e)) for e in table.get("calls", ()))
    fact = Fact(name=name, **values)
    if not fact.source.strip():
        raise ValueError("names no source")
    if fact.effect not in EFFECTS:
        raise ValueError(f"unknown effect {fact.effect!r}")
    if fact.decorates not in DECORATES:
        raise ValueError(f"unknown decorates {fact.decorates!r}")
    return fact


def _values(cls: type[Fact | Consumes | Calls], table: dict[str, object]) -> dict[str, Any]:
    """The keyword arguments for a class of the schema; raises ValueError for what does not fit."""
    expected = {f.name: str(f.type) for f in fields(cls) if f.name != "name" or cls is not Fact}
    values: dict[str, Any] = {}
    for written, value in table.items():
        key = written.replace("-", "_")
        if key not in expected:
            raise ValueError(f"unknown key {written!r}")
        values[key] = _value(key, expected[key], value)
    return values


def _value(key: str, kind: str, value: object) -> object:
    if key in _ENUMS:
        return _ENUMS[key](value)
    if kind.startswith("tuple"):
        item = dict if key in ("consumes", "calls") else int if key in _NUMBERS else str
        if not isinstance(value, list) or any(type(entry) is not item for entry in value):
            raise ValueError(f"{key} wants a list of {item.__name__}, got {value!r}")
        return tuple(value)
    if type(value) is not _TYPES[kind]:
        raise ValueError(f"{key} wants {kind}, got {value!r}")
    return value


class Facts:
    """Facts by canonical dotted name; files are read when their package is first asked for."""

    def __init__(self) -> None:
        self._packages: dict[str, dict[str, Fact]] = {}

    def get(self, name: str) -> Fact | None:
        """The fact of a dotted name such as `asyncio.run`, or None.

        A method may be spelled through an alias of its class (`asyncio.queues.Queue.put`).
        """
        package, _, _ = name.partition(".")
        known = self.package(package)
        if (found := known.get(name)) is not None:
            return found
        owner, _, member = name.rpartition(".")
        fact = known.get(owner)
        return known.get(f"{fact.name}.{member}") if fact is not None else None

    def package(self, package: str) -> dict[str, Fact]:
        """All facts about one top-level package, by every spelling of their names."""
        if package not in self._packages:
            self._packages[package] = self._read(package)
        return self._packages[package]

    def method(self, owner: str, name: str) -> Fact | None:
        """The fact of a class's method, looked up through the bases that the facts name."""
        seen: set[str] = set()
        waiting = [owner]
        while waiting:
            current = waiting.pop(0)
            if current in seen:
                continue
            seen.add(current)
            if (found := self.get(f"{current}.{name}")) is not None:
                return found
            if (fact := self.get(current)) is not None:
                waiting.extend(fact.bases)
        return None

    @staticmethod
    def _read(package: str) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        for file in _files():
            stem = file.name.removesuffix(".toml")
            if stem == package or stem.startswith(f"{package}-"):
                facts |= parse_facts(file.read_text(encoding="utf-8"), f"facts/{file.name}")
        return facts


@lru_cache(maxsize=1)
def _files() -> tuple[Traversable, ...]:
    """The facts files that come with the tool, by name."""
    entries = resources.files("asynclint.facts").iterdir()
    return tuple(sorted((e for e in entries if e.name.endswith(".toml")), key=lambda e: e.name))


@lru_cache(maxsize=1)
def standard_facts() -> Facts:
    """The facts that come with the tool (one shared object: it only ever grows)."""
    return Facts()
