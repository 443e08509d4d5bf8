"""The analysed program as a whole: the stories of its units and the summaries of its functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import libcst as cst

from asynclint.facts import DECORATED, Kind, Where
from asynclint.flow.entering import Entering
from asynclint.flow.entry import entry as at_entry
from asynclint.flow.file import File, Parsed, Unit
from asynclint.flow.lasting import Lasting
from asynclint.flow.laziness import runs_later
from asynclint.flow.liveness import Liveness
from asynclint.flow.machine import Machine
from asynclint.flow.memory import Memory
from asynclint.flow.premises import unreached
from asynclint.flow.reads import EVERYTHING, STATEMENTS, Reads
from asynclint.flow.registries import Registries
from asynclint.flow.sites import first_op
from asynclint.flow.state import forget_held
from asynclint.flow.story import ITERATE, Consumption, LoopStart, Story
from asynclint.model.attribute_uses import HANDED_ON, attribute_uses
from asynclint.model.declared import Class, Function, Module
from asynclint.model.project import parsed
from asynclint.model.resolve import Resolver
from asynclint.model.values import (
    NONE,
    UNKNOWN,
    Const,
    Func,
    Value,
    forget_values,
)
from asynclint.visitor.builder import TooComplex
from asynclint.visitor.lower import lower
from asynclint.visitor.ops import Graph

_LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
#: Lines that are held as trees and stories, at about 2 kB each, besides what is indexed, where as
#: much is had for 20. With fewer, what many files ask is told too often.
_MOST_PARSED = 60_000
_FEWEST_PARSED = 15_000
_INDEXED_FOR_ONE = 20
_PATCHED = "nest_asyncio"  # nest_asyncio.apply() lets loops nest


@dataclass(slots=True, eq=False)
class Summary:
    """What calling a function does, as its callers see it.

    returns: its result. starts: the event loops that it runs on the calling thread.
    later: those that run when its result is gone through. consumed: parameters that it awaits,
    schedules or runs. rich: it leaves more behind than a
    result can tell: objects in containers, attributes or closures. always: it runs one of `starts`
    on each ordinary path.
    """

    unit: Unit
    returns: Value = UNKNOWN
    starts: tuple[LoopStart, ...] = ()
    later: tuple[LoopStart, ...] = ()
    consumed: frozenset[str] = frozenset()
    rich: bool = False
    always: bool = False


class Program:
    """All modules under analysis. `matters`: whether a function can do anything of interest."""

    def __init__(
        self,
        resolver: Resolver,
        matters: Callable[[Function], bool] = lambda _function: True,
        target_version: tuple[int, int] = (3, 10),
    ) -> None:
        # A new one means that the last one is done with: a run of fixes makes one after the other.
        forget_values()
        forget_held()
        self.project = resolver.project
        self.resolver = resolver
        self.target_version = target_version
        self._matters = matters
        self.reads = Reads()
        self.lasting = Lasting(self.resolver)
        self._liveness = WeakKeyDictionary[Graph, Liveness]()
        self.registries = Registries(self)
        self._begin()

    def _begin(self) -> None:
        """Begins with no tree parsed and no story told."""
        self._parsed = Parsed()
        self._files: dict[Module, File] = {}
        self._stories = Memory[tuple[Unit, bool], Story](self._tell, _face)
        self._graphs: dict[tuple[Unit, int], Graph | None] = {}

    @property
    def parsed_lines(self) -> int:
        """How many lines are held as trees."""
        return self._parsed.lines

    def rest(self) -> None:
        """Between two files: lets go of trees and stories where they have become many.

        What is asked for again is parsed and told again, with the same result.
        """
        room = _MOST_PARSED - self.project.lines // _INDEXED_FOR_ONE
        if self._parsed.lines < max(room, _FEWEST_PARSED):
            return
        for file in self._files.values():
            file.let_go()
        self._begin()
        forget_values()
        forget_held()

    # units ------------------------------------------------------------------------------------

    def file(self, module: Module) -> File:
        """The units of a module that has a file."""
        self.reads.note((self.project.path(module), EVERYTHING))
        return self._file(module)

    def tree(self, module: Module) -> ast.Module | None:
        """The whole tree of a module that has a file, made anew."""
        self.reads.note((self.project.path(module), EVERYTHING))
        return parsed(self.project.source(module))

    def unit(self, function: Function) -> Unit | None:
        """The unit of a function; its outermost function is parsed if it has not been yet."""
        module = function.scope.module
        if module.library:
            return None
        file = self._file(module)
        self.reads.note(file.body(function))
        return file.unit(function)

    def _module_unit(self, module: Module) -> Unit:
        file = self._file(module)
        self.reads.note((file.path, STATEMENTS))
        return file.module_unit()

    def _file(self, module: Module) -> File:
        if module not in self._files:
            project = self.project
            self._files[module] = File(
                project.source(module), module, project.path(module), self._parsed
            )
        return self._files[module]

    # stories ----------------------------------------------------------------------------------

    def story(self, unit: Unit, *, on_loop: bool = False) -> Story | None:
        """What happens in a unit; None while it is being found out, or if it is too complex.

        on_loop: what happens where a running event loop calls it, if it is no coroutine function.
        """
        self.reads.note(unit.body)
        runs = on_loop or unit.on_loop or self._is_called_by_loop(unit)
        return self._stories.get((unit, runs))

    def _is_called_by_loop(self, unit: Unit) -> bool:
        """Whether a decorator has a plain function called on a running event loop."""
        function = unit.function
        if function is None or function.kind is not Kind.FUNCTION or not function.decorators:
            return False
        return any(
            calls.at == DECORATED and calls.where is Where.LOOP
            for fact in self.resolver.decorator_facts(function)
            for calls in fact.calls
        )

    def _tell(self, key: tuple[Unit, bool]) -> Story | None:
        unit, on_loop = key
        try:
            machine = Machine(unit, self, lower(unit.node), on_loop=on_loop)
        except TooComplex:
            return None
        with self.reads.telling(unit.body):
            return machine.run(*at_entry(unit, self.resolver, self.registries))

    def applied(self, function: Function) -> Story | None:
        """What the wrapper does that a decorator of the program puts in a function's place."""
        value = self.resolver.declared(function)
        thing = next(iter(value)) if len(value) == 1 else None
        if not isinstance(thing, Func) or thing.function is function or not thing.env:
            return None
        unit = self.unit(thing.function)
        if unit is None:
            return None
        try:
            machine = Machine(unit, self, lower(unit.node), on_loop=False)
        except TooComplex:
            return None
        env, heap = at_entry(unit, self.resolver, self.registries)
        return machine.run({**env, **dict(thing.env)}, heap)

    def liveness(self, graph: Graph) -> Liveness:
        """Which names matter where in a graph."""
        if graph not in self._liveness:
            self._liveness[graph] = Liveness(graph)
        return self._liveness[graph]

    def frame(self, unit: Unit, outer: Entering) -> Machine | None:
        """A machine for a unit that is entered from another; None if it cannot be followed."""
        graph = self._graph(unit, outer.depth + 1)
        return (
            Machine(unit, self, graph, outer, on_loop=outer.on_loop) if graph is not None else None
        )

    def _graph(self, unit: Unit, depth: int) -> Graph | None:
        """The graph of a unit, with the numbers of operations that belong to a depth."""
        key = (unit, depth)
        if key not in self._graphs:
            try:
                self._graphs[key] = lower(unit.node, first_op(depth))
            except TooComplex:
                self._graphs[key] = None
        return self._graphs[key]

    # summaries --------------------------------------------------------------------------------

    def summary(self, function: Function, *, on_loop: bool) -> Summary | None:
        """The summary of a plain function; None where it cannot be had.

        on_loop: whether it is called on a running event loop.
        """
        unit = self.unit(function) if self._matters(function) else None
        return self.summary_of(unit, on_loop=on_loop) if unit is not None else None

    def summary_of(self, unit: object, *, on_loop: bool) -> Summary | None:
        """The summary of a unit."""
        assert isinstance(unit, Unit)
        story = self.story(unit, on_loop=on_loop)
        if story is None or not story.complete:
            return None
        consumed = {
            entry.node.value
            for entry in story.consumptions
            if entry.subject.origin == "parameter"
            and isinstance(entry.node, cst.Name)
            and entry.how != ITERATE
        }
        returns = story.returned or UNKNOWN  # what never returns anything may be a stub
        if story.returned and story.falls_off:
            returns |= NONE
        every = tuple(_starts_for_callers(story, on_loop=on_loop))
        later = tuple(start for start in every if runs_later(story, start)) if story.lazy else ()
        starts = tuple(start for start in every if start not in later) if later else every
        return Summary(unit, returns, starts, later, frozenset(consumed), story.rich, story.always)

    def called_with(self, summary: Summary, known: Mapping[str, Const]) -> Summary:
        """The summary of a function whose parameters hold these constants, as far as is known.

        It is without the loops that the function starts in other cases only.
        """
        graph = self._graph(summary.unit, 0) if known and summary.starts else None
        never = unreached(graph, known) if graph is not None else frozenset()
        starts = tuple(start for start in summary.starts if start.op.id not in never)
        return replace(summary, starts=starts) if len(starts) < len(summary.starts) else summary

    def consumers(self, function: Function) -> Iterator[Consumption]:
        """Where the coroutine objects of a function are consumed, in all of the file."""
        for candidate in function.scope.module.functions:
            if function.name not in candidate.mentioned:
                continue
            unit = self.unit(candidate)
            story = self.story(unit) if unit is not None else None
            for entry in story.consumptions if story is not None else ():
                by = entry.subject.by
                if isinstance(by, Func) and by.function is function:
                    yield entry

    def consumed_from_outside(self, function: Function) -> list[Consumption]:
        """What a nested function awaits of the variables around it, each time it is called.

        Not what it iterates: an async generator may be left half-way, and gone on with.
        """
        unit = self.unit(function) if self._matters(function) else None
        story = self.story(unit) if unit is not None else None
        return [
            entry
            for entry in (story.consumptions if story is not None else ())
            if isinstance(entry.node, cst.Name)
            and entry.subject.origin == "global"
            and entry.how != ITERATE
            and entry.node.value not in function.scope.bindings
        ]

    def users(self, module: Module, cls: Class, name: str) -> Iterator[cst.CSTNode]:
        """Where a module reads an attribute of instances of a class, or of one related to it."""
        classes = self.resolver.classes
        for candidate in module.functions:
            if candidate.mentions.isdisjoint((name, cls.name)):
                continue
            unit = self.unit(candidate)
            story = self.story(unit) if unit is not None else None
            for owner, attribute, node in story.asked_of if story is not None else ():
                related = owner in classes.line(cls) or cls in classes.line(owner)
                if attribute == name and related:
                    yield node

    def attribute_uses(self, cls: Class, name: str) -> frozenset[str]:
        """What the program does with an attribute of a class (`model.attribute_uses`)."""
        classes = self.resolver.classes
        heirs = (cls, *classes.subclasses(cls))
        family = {c.name for h in heirs for c in classes.line(h) if isinstance(c, Class)}
        own = cls.scope.module
        found: set[str] = set()
        for module in (own, *self.project.holders(name, own)):
            tree = self.tree(module)
            if tree is None:
                return frozenset({HANDED_ON})
            found |= attribute_uses(tree, name, frozenset(family))
        return frozenset(found)

    def is_given_away(self, function: Function, *, on_loop: bool = False) -> bool:
        """Whether some code hands the function to others (as a thread's target, say).

        on_loop: whether code does so that runs on an event loop.
        """
        owner = function.owner
        if (
            not on_loop
            and owner is not None
            and any(isinstance(base, str) for base in self.resolver.classes.line(owner))
        ):
            return True  # a library's base class may be its caller
        stories = self._stories_handing(function.name, function.scope.module)
        return any(function in story.given for story in stories if story.on_loop or not on_loop)

    def logged_on_loop(self, module: Module) -> tuple[Unit, cst.CSTNode] | None:
        """Where a coroutine function of the program hands a record to `logging`, if one does."""
        for other in (module, *self.project.holders("logging", module)):
            for function in other.functions:
                if function.kind is not Kind.COROUTINE or _LOGGING.isdisjoint(function.mentions):
                    continue
                unit = self.unit(function)
                story = self.story(unit) if unit is not None else None
                if unit is not None and story is not None and story.logs:
                    return unit, story.logs[0]
        return None

    def _stories_handing(self, name: str, own: Module) -> Iterator[Story]:
        for module in (own, *self.project.holders(name, own)):
            units = [self.unit(f) for f in module.functions if name in f.handed]
            if name in module.handed:
                units.append(self._module_unit(module))
            yield from self._told(units)

    def stories_naming(self, name: str, own: Module) -> Iterator[Story]:
        """The stories of all bodies of a module's program that mention a name."""
        for module in (own, *self.project.holders(name, own)):
            units = [self.unit(f) for f in module.functions if name in f.mentioned]
            if name in module.mentioned:
                units.append(self._module_unit(module))
            yield from self._told(units)

    def _told(self, units: list[Unit | None]) -> Iterator[Story]:
        for unit in units:
            story = self.story(unit) if unit is not None else None
            if story is not None:
                yield story


def _starts_for_callers(story: Story, *, on_loop: bool) -> Iterator[LoopStart]:
    """The loops that whoever calls the function starts; not those that fail there as foreseen."""
    if on_loop and _PATCHED in story.module.mentions:
        return
    for start in story.starts:
        if not start.by_loop and not (on_loop and start.refused):
            yield start


def _face(story: Story | None) -> object:
    """What other stories can tell of one: not by which way a loop is reached, say."""
    if story is None:
        return None
    return (
        story.complete,
        story.returned,
        story.falls_off,
        story.rich,
        [
            (start.node, start.callee, start.by_loop, start.refused, start.loop is None)
            for start in story.starts
        ],
        story.always,
        [(each.node, bool(each.again), each.subject.origin) for each in story.consumptions],
        [each.node for each in story.iterations],
        [(each.registry, each.by, each.at) for each in story.stored],
        story.emptied,
    )
