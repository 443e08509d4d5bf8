"""Resolves names, attributes, annotations and calls to values, in all modules of a project."""

from __future__ import annotations

from asynclint.facts import Fact, Facts
from asynclint.model.annotations import Annotations
from asynclint.model.calling import Calling
from asynclint.model.classes import Classes
from asynclint.model.closures import Closures, filled, live
from asynclint.model.declared import (
    Asked,
    Assigned,
    Binding,
    Class,
    Function,
    Import,
    Module,
    Receiver,
    Scope,
    Unclear,
)
from asynclint.model.decorators import Decorated, Decorators
from asynclint.model.evaluate import Expressions
from asynclint.model.fixtures import Fixtures
from asynclint.model.frames import Arguments, Frame
from asynclint.model.hooks import Hooks
from asynclint.model.imports import Imports
from asynclint.model.members import Members
from asynclint.model.memory import Memory
from asynclint.model.own_facts import OwnFacts
from asynclint.model.passing import Passing
from asynclint.model.project import Project
from asynclint.model.protocols import Protocols
from asynclint.model.shapes import CallShape, Shape
from asynclint.model.values import (
    NONE,
    UNKNOWN,
    Func,
    Inst,
    Klass,
    Lib,
    Thing,
    Value,
    join,
    one,
    ordered,
)


