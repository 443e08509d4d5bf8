"""Which functions could hold a finding: decided by the identifiers that they mention.

A function is parsed only if it names something that makes a coroutine object or starts a loop,
directly or under another name. Names stand for all objects of that name, so nothing is lost, and
little is parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from asynclint.engine.knowledge import packages_used
from asynclint.facts import Fact, Facts, Kind
from asynclint.model.calling import last_name, promises_stream
from asynclint.model.components import components
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
        self._packages: dict[str, _PackageWords] = {}

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
            parts = [self._package(package) for package in sorted(packages)]
            self._libraries[packages] = _library_words(parts)
        return self._libraries[packages]

    def _package(self, package: str) -> _PackageWords:
        if package not in self._packages:
            self._packages[package] = _package_words(self._facts, package)
        return self._packages[package]


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
        for makers, methods in library.methods:
            if not makers.isdisjoint(module.mentions):
                words |= methods
        for function in module.functions:
            if function.kind in _ASYNC or function.decorators or promises_stream(function.returns):
                words.add(function.name)
        for cls in module.classes:
            if "__aiter__" in cls.scope.bindings or any(map(promises_stream, cls.bases)):
                words.add(cls.name)
            words.update(n for n, note in cls.annotations.items() if promises_stream(note))
    bindings = [pair for module in group for pair in _bindings(module)]
    functions = [f for m in group for f in m.functions if f.kind not in _ASYNC]
    given = [(f.name, last_name(f.returns)) for f in functions]
    grown = True
    while grown:
        before = len(words) + len(starters)
        for name, used in bindings:
            if not (used.isdisjoint(words) and used.isdisjoint(library.functions)):
                words.add(name)
            if not (used.isdisjoint(starters) and used.isdisjoint(library.starters)):
                starters.add(name)
        words.update(name for name, kind in given if kind in words)
        for function in functions:
            mentions = function.mentions
            by_operator = function.owner is not None and function.owner.name in starters
            if by_operator or not (
                mentions.isdisjoint(starters) and mentions.isdisjoint(library.starters)
            ):
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
    if function.owner is not None and function.owner.name in words:
        return True  # an operator on `self` may start a loop
    if any(promises_stream(parameter.annotation) for parameter in function.parameters):
        return True
    return not words.isdisjoint(function.mentions)


def _bindings(module: Module) -> Iterator[tuple[str, set[str]]]:
    """Names, and attributes of classes, with the identifiers in what they are bound to."""
    for cls in module.classes:
        yield cls.name, {word for base in cls.bases for word in identifiers(base)}
        for name, given in cls.attributes.items():
            yield name, {word for each in given for word in identifiers(each.shape)}
    for scope in module.scopes():
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if isinstance(binding, Import):
                    yield name, {binding.dotted.rpartition(".")[2]}
                elif isinstance(binding, Assigned):
                    yield name, set(identifiers(binding.shape))


@dataclass(slots=True)
class _PackageWords:
    """Last parts of the names that the facts know of one package.

    functions: of functions, and of methods that only one well-known class has. starters: of what
    starts a loop. methods: of the methods of each class. makers: of what makes an instance of a
    class, of this package or another. specials: of these, classes whose instances start a loop when
    an operator or a call of the instance itself asks them to.
    """

    functions: set[str] = field(default_factory=set)
    starters: set[str] = field(default_factory=set)
    methods: dict[str, set[str]] = field(default_factory=dict)
    makers: dict[str, set[str]] = field(default_factory=dict)
    specials: set[str] = field(default_factory=set)


def _package_words(facts: Facts, package: str) -> _PackageWords:
    words = _PackageWords()
    for name, fact in facts.package(package).items():
        owner, _, last = name.rpartition(".")
        owner_fact = facts.get(owner)
        if fact.kind is Kind.CLASS:
            for made in (fact.name, *fact.bases):
                words.makers.setdefault(made, set()).add(last)
        for made in (fact.returns, *fact.returns_items):
            words.makers.setdefault(made, set()).add(last)
        if not _tells(fact):
            continue
        if owner_fact is not None and owner_fact.kind is Kind.CLASS:
            words.methods.setdefault(owner_fact.name, set()).add(last)
        else:
            words.functions.add(last)
        if fact.starts_loop:
            words.starters.add(last)
            if last.startswith("__"):
                words.specials.add(owner)
    return words


@dataclass(frozen=True, slots=True)
class _LibraryWords:
    """The words of several packages; methods: with what makes an instance of their class."""

    functions: frozenset[str]
    starters: frozenset[str]
    methods: tuple[tuple[frozenset[str], frozenset[str]], ...]


def _library_words(packages: list[_PackageWords]) -> _LibraryWords:
    makers: dict[str, set[str]] = {}
    for package in packages:
        for owner, names in package.makers.items():
            makers.setdefault(owner, set()).update(names)
    return _LibraryWords(
        frozenset({"run_until_complete", "create_task"}.union(*(p.functions for p in packages))),
        frozenset().union(
            *(p.starters for p in packages),
            *(makers.get(owner, ()) for p in packages for owner in p.specials),
        ),
        tuple(
            (frozenset(makers[owner]), frozenset(names))
            for package in packages
            for owner, names in package.methods.items()
            if owner in makers
        ),
    )


def _tells(fact: Fact) -> bool:
    makes = fact.makes_loop or fact.needs_loop or fact.starts_loop
    return makes or bool(fact.consumes) or fact.kind in _ASYNC
