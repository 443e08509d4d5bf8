"""The analysed program as a whole: the stories of its units and the summaries of its functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.facts import Facts
from asynclint.flow.file import File, Unit
from asynclint.flow.machine import Machine
from asynclint.flow.memory import Memory
from asynclint.flow.state import Record
from asynclint.flow.story import Consumption, LoopStart, Story
from asynclint.model.declared import Class, Function, Module, Parameter
from asynclint.model.project import Project
from asynclint.model.resolve import Resolver
from asynclint.model.values import (
    COROUTINE,
    UNKNOWN,
    Func,
    Made,
    Obj,
    Thing,
    Unknown,
    Value,
    one,
)
from asynclint.visitor.builder import TooComplex
from asynclint.visitor.lower import lower
from asynclint.visitor.ops import Slot

_PARAMETER_SITE = -10_000
#: A function that asks whether a loop runs behaves differently where one does.
_GUARDS = frozenset({"get_running_loop", "_get_running_loop", "is_running", "current_task"})


@dataclass(slots=True, eq=False)
class Summary:
    """What calling a function does, as its callers see it.

    returns: its result. starts: the event loops that it runs on the calling thread.
    consumed: parameters that it awaits, schedules or runs.
    """

    unit: Unit
    returns: Value = UNKNOWN
    starts: tuple[LoopStart, ...] = ()
    consumed: frozenset[str] = frozenset()


class Program:
    """All modules under analysis. `matters`: whether a function can do anything of interest."""

    def __init__(
        self,
        project: Project,
        facts: Facts,
        matters: Callable[[Function], bool] = lambda _function: True,
    ) -> None:
        self.project = project
        self.resolver = Resolver(project, facts)
        self._matters = matters
        self._files: dict[Module, File] = {}
        self._stories = Memory[Unit, Story]()

    # units ------------------------------------------------------------------------------------

    def file(self, module: Module) -> File:
        """The units of a module that has a file."""
        if module not in self._files:
            self._files[module] = File(self.project.source(module), module)
        return self._files[module]

    def unit(self, function: Function) -> Unit | None:
        """The unit of a function; its outermost function is parsed if it has not been yet."""
        return self.file(function.scope.module).unit(function)

    # stories ----------------------------------------------------------------------------------

    def story(self, unit: Unit) -> Story | None:
        """What happens in a unit; None while it is being found out, or if it is too complex."""
        return self._stories.get(unit, self._tell)

    def _tell(self, unit: Unit) -> Story | None:
        try:
            machine = Machine(unit, self, lower(unit.node))
        except TooComplex:
            return None
        return machine.run(*self._entry(unit))

    def _entry(self, unit: Unit) -> tuple[dict[Slot, Value], dict[Obj, Record]]:
        """What parameters hold when a body begins."""
        env: dict[Slot, Value] = dict(unit.env)
        heap: dict[Obj, Record] = {}
        if isinstance(unit.node, cst.Lambda):
            for param in unit.node.params.params:
                env[param.name.value] = UNKNOWN
        if unit.function is None:
            return env, heap
        for index, parameter in enumerate(unit.function.parameters):
            env[parameter.name] = self._argument(unit, parameter, index, heap)
        return env, heap

    def _argument(
        self, unit: Unit, parameter: Parameter, index: int, heap: dict[Obj, Record]
    ) -> Value:
        if parameter.kind in ("args", "kwargs"):
            return UNKNOWN
        home = unit.scope.parent or unit.scope
        default = self.resolver.shape(parameter.default, home) if parameter.default else UNKNOWN
        obj = Obj(_PARAMETER_SITE - index)
        for thing in default:
            if isinstance(thing, Made) and thing.cls == COROUTINE:
                heap[obj] = Record(COROUTINE, thing.by, origin="default", escaped=True)
                return one(obj)
        value = self.resolver.name(parameter.name, unit.scope)
        if value == frozenset({Unknown()}):
            heap[obj] = Record("parameter", None, origin="parameter", escaped=True)
            return one(obj)
        found: set[Thing] = set()
        for thing in value:
            if isinstance(thing, Made):
                heap[obj] = Record(thing.cls, None, origin="parameter", escaped=True)
                found.add(obj)
            else:
                found.add(thing)
        return frozenset(found)

    # summaries --------------------------------------------------------------------------------

    def summary(self, function: Function) -> Summary | None:
        """The summary of a plain function; None where it cannot be had."""
        unit = self.unit(function) if self._matters(function) else None
        return self.summary_of(unit) if unit is not None else None

    def summary_of(self, unit: object) -> Summary | None:
        """The summary of a unit."""
        assert isinstance(unit, Unit)
        story = self.story(unit)
        if story is None or not story.complete:
            return None
        consumed = {
            entry.node.value
            for entry in story.consumptions
            if entry.subject.origin == "parameter" and isinstance(entry.node, cst.Name)
        }
        returns = story.returned or UNKNOWN
        asks = unit.function is not None and not unit.function.mentions.isdisjoint(_GUARDS)
        starts = () if asks else tuple(story.starts)
        return Summary(unit, returns, starts, frozenset(consumed))

    def consumers(self, function: Function) -> Iterator[Consumption]:
        """Where the coroutine objects of a function are consumed, in all of the file."""
        for candidate in function.scope.module.functions:
            if function.name not in candidate.mentions:
                continue
            unit = self.unit(candidate)
            story = self.story(unit) if unit is not None else None
            for entry in story.consumptions if story is not None else ():
                by = entry.subject.by
                if isinstance(by, Func) and by.function is function:
                    yield entry

    def consumed_from_outside(self, function: Function) -> list[Consumption]:
        """What a nested function consumes of the variables around it, each time it is called."""
        unit = self.unit(function) if self._matters(function) else None
        story = self.story(unit) if unit is not None else None
        return [
            entry
            for entry in (story.consumptions if story is not None else ())
            if isinstance(entry.node, cst.Name)
            and entry.subject.origin == "global"
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

    def is_given_away(self, function: Function) -> bool:
        """Whether some code of the file hands the function to others (a thread's target, say)."""
        owner = function.owner
        if owner is not None and any(
            isinstance(base, str) for base in self.resolver.classes.line(owner)
        ):
            return True  # a library's base class may be its caller
        module = function.scope.module
        for candidate in module.functions:
            if function.name in candidate.mentions:
                unit = self.unit(candidate)
                story = self.story(unit) if unit is not None else None
                if story is not None and function in story.given:
                    return True
        if function.name not in module.mentions:
            return False
        story = self.story(self.file(module).module_unit())
        return story is not None and function in story.given
