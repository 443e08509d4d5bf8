"""Reads facts files into `Fact` objects, those of a top-level package when it is asked for.

The facts about a package `p` stand in `p.toml` and, where they are many, in `p-*.toml` beside it.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from asynclint.facts.tables import FactError, facts_of

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser under the name that it has on PyPI
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asynclint.facts.schema import Fact


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
            found = facts_of(name, table)
        except FactError as error:
            way = "".join(f"{key}: " for key in error.keys[:-1])
            raise ValueError(f"{origin}: table {name!r}: {way}{error}") from error
        for fact in found:
            for spelling in (fact.name, *fact.aliases):
                if spelling in facts:
                    raise ValueError(f"{origin}: table {name!r}: {spelling} is described twice")
                facts[spelling] = fact
    return facts


class Facts:
    """Facts by canonical dotted name; files are read when their package is first asked for.

    extra: facts of the user. They stand in the place of those that come with the tool.
    """

    def __init__(self, extra: Iterable[Fact] = ()) -> None:
        self._packages: dict[str, dict[str, Fact]] = {}
        self._extra: dict[str, list[Fact]] = {}
        for fact in extra:
            for spelling in dict.fromkeys((fact.name, *fact.aliases)):
                package = spelling.partition(".")[0]
                self._extra.setdefault(package, []).append(fact)

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
            known = _read(package)
            if own := self._extra.get(package):
                known = dict(known)
                for fact in own:
                    _lay_over(known, package, fact)
            self._packages[package] = known
        return self._packages[package]

    def packages(self) -> frozenset[str]:
        """The top-level packages of which something is known; no file is read for it."""
        return frozenset({*_stems(), *self._extra})

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


@cache
def _read(package: str) -> dict[str, Fact]:
    """What the facts files say about a package; shared, so nobody changes it."""
    facts: dict[str, Fact] = {}
    for file in _stems().get(package, ()):
        facts |= parse_facts(file.read_text(encoding="utf-8"), f"facts/{file.name}")
    return facts


def _lay_over(known: dict[str, Fact], package: str, fact: Fact) -> None:
    """Puts a fact in the place of what is known of the same thing, under all of its spellings."""
    before = known.get(fact.name)
    spellings = {fact.name, *fact.aliases}
    if before is not None:
        spellings |= {before.name, *before.aliases}
        fact = replace(fact, name=before.name)
    for spelling in spellings:
        if spelling.partition(".")[0] == package:
            known[spelling] = fact


@lru_cache(maxsize=1)
def _stems() -> dict[str, tuple[Path, ...]]:
    """The facts files that come with the tool by the package that they are about."""
    stems: dict[str, tuple[Path, ...]] = {}
    for file in _files():
        package = file.name.removesuffix(".toml").partition("-")[0]
        stems[package] = (*stems.get(package, ()), file)
    return stems


@lru_cache(maxsize=1)
def _files() -> tuple[Path, ...]:
    """The facts files that come with the tool, by name."""
    # `importlib.resources` would do so from archives, too, from which libcst cannot be imported;
    # it takes the modules for temporary files and compression with it.
    return tuple(sorted(Path(__file__).parent.glob("*.toml")))


@lru_cache(maxsize=1)
def standard_facts() -> Facts:
    """The facts that come with the tool (one shared object: it only ever grows)."""
    return Facts()
