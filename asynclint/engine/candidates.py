"""Which functions could hold a finding: decided by the identifiers that they mention.

A function is parsed only if it names something that makes a coroutine object or starts a loop,
directly or under another name. Names stand for all objects of that name, so nothing is lost, and
little is parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from asynclint.model.components import components
from asynclint.engine.knowledge import packages_used
from asynclint.facts import Fact, Facts, Kind
from asynclint.model.declared import Assigned, Function, Import, Module
from asynclint.model.project import Project
from asynclint.model.shapes import identifiers

_ASYNC = (Kind.COROUTINE, Kind.ASYNC_GENERATOR)
#: Packages whose callables are met without an import: as methods of what others made.
_EVERYWHERE = frozenset({"asyncio", "contextlib"})


class Words:
    """The telling words of modules: identifiers that lead to a coroutine object or to a loop start.

    What a module imports tells there, too, however far away it was declared. Modules that import
    each other share their words, so that none depends on which was asked for first.
    """

    def __init__(
        self,
        project: Project,
        facts: Facts,
        installed: Callable[[Module], frozenset[str]] = lambda _module: frozenset(),
    ) -> None:
        """installed: the words that a module gets from the source of installed packages."""
        self._project = project
        self._facts = facts
        self._installed = installed
        self._known: dict[Module, _Telling] = {}
        self._libraries: dict[frozenset[str], _LibraryWords] = {}

    def of(self, module: Module) -> frozenset[str]:
        """The words of a module."""
        if module not in self._known:
            for group in components(module, self._project.imports, self._known):
                self._work_out(group)
        return self._known[module].all

    def _work_out(self, group: list[Module]) -> None:
        words: set[str] = set()
        starters: set[str] = set()
        packages = set(_EVERYWHERE)
        for module in group:
            packages |= packages_used(module, self._facts)
            words |= self._installed(module)
            for other in self._project.imports(module):
                if other in self._known:
                    words |= self._known[other].words
                    starters |= self._known[other].starters
                    packages |= self._known[other].packages
        library = self._library(frozenset(packages))
        own_words, own_starters = _grown(group, words, starters, library)
        told = _Telling(frozenset(own_words), frozenset(own_starters), frozenset(packages), library)
        self._known.update(dict.fromkeys(group, told))

    def _library(self, packages: frozenset[str]) -> _LibraryWords:
        if packages not in self._libraries:
            self._libraries[packages] = _library_words(self._facts, packages)
        return self._libraries[packages]


class _Telling:
    """The words of a group of modules.

    starters: those that lead to the start of a loop. packages: the libraries that come into it.
    """

    def __init__(
        self,
        words: frozenset[str],
        starters: frozenset[str],
        packages: frozenset[str],
        library: _LibraryWords,
    ) -> None:
        self.words = words
        self.starters = starters
        self.packages = packages
        self.all = words | starters | library.functions | library.starters


def _grown(
    group: list[Module], words: set[str], starters: set[str], library: _LibraryWords
) -> tuple[set[str], set[str]]:
    """The words of modules with what they declare themselves; words of libraries are left out."""
    for module in group:
        for owner, methods in library.methods.items():
            if not library.makers[owner].isdisjoint(module.mentions):
                words |= methods
        for function in module.functions:
            if function.kind in _ASYNC or function.decorators:
                words.add(function.name)
    bindings = [pair for module in group for pair in _bindings(module)]
    functions = [f for m in group for f in m.functions if f.kind not in _ASYNC]
    grown = True
    while grown:
        before = len(words) + len(starters)
        for name, used in bindings:
            if not (used.isdisjoint(words) and used.isdisjoint(library.functions)):
                words.add(name)
            if not (used.isdisjoint(starters) and used.isdisjoint(library.starters)):
                starters.add(name)
        for function in functions:
            mentions = function.mentions
            if not (mentions.isdisjoint(starters) and mentions.isdisjoint(library.starters)):
                starters.add(function.name)
                if function.owner is not None and function.name.startswith("__"):
                    starters.add(function.owner.name)  # called by an operator, or by making one
        grown = len(words) + len(starters) > before
    return words, starters


def may_matter(function: Function, words: frozenset[str]) -> bool:
    """Whether a function could hold a finding."""
    if function.kind in _ASYNC and (function.decorators or function.owner is not None):
        return True  # caches and overrides show in the declaration
    if function.awaited:
        return True  # what it was given may be spent twice
    return not words.isdisjoint(function.mentions)


def _bindings(module: Module) -> Iterator[tuple[str, set[str]]]:
    """Names that are bound to an import or an expression, with the identifiers in it."""
    for scope in module.scopes():
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if isinstance(binding, Import):
                    yield name, {binding.dotted.rpartition(".")[2]}
                elif isinstance(binding, Assigned):
                    yield name, set(identifiers(binding.shape))


@dataclass(frozen=True, slots=True)
class _LibraryWords:
    """Last parts of the names that the facts know of some packages.

    functions: of functions, and of methods that only one well-known class has. starters: of what
    starts a loop. methods: of the methods of each class. makers: of what makes an instance of the
    class.
    """

    functions: frozenset[str]
    starters: frozenset[str]
    methods: dict[str, frozenset[str]]
    makers: dict[str, frozenset[str]]


def _library_words(facts: Facts, packages: frozenset[str]) -> _LibraryWords:
    functions: set[str] = {"run_until_complete", "create_task"}
    starters: set[str] = set()
    methods: dict[str, set[str]] = {}
    makers: dict[str, set[str]] = {}
    known = (pair for package in sorted(packages) for pair in facts.package(package).items())
    for name, fact in known:
        owner, _, last = name.rpartition(".")
        owner_fact = facts.get(owner)
        if fact.kind is Kind.CLASS:
            makers.setdefault(fact.name, set()).add(last)
            for base in fact.bases:
                makers.setdefault(base, set()).add(last)
        for made in (fact.returns, *fact.returns_items):
            makers.setdefault(made, set()).add(last)
        if not _tells(fact):
            continue
        if owner_fact is not None and owner_fact.kind is Kind.CLASS:
            methods.setdefault(owner_fact.name, set()).add(last)
        else:
            functions.add(last)
        if fact.starts_loop:
            starters.add(last)
    return _LibraryWords(
        frozenset(functions),
        frozenset(starters),
        {owner: frozenset(names) for owner, names in methods.items()},
        {owner: frozenset(makers.get(owner, ())) for owner in methods},
    )


def _tells(fact: Fact) -> bool:
    makes = fact.makes_loop or fact.needs_loop or fact.starts_loop
    return makes or bool(fact.consumes) or fact.kind in _ASYNC
