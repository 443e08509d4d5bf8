"""A look at one body: what its names stand for, and what that says of the body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from asynclint.engine.reach import Reach
from asynclint.engine.telling import ASYNC, LOOP_ONLY, Telling
from asynclint.facts import Kind
from asynclint.model.declared import Class, Function, Import, Scope
from asynclint.model.loose import Loose
from asynclint.model.resolve import Resolver
from asynclint.model.shapes import CallShape, Member, Ref, Shape
from asynclint.model.values import (
    ASYNC_GENERATOR,
    UNKNOWN,
    Func,
    Giving,
    Inst,
    Klass,
    Made,
    Partial,
    Thing,
    Unknown,
    Value,
    one,
)

_SUPER = CallShape(Ref(("super",)), ())
_MAKERS = ("__init__", "__new__", "__post_init__")
_PLAIN = (Kind.FUNCTION, Kind.GENERATOR)


@dataclass(slots=True)
class Sight:
    """What is to be seen of one body by itself.

    holds: whether it could hold a finding, whatever its callees do. keeps: whether it has a
    coroutine object or an async generator at hand that it may leave behind. starts: whether it
    starts or makes a loop. spends: whether it hands a parameter to what consumes it. calls: the
    functions of the program that it calls. implied: those that run without a call. given: those of
    the called that get something which may live. passes: those that get a parameter.
    """

    holds: bool = False
    keeps: bool = False
    starts: bool = False
    spends: bool = False
    calls: tuple[Function, ...] = ()
    implied: tuple[Function, ...] = ()
    given: tuple[Function, ...] = ()
    passes: tuple[Function, ...] = ()

    @property
    def runs(self) -> tuple[Function, ...]:
        """All functions of the program that run when the body does."""
        return self.calls + self.implied


class Look:
    """One look at one body."""

    def __init__(
        self,
        resolver: Resolver,
        reach: Reach,
        telling: Telling,
        scope: Scope,
        function: Function | None,
    ) -> None:
        self._resolver = resolver
        self._reach = reach
        self._telling = telling
        self._scope = scope
        self._parameters = {p.name for p in function.parameters} if function is not None else set()
        self._sight = Sight()
        self._calls: dict[Function, None] = {}
        self._implied: dict[Function, None] = {}
        self._given: dict[Function, None] = {}
        self._passes: dict[Function, None] = {}

    def at(self, loose: Loose) -> Sight:
        """What is to be seen of what the body names."""
        sight = self._sight
        sight.holds = loose.spends
        for shape, is_called in loose.named.items():
            self._named(shape, is_kept=is_called)
        for shape, eater in loose.fed:
            self._named(shape, is_kept=not self._eats(eater))
        for shape in loose.awaited:
            self._awaited(shape)
        for shape in loose.iterated:
            self._iterated(shape)
        for shape in loose.gone_through:
            sight.holds = sight.holds or self._telling.is_stream(self._things(shape))
        for shape, names in loose.passing.items():
            self._passing(shape, names)
        sight.calls, sight.implied = tuple(self._calls), tuple(self._implied)
        sight.given, sight.passes = tuple(self._given), tuple(self._passes)
        return sight

    def _named(self, shape: Shape, *, is_kept: bool) -> None:
        """is_kept: whether it is called, and the result may still be at hand then."""
        sight, telling = self._sight, self._telling
        if _last(shape) in LOOP_ONLY:
            sight.holds = True
        for thing in self._things(shape):
            self._note(thing)
            fact = telling.fact(thing)
            if fact is not None:
                sight.holds = True
                sight.starts |= fact.starts_loop or fact.makes_loop
            is_object, gives_one = (
                telling.is_object(one(thing)),
                telling.is_object(self._result(thing)),
            )
            sight.holds |= is_object or gives_one
            sight.keeps |= is_kept and (
                is_object or gives_one or (fact is not None and fact.kind in ASYNC)
            )
            sight.keeps |= isinstance(thing, Made) and is_object

    def _eats(self, shape: Shape) -> bool:
        """Whether to call it with a coroutine object is to have done with the object."""
        if _last(shape) in LOOP_ONLY:
            return True
        facts = [self._telling.fact(thing) for thing in self._things(shape)]
        return bool(facts) and all(fact is not None and fact.consumes for fact in facts)

    def _awaited(self, shape: Shape) -> None:
        sight, telling = self._sight, self._telling
        for thing in self._things(shape):
            made = self._resolver.call_one(thing)
            sight.holds |= telling.awaited_fact(thing) or any(_is_odd(each) for each in made)
            if not (isinstance(thing, Func) and thing.function.kind in ASYNC):
                self._note(thing)

    def _iterated(self, shape: Shape) -> None:
        for thing in self._things(shape):
            made = self._resolver.call_one(thing)
            self._sight.holds |= any(
                isinstance(each, Made) and (each.cls != ASYNC_GENERATOR or each.shared)
                for each in made
            )
            self._note(thing)

    def _passing(self, shape: Shape, names: set[str]) -> None:
        """What gets an argument that may be a coroutine object which is used again."""
        sight = self._sight
        is_parameter = not self._parameters.isdisjoint(names)
        sight.spends |= is_parameter and _last(shape) in LOOP_ONLY
        for thing in self._things(shape):
            fact = self._telling.fact(thing)
            if fact is not None and fact.consumes:
                sight.holds = True
                sight.spends |= is_parameter
            called = dict.fromkeys(self._called(thing))
            self._given.update(called)
            if is_parameter:
                self._passes.update(called)

    def _note(self, thing: Thing) -> None:
        """The functions that run where a thing is used."""
        self._calls.update(dict.fromkeys(self._called(thing)))
        if isinstance(thing, (Klass, Inst)):
            cls = thing.cls if isinstance(thing, Klass) else thing.of
            if isinstance(cls, Class):
                self._implied.update(self._special(cls))

    def _called(self, thing: Thing) -> Iterator[Function]:
        """The plain functions of the program that a call of a thing runs."""
        classes = self._resolver.classes
        match thing:
            case Func(function=function):
                if function.kind in _PLAIN:
                    yield function
            case Partial(callee=callee):
                yield from self._called(callee)
            case Giving(runs=runs) if runs is not None:
                yield from self._called(runs)
            case Klass(cls=cls):
                found = (classes.inherited(cls, name) for name in _MAKERS)
                yield from (each for each in found if each is not None and each.kind in _PLAIN)
            case Inst(of=Class() as cls):
                called = classes.inherited(cls, "__call__")
                if called is not None and called.kind in _PLAIN:
                    yield called
            case _:
                pass

    def _special(self, cls: Class) -> dict[Function, None]:
        """The special methods of a class: syntax may run any of them."""
        found = self._resolver.memory.get(
            ("special", cls), lambda _: _special_methods(self._resolver, cls)
        )
        return found if isinstance(found, dict) else {}

    def _result(self, thing: Thing) -> Value:
        """What calling a thing gives, where it is a plain function, a class or an instance."""
        match thing:
            case Func(function=function) if function.kind is Kind.FUNCTION:
                return self._resolver.call_one(thing)
            case Klass() | Partial() | Inst(of=Class()):
                return self._resolver.call_one(thing)
            case _:
                return frozenset()

    # values -----------------------------------------------------------------------------------

    def _things(self, shape: Shape) -> frozenset[Thing]:
        """All that a shape may stand for, as far as it is known."""
        match shape:
            case Ref(parts=parts):
                if self._is_far(parts):
                    return frozenset()
                things = self._by_name(parts[0])
                for part in parts[1:]:
                    things = self._attribute(things, part)
                return things
            case Member(base=base, name=name) if base == _SUPER:
                owner = self._resolver.owner(self._scope)
                return self._resolver.classes.above(owner, name) if owner is not None else UNKNOWN
            case Member(base=base, name=name):
                return self._attribute(self._things(base), name)
            case _:
                return _known(self._resolver.shape(shape, self._scope))

    def _attribute(self, things: Iterable[Thing], name: str) -> frozenset[Thing]:
        found: set[Thing] = set()
        for thing in things:
            if isinstance(thing, Inst) and isinstance(thing.of, Class):
                classes = self._resolver.classes
                for run in (classes.inherited(thing.of, name), classes.setter(thing.of, name)):
                    if run is not None and run.decorators:
                        self._implied[run] = None  # a property, perhaps
            found |= self._resolver.attribute(one(thing), name)
        return _known(frozenset(found))

    def _is_far(self, parts: tuple[str, ...]) -> bool:
        """Whether it comes from an installed package that leads to no word of async code.

        Nothing of such a package is read.
        """
        resolver, module = self._resolver, self._scope.module
        home = resolver.home(parts[0], self._scope)
        bound = home.bindings[parts[0]] if home is not None else ()
        for binding in bound:
            if not isinstance(binding, Import) or not resolver.project.installed(binding, module):
                return False
            if resolver.facts.package(binding.dotted.partition(".")[0]):
                return False
            written = binding.near or binding.dotted
            if binding.member and not binding.near:
                written = written.removesuffix(f".{binding.member}")
            name = binding.member or (parts[1] if len(parts) > 1 else "")
            if self._reach.leads(written, name, resolver.project.path(module)):
                return False
        return bool(bound)

    def _by_name(self, name: str) -> frozenset[Thing]:
        """All that the bindings of a name give: some may be known where others are not."""
        resolver = self._resolver
        home = resolver.home(name, self._scope)
        if home is not None and home.kind == "function":
            bindings = home.bindings[name]
            return _known(frozenset().union(*(resolver.binding(b, home) for b in bindings)))
        value = resolver.name(name, self._scope)
        if home is None:
            for cls in self._scope.module.classes:  # a statement of a class body, perhaps
                if name in cls.scope.bindings:
                    value |= resolver.name(name, cls.scope)
        return _known(value)


def _known(value: Iterable[Thing]) -> frozenset[Thing]:
    return frozenset(thing for thing in value if not isinstance(thing, Unknown))


def _last(shape: Shape) -> str:
    if isinstance(shape, Ref):
        return shape.parts[-1] if len(shape.parts) > 1 else ""
    return shape.name if isinstance(shape, Member) else ""


def _is_odd(thing: Thing) -> bool:
    """Whether to await it is not simply right: an async generator, or what others have, too."""
    return isinstance(thing, Made) and (thing.cls == ASYNC_GENERATOR or thing.shared)


def _special_methods(resolver: Resolver, cls: Class) -> dict[Function, None]:
    line = (each for each in resolver.classes.line(cls) if isinstance(each, Class))
    bound = (pair for each in line for pair in each.scope.bindings.items())
    return {
        binding: None
        for name, bindings in bound
        if name.startswith("__") and name.endswith("__")
        for binding in bindings
        if isinstance(binding, Function) and binding.kind in _PLAIN
    }
