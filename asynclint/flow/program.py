"""The analysed module as a whole: its units, parsed when needed, and summaries of its functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.facts import Facts, Kind
from asynclint.flow.machine import Machine
from asynclint.flow.state import Record
from asynclint.flow.story import Consumption, LoopStart, Story
from asynclint.model.declared import Class, Function, Module, Parameter, Scope
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
from asynclint.source.text import Source
from asynclint.visitor.builder import TooComplex
from asynclint.visitor.lower import lower, nested_definitions
from asynclint.visitor.ops import Slot
from asynclint.visitor.parse import Tree, outermost, parse_function, parse_module_body

_PARAMETER_SITE = -10_000
#: A function that asks whether a loop runs behaves differently where one does.
_GUARDS = frozenset({"get_running_loop", "_get_running_loop", "is_running", "current_task"})


@dataclass(slots=True, eq=False)
class Unit:
    """One body: a function's, a lambda's, or the module's (`function` None, no `parent`).

    exported: names of a module body that functions read, so that what they hold is not lost.
    """

    tree: Tree
    node: cst.FunctionDef | cst.Lambda | cst.Module
    scope: Scope
    function: Function | None = None
    parent: Unit | None = None
    env: tuple[tuple[str, Value], ...] = ()
    exported: frozenset[str] = frozenset()

    @property
    def on_loop(self) -> bool:
        """Whether the body runs on a running event loop."""
        if self.function is None:
            return False
        return self.function.kind in (Kind.COROUTINE, Kind.ASYNC_GENERATOR)

    @property
    def name(self) -> str:
        """What to call the unit in a message."""
        if self.function is not None:
            return self.function.qualname
        return "lambda" if self.parent is not None else "module"


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
    """One module under analysis. `matters`: whether a function can do anything of interest."""

    def __init__(
        self,
        source: Source,
        module: Module,
        facts: Facts,
        matters: Callable[[Function], bool] = lambda _function: True,
    ) -> None:
        self._matters = matters
        self.source = source
        self.module = module
        self.resolver = Resolver(module, facts)
        self.trees: list[Tree] = []
        self._body: Unit | None = None
        self._units: dict[Function, Unit] = {}
        self._stories: dict[Unit, Story | None] = {}
        self._lambdas: dict[object, Unit] = {}
        self._by_owner: dict[int, list[Function]] = {}
        for function in module.functions:
            self._by_owner.setdefault(id(function.scope.parent), []).append(function)

    # units ------------------------------------------------------------------------------------

    def unit(self, function: Function) -> Unit | None:
        """The unit of a function; its outermost function is parsed if it has not been yet."""
        if function not in self._units:
            outer = function
            while outer not in self._outermost:
                parent = self._parent(outer)
                if parent is None:
                    return None
                outer = parent
            try:
                tree, node = parse_function(self.source, outer)
            except cst.ParserSyntaxError:
                return None  # valid Python that libcst does not know, `(x): int = 1` say
            self.trees.append(tree)
            self._add(outer, node, tree, None)
        return self._units.get(function)

    @property
    def _outermost(self) -> set[Function]:
        if not hasattr(self, "_outer"):
            self._outer = set(outermost(self.module))
        return self._outer

    def _parent(self, function: Function) -> Function | None:
        scope = function.scope.parent
        while scope is not None and scope.kind != "function":
            scope = scope.parent
        for candidate in self.module.functions:
            if candidate.scope is scope:
                return candidate
        return None

    def _add(
        self, function: Function, node: cst.FunctionDef, tree: Tree, parent: Unit | None
    ) -> None:
        unit = Unit(tree, node, function.scope, function, parent)
        self._units[function] = unit
        self._add_nested(node, function.scope, unit)

    def _add_nested(self, node: cst.FunctionDef | cst.ClassDef, scope: Scope, unit: Unit) -> None:
        """Pairs the definitions of tree and index: both are in source order."""
        functions = list(self._by_owner.get(id(scope), ()))
        classes = [c for c in self.module.classes if c.scope.parent is scope]
        for inner in nested_definitions(node):
            if isinstance(inner, cst.FunctionDef) and functions:
                declared = functions.pop(0)
                if declared.name == inner.name.value:
                    self._add(declared, inner, unit.tree, unit)
            elif isinstance(inner, cst.ClassDef) and classes:
                cls = classes.pop(0)
                if cls.name == inner.name.value:
                    self._add_nested(inner, cls.scope, unit)

    def module_unit(self) -> Unit:
        """The unit of the module's own statements."""
        if self._body is None:
            self._body = self._parse_body()
        return self._body

    def _parse_body(self) -> Unit:
        try:
            tree = parse_module_body(self.source, self.module)
        except cst.ParserSyntaxError:
            tree = Tree(cst.parse_module(""), 0)
        self.trees.append(tree)
        read = frozenset().union(*(f.mentions for f in self.module.functions))
        return Unit(tree, tree.module, self.module.scope, exported=read)

    def lambda_unit(self, node: cst.CSTNode, parent: Unit, env: dict[str, Value]) -> Unit:
        """The unit of a lambda where it is made; `env` holds what its free names stand for."""
        assert isinstance(node, cst.Lambda)
        known = tuple(sorted(env.items()))
        key = (id(node), frozenset(env.items()))
        if key not in self._lambdas:
            own = Scope("function", parent.scope)
            self._lambdas[key] = Unit(parent.tree, node, own, None, parent, known)
        return self._lambdas[key]

    # stories ----------------------------------------------------------------------------------

    def story(self, unit: Unit) -> Story | None:
        """What happens in a unit; None while it is being found out, or if it is too complex."""
        if unit not in self._stories:
            self._stories[unit] = None  # cut recursion
            try:
                machine = Machine(unit, self, lower(unit.node))
            except TooComplex:
                return None
            env, heap = self._entry(unit)
            self._stories[unit] = machine.run(env, heap)
        return self._stories[unit]

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
        for candidate in self.module.functions:
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

    def users(self, cls: Class, name: str) -> Iterator[cst.CSTNode]:
        """Where an attribute is read of instances of a class, or of one related to it."""
        classes = self.resolver.classes
        for candidate in self.module.functions:
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
        for candidate in self.module.functions:
            if function.name in candidate.mentions:
                unit = self.unit(candidate)
                story = self.story(unit) if unit is not None else None
                if story is not None and function in story.given:
                    return True
        story = self.story(self.module_unit()) if function.name in self.module.mentions else None
        return story is not None and function in story.given
