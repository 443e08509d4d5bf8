"""Resolves names, attributes, annotations and calls to values, in all modules of a project."""

from __future__ import annotations

from asynclint.facts import Fact, Facts, Kind
from asynclint.model.classes import Classes
from asynclint.model.declared import (
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
from asynclint.model.decorators import Decorated, decorated
from asynclint.model.project import Project
from asynclint.model.shapes import (
    CallShape,
    Display,
    Either,
    Generic,
    LambdaShape,
    Literal,
    Ref,
    Shape,
)
from asynclint.model.values import (
    ASYNC_GENERATOR,
    COROUTINE,
    FUTURE,
    GENERATOR,
    LOOP,
    NONE,
    TASK,
    THREAD_FUTURE,
    UNKNOWN,
    Const,
    Func,
    Giving,
    Inst,
    Klass,
    Lib,
    Made,
    Method,
    Mod,
    Obj,
    Partial,
    Super,
    Table,
    Thing,
    Value,
    join,
    one,
)

_TRACKED = (TASK, FUTURE, THREAD_FUTURE, LOOP)
_MADE_BY_KIND = {
    Kind.COROUTINE: COROUTINE,
    Kind.ASYNC_GENERATOR: ASYNC_GENERATOR,
    Kind.GENERATOR: GENERATOR,
}
_TRANSPARENT = ("Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly")
_TYPING = ("typing.", "typing_extensions.", "collections.abc.", "types.")
_ONE_SHOT = {
    "Coroutine": COROUTINE,
    "CoroutineType": COROUTINE,
    "AsyncGenerator": ASYNC_GENERATOR,
    "AsyncGeneratorType": ASYNC_GENERATOR,
    "AsyncIterator": ASYNC_GENERATOR,
}


class Resolver:
    """Looks things up. Stateless but for its memory and the guard against cycles."""

    def __init__(self, project: Project, facts: Facts) -> None:
        self.project = project
        self.facts = facts
        self.classes = Classes(self)
        self._decorated: dict[Function, Decorated] = {}
        self._names: dict[tuple[int, str], Value] = {}
        self._busy: set[tuple[int, str]] = set()

    # names ------------------------------------------------------------------------------------

    def name(self, name: str, scope: Scope) -> Value:
        """What a name means in a scope, from the declarations of the scopes around it."""
        home = self._home(name, scope)
        if home is None:
            found = self._starred(name, scope.module)
            return one(Lib(f"builtins.{name}")) if found is None else found
        key = (id(home), name)
        if key in self._names:
            return self._names[key]
        if key in self._busy:
            return UNKNOWN
        self._busy.add(key)
        try:
            found = join(*(self._binding(b, home) for b in self._live(home.bindings[name])))
        finally:
            self._busy.discard(key)
        self._names[key] = found
        return found

    def _home(self, name: str, scope: Scope) -> Scope | None:
        start: Scope | None = scope
        while start is not None:
            inherits = start is scope or start.kind != "class"
            if inherits and name in start.bindings and name not in start.elsewhere:
                return start
            start = start.parent
        return None

    def _live(self, bindings: list[Binding]) -> list[Binding]:
        """Without the stand-ins of overloads and property setters, which replace nothing."""
        kept = [b for b in bindings if not (isinstance(b, Function) and self._is_stand_in(b))]
        return kept or bindings

    def _is_stand_in(self, function: Function) -> bool:
        for decorator in function.decorators:
            if not isinstance(decorator, Ref):
                continue
            if decorator.parts[-1] == "overload":
                return True
            if decorator.parts[0] == function.name and len(decorator.parts) > 1:
                return True
        return False

    def _binding(self, binding: Binding, scope: Scope) -> Value:
        match binding:
            case Function():
                return self.declared(binding)
            case Class():
                return one(Klass(binding))
            case Import():
                return self._imported(binding, scope.module)
            case Assigned(shape=shape, annotation=annotation):
                scope = binding.scope or scope
                value = self.shape(shape, scope)
                if value == UNKNOWN and annotation is not None:
                    return self.annotation(annotation, scope)
                if value == NONE and annotation is not None:
                    return join(NONE, self.annotation(annotation, scope))
                return value
            case Receiver(cls=cls, is_class=is_class):
                return one(Klass(cls) if is_class else Inst(cls))
            case Unclear():
                return UNKNOWN

    # modules ----------------------------------------------------------------------------------

    def member(self, module: Module, name: str) -> Value | None:
        """What a name of a module is, its submodules included; None if it has none such."""
        if name in module.scope.bindings:
            return self.name(name, module.scope)
        found = self._starred(name, module)
        if found is not None:
            return found
        below = self.project.submodule(module, name)
        return one(Mod(below)) if below is not None else None

    def _imported(self, binding: Import, importer: Module) -> Value:
        """A library that the facts know is known better by them than by its source."""
        if not binding.dotted:
            return UNKNOWN
        known = one(Lib(self.canonical(binding.dotted)))
        target = self.project.imported(binding, importer)
        if target is None or (target.library and self._is_fact(binding.dotted)):
            return known
        if not binding.member:
            return one(Mod(target))
        if target is importer:
            below = self.project.submodule(target, binding.member)
            return one(Mod(below)) if below is not None else UNKNOWN
        found = self.member(target, binding.member)
        return known if found is None else found

    def _is_fact(self, dotted: str) -> bool:
        return self.facts.get(dotted) is not None

    def _starred(self, name: str, module: Module) -> Value | None:
        """What `from ... import *` binds a name to, the last one first."""
        for star in reversed(module.scope.stars):
            key = (id(star), name)
            if key in self._busy:
                continue
            self._busy.add(key)
            try:
                found = self._from_star(name, star, module)
            finally:
                self._busy.discard(key)
            if found is not None:
                return found
        return None

    def _from_star(self, name: str, star: Import, importer: Module) -> Value | None:
        package = star.dotted.removesuffix(".*")
        target = self.project.imported(star, importer)
        if target is None or target.library:
            dotted = f"{package}.{name}"
            return one(Lib(self.canonical(dotted))) if self._is_fact(dotted) else None
        hidden = name.startswith("_") if target.public is None else name not in target.public
        return None if hidden else self.member(target, name)

    def canonical(self, dotted: str) -> str:
        """The spelling under which the facts know a dotted name."""
        fact = self.facts.get(dotted)
        return fact.name if fact is not None else dotted

    def declared(self, function: Function) -> Value:
        """What the name of a `def` is bound to, its decorators applied."""
        return self.decoration(function).value

    def decoration(self, function: Function) -> Decorated:
        """What the decorators make of a function."""
        if function not in self._decorated:
            self._decorated[function] = Decorated(UNKNOWN)  # cut cycles
            self._decorated[function] = decorated(self, function)
        return self._decorated[function]

    def decorator_facts(self, function: Function) -> list[Fact]:
        """The facts about a function's decorators, those that are known."""
        home = function.scope.parent or function.scope
        return [f for shape in function.decorators for f in self.decorator_facts_of(shape, home)]

    def decorator_facts_of(self, shape: Shape, home: Scope) -> list[Fact]:
        """The facts about one decorator, with or without arguments."""
        callee = shape.callee if isinstance(shape, CallShape) else shape
        facts = (self.fact_of(thing) for thing in self.shape(callee, home))
        return [fact for fact in facts if fact is not None]

    # shapes -----------------------------------------------------------------------------------

    def shape(self, shape: Shape, scope: Scope) -> Value:
        """What a declared expression is worth."""
        match shape:
            case Ref(parts=parts):
                value = self.name(parts[0], scope)
                for part in parts[1:]:
                    value = self.attribute(value, part)
                return value
            case CallShape(callee=callee, args=args):
                called = self.shape(callee, scope)
                if called == one(Lib("functools.partial")) and args:
                    return frozenset(Partial(t) for t in self.shape(args[0], scope))
                return self.call(called)
            case Literal(value=value):
                return one(Const(value))
            case Either(options=options):
                return join(*(self.shape(option, scope) for option in options))
            case LambdaShape(body=body):
                return one(Giving(self.shape(body, scope)))
            case Display(items=items, keys=keys):
                names = keys if shape.kind == "dict" else range(len(items))
                values = (self.shape(item, scope) for item in items)
                return one(Table(tuple(zip(names, values, strict=False))))
            case _:
                return UNKNOWN

    def annotation(self, shape: Shape, scope: Scope) -> Value:
        """An object of which an annotation tells the type."""
        match shape:
            case Literal(value=None):
                return NONE
            case Either(options=options):
                return join(*(self.annotation(option, scope) for option in options))
            case Generic(base=base, args=args):
                return self._generic(base, args, scope)
            case Ref():
                return self._instance(shape, scope)
            case _:
                return UNKNOWN

    def _generic(self, base: Shape, args: tuple[Shape, ...], scope: Scope) -> Value:
        name = base.parts[-1] if isinstance(base, Ref) else ""
        if name == "Optional" and args:
            return join(NONE, self.annotation(args[0], scope))
        if name == "Union":
            return join(*(self.annotation(arg, scope) for arg in args))
        if name in _TRANSPARENT and args:
            return self.annotation(args[0], scope)
        return self._instance(base, scope)

    def _instance(self, shape: Shape, scope: Scope) -> Value:
        value = self.shape(shape, scope)
        if len(value) != 1:
            return UNKNOWN
        (thing,) = value
        match thing:
            case Klass(cls=cls):
                return one(Inst(cls))
            case Lib(name=name):
                if name.startswith(_TYPING):
                    made = _ONE_SHOT.get(name.rpartition(".")[2])
                    return one(Made(made)) if made else UNKNOWN
                if name in _TRACKED:
                    return one(Made(name, shared=True))
                return one(Inst(name))
            case _:
                return UNKNOWN

    # attributes and calls ---------------------------------------------------------------------

    def attribute(self, value: Value, name: str) -> Value:
        """What an attribute of a value is."""
        return join(*(self._attribute(thing, name) for thing in value if thing != Const(None)))

    def _attribute(self, thing: Thing, name: str) -> Value:
        match thing:
            case Lib(name=owner):
                return one(Lib(self.canonical(f"{owner}.{name}")))
            case Mod(module=module):
                return self.member(module, name) or UNKNOWN
            case Inst(of=Class()):
                return self.classes.attribute(thing, name)
            case Inst(of=str()) | Made() | Obj():
                return one(Method(thing, name))
            case Klass(cls=cls):
                return self.classes.on_class(cls, name)
            case Super(cls=cls):
                return self.classes.above(cls, name)
            case Const(value=str() | bytes() as value):
                return one(Method(Inst(f"builtins.{type(value).__name__}"), name))
            case _:
                return UNKNOWN

    def fact_of(self, thing: Thing) -> Fact | None:
        """The fact of a library callable, or of a method of a library's object."""
        match thing:
            case Lib(name=name):
                return self.facts.get(name)
            case Method(owner=Inst(of=str(owner)), name=name):
                return self.facts.method(owner, name)
            case Method(owner=Made(cls=owner), name=name):
                return self.facts.method(owner, name)
            case Partial(callee=callee):
                return self.fact_of(callee)
            case _:
                return None

    def call(self, value: Value) -> Value:
        """What calling a value gives; arguments aside."""
        return join(*(self.call_one(thing) for thing in value))

    def call_one(self, thing: Thing) -> Value:
        """What calling one thing gives."""
        match thing:
            case Func(function=function):
                return self.result(function, thing)
            case Klass(cls=cls):
                return one(Inst(cls, exact=True))
            case Partial(callee=callee):
                return self.call_one(callee)
            case Giving(result=result):
                return result
            case Lib() | Method():
                fact = self.fact_of(thing)
                if fact is not None:
                    return self.fact_result(fact, thing)
                if isinstance(thing, Lib) and thing.name.rpartition(".")[2][:1].isupper():
                    return one(Inst(thing.name, exact=True))
                return UNKNOWN
            case _:
                return UNKNOWN

    def result(self, function: Function, thing: Thing) -> Value:
        """What calling a function of the program gives, decorators aside."""
        if (made := _MADE_BY_KIND.get(function.kind)) is not None:
            if function.stub and _promises_iteration(function):
                return UNKNOWN  # an abstract `async def` without yield: the overrides may have one
            return one(Made(made, thing))
        return self.annotation(function.returns, function.scope)

    def fact_result(self, fact: Fact, thing: Thing) -> Value:
        """What calling a library's callable gives."""
        if (made := _MADE_BY_KIND.get(fact.kind)) is not None:
            return one(Made(made, thing))
        if fact.kind is Kind.CLASS:
            tracked = fact.name in _TRACKED and fact.name != LOOP  # the abstract class makes none
            return one(Made(fact.name, thing) if tracked else Inst(fact.name, True))
        if fact.returns in _TRACKED:
            return one(Made(fact.returns, thing))
        if fact.returns and fact.returns != "argument":
            return one(Inst(fact.returns, exact=True))
        return UNKNOWN


def _promises_iteration(function: Function) -> bool:
    shape = function.returns
    base = shape.base if isinstance(shape, Generic) else shape
    return isinstance(base, Ref) and base.parts[-1] in (
        "AsyncIterator",
        "AsyncIterable",
        "AsyncGenerator",
    )