class Resolver:
    """Looks things up. Stateless but for its memory and the guard against cycles."""

    def __init__(self, project: Project, facts: Facts) -> None:
        self.project = project
        self.facts = facts
        self.memory: Memory[object, object] = Memory()
        self.classes = Classes(self)
        self.protocols = Protocols(self)
        self.hooks = Hooks(self)
        self._imports = Imports(self)
        self._annotations = Annotations(self)
        self._expressions = Expressions(self)
        self._calling = Calling(self)
        self._members = Members(self)
        self._passing = Passing(self)
        self._decorators = Decorators(self)
        self._closures = Closures(self)
        self.own_facts = OwnFacts(self)
        self._fixtures = Fixtures(self)

    # names ------------------------------------------------------------------------------------

    def name(self, name: str, scope: Scope, frame: Frame | None = None) -> Value:
        """What a name means in a scope, from the declarations of the scopes around it.

        frame: the application of a function in whose body, or in one around it, the scope is.
        """
        home = self.home(name, scope)
        if home is None:
            found = self._imports.starred(name, scope.module)
            return one(Lib(f"builtins.{name}")) if found is None else found
        if frame is not None and home.kind == "function":
            return self._closures.name(name, home, frame)
        known = self.memory.get(("name", home, name), lambda _: self._bound(name, home))
        return known if isinstance(known, frozenset) else UNKNOWN

    def _bound(self, name: str, home: Scope) -> Value:
        bindings = live(home.bindings[name])
        value = join(*(self.binding(binding, home) for binding in bindings))
        value = self.own_facts.named(value, home, name)
        return filled(value) if name in home.module.filled else value

    def home(self, name: str, scope: Scope) -> Scope | None:
        """The scope that binds a name as a scope sees it; None for a builtin."""
        start: Scope | None = scope
        while start is not None:
            inherits = start is scope or start.kind != "class"
            if inherits and name in start.bindings and name not in start.elsewhere:
                return start
            start = start.parent
        return None

    def binding(self, binding: Binding, scope: Scope, frame: Frame | None = None) -> Value:
        """What one of the bindings of a name stands for."""
        match binding:
            case Function():
                return self.decorated(binding, frame).value
            case Class():
                return self._decorators.of_class(binding)
            case Import():
                return self._imports.bound(binding, scope.module)
            case Assigned(shape=shape, annotation=annotation):
                scope = binding.scope or scope
                value = self.shape(shape, scope, frame)
                if annotation is None or value not in (UNKNOWN, NONE):
                    return value
                declared = self.annotation(annotation, scope)
                return join(NONE, declared) if value == NONE else declared
            case Receiver(cls=cls, is_class=is_class):
                return one(Klass(cls, exact=False) if is_class else Inst(cls))
            case Asked(function=function, name=name):
                return self._fixtures.given(function, name)
            case Unclear():
                return UNKNOWN

    def owner(self, scope: Scope) -> Class | None:
        """The class in whose body a scope lies."""
        start: Scope | None = scope
        while start is not None and start.kind != "class":
            start = start.parent
        return next((c for c in scope.module.classes if c.scope is start), None)

    # modules ----------------------------------------------------------------------------------

    def member(self, module: Module, name: str) -> Value | None:
        """What a name of a module is, its submodules included; None if it has none such."""
        return self._imports.member(module, name)

    def variable(self, name: str, scope: Scope) -> tuple[Module, str] | None:
        """The module and the name of the module-level variable that a name means, if it does."""
        return self._imports.variable(name, scope)

    def canonical(self, dotted: str) -> str:
        """The spelling under which the facts know a dotted name."""
        return self._imports.canonical(dotted)

    # decorators -------------------------------------------------------------------------------

    def declared(self, function: Function) -> Value:
        """What the name of a `def` is bound to, its decorators applied."""
        return self.decoration(function).value

    def decoration(self, function: Function) -> Decorated:
        """What the decorators make of a function."""
        found = self.memory.get(
            ("decorated", function), lambda _: self._decorators.of_function(function)
        )
        return found if isinstance(found, Decorated) else Decorated(UNKNOWN)

    def decorated(self, function: Function, frame: Frame | None) -> Decorated:
        """As `decoration`, of a function that is defined in the application of another one."""
        if frame is None:
            return self.decoration(function)
        return self._decorators.of_function(function, frame)

    def free(self, function: Function, frame: Frame) -> tuple[tuple[str, Value], ...]:
        """What the free names of a nested function stand for in an application around it."""
        return self._closures.free(function, frame)

    def decorate(self, fact: Fact, value: Value) -> Decorated:
        """What a library's decorator makes of a value."""
        return self._decorators.by_fact(fact, Decorated(value))

    def decorator_facts(self, function: Function) -> list[Fact]:
        """The facts about a function's decorators, those that are known."""
        home = function.scope.parent or function.scope
        return [f for shape in function.decorators for f in self.decorator_facts_of(shape, home)]

    def decorator_facts_of(self, shape: Shape, home: Scope) -> list[Fact]:
        """The facts about one decorator, with or without arguments."""
        callee = shape.callee if isinstance(shape, CallShape) else shape
        facts = (self.fact_of(thing) for thing in ordered(self.shape(callee, home)))
        return [fact for fact in facts if fact is not None]

    # expressions ------------------------------------------------------------------------------

    def shape(self, shape: Shape, scope: Scope, frame: Frame | None = None) -> Value:
        """What a declared expression is worth."""
        return self._expressions.value(shape, scope, frame)

    def annotation(self, shape: Shape, scope: Scope) -> Value:
        """An object of which an annotation tells the type."""
        return self._annotations.instance(shape, scope)

    def attribute(self, value: Value, name: str) -> Value:
        """What an attribute of a value is."""
        return self._members.attribute(value, name)

    def fact_of(self, thing: Thing) -> Fact | None:
        """The fact of a library callable, or of a method of a library's object."""
        return self._members.fact_of(thing)

    def item(self, value: Value, key: Value) -> Value:
        """What `value[key]` gives."""
        return (
            join(*(self._passing.item(thing, key) for thing in ordered(value)))
            if value
            else UNKNOWN
        )

    def elements(self, value: Value, *, is_async: bool = False) -> Value:
        """What going through a value gives each time round, by `for` or by `async for`."""
        found = [self._passing.elements(thing, is_async=is_async) for thing in ordered(value)]
        return join(*found) if found else UNKNOWN

    def part(self, value: Value, index: int) -> Value:
        """What unpacking a value gives at a position (0-based, no star before it)."""
        return (
            join(*(self._passing.part(thing, index) for thing in ordered(value)))
            if value
            else UNKNOWN
        )

    def entered(self, value: Value, *, is_async: bool) -> Value:
        """What `with value as x` or `async with` binds."""
        found = [self._passing.entered(thing, is_async=is_async) for thing in ordered(value)]
        return join(*found) if found else UNKNOWN

    # calls ------------------------------------------------------------------------------------

    def call(self, value: Value) -> Value:
        """What calling a value gives; arguments aside."""
        return join(*(self.call_one(thing) for thing in ordered(value)))

    def call_one(self, thing: Thing, given: Arguments | None = None) -> Value:
        """What calling one thing gives; `given` is None where the arguments are not known."""
        return self._calling.call(thing, given)

    def applied(self, thing: Func, given: Arguments) -> Value:
        """What a function returns by its `return` statements, for these arguments."""
        return self._calling.applied(thing, given)

    def yielded(self, thing: Func, given: Arguments | None = None) -> Value:
        """What the `yield` expressions of a generator function give."""
        return self._calling.yielded(thing, given)

    def element_type(self, shape: Shape, function: Function) -> Value:
        """The element type of an annotation such as `AsyncIterator[Door]`."""
        return self._passing.element_type(shape, function)

    def result(self, function: Function, thing: Thing) -> Value:
        """What calling a function gives by its kind and annotation, decorators aside."""
        return self._calling.result(function, thing)

    def fact_result(self, fact: Fact, thing: Thing) -> Value:
        """What calling a library's callable gives."""
        return self._calling.by_fact(fact, thing)

    def awaited(self, value: Value) -> Value:
        """What awaiting a value gives."""
        return (
            join(*(self._calling.awaited(thing) for thing in ordered(value))) if value else UNKNOWN
        )
