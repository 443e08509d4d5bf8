"""Declarations of a module: plain data that the index fills and everything above reads."""

from __future__ import annotations

from dataclasses import dataclass, field

from asynclint.facts import Kind
from asynclint.model.guards import Guard
from asynclint.model.shapes import Shape


@dataclass(slots=True)
class Parameter:
    """One parameter; `kind` is 'position', 'keyword', 'args' or 'kwargs'."""

    name: str
    kind: str
    annotation: Shape
    default: Shape | None = None


@dataclass(slots=True, eq=False)
class Function:
    """A `def` or `async def`.

    kind is what the body makes it, decorators aside. Lines are 1-based and inclusive;
    `first_line` is that of the first decorator. `stub` says that the body is only a docstring,
    `...`, `pass` or `raise NotImplementedError`. `mentioned` are the identifiers that the body
    names, `handed` those that it does more with than to call them, `looked_at` the names that it
    only asks for attributes, which it does not call, `results` the shapes of what its return
    statements return. `guards` are the tests on which each of the results hangs (empty: none does),
    `guarded` those on which the definition does.
    `yielded` are the shapes of what its `yield` expressions hand out. `replaced` are the attributes
    of names to which it gives another meaning: (name, attribute), '*' where that is not a constant.
    """

    name: str
    qualname: str
    kind: Kind
    first_line: int
    def_line: int
    last_line: int
    column: int
    parameters: tuple[Parameter, ...]
    decorators: tuple[Shape, ...]
    returns: Shape
    scope: Scope
    owner: Class | None = None
    stub: bool = False
    mentioned: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()
    looked_at: tuple[str, ...] = ()
    results: tuple[Shape, ...] = ()
    guards: tuple[tuple[Guard, ...], ...] = ()
    guarded: tuple[Guard, ...] = ()
    yielded: tuple[Shape, ...] = ()
    replaced: frozenset[tuple[str, str]] = frozenset()

    @property
    def mentions(self) -> frozenset[str]:
        """`mentioned` as a set, made anew: of tens of thousands of functions it would be large."""
        return frozenset(self.mentioned)

    def __repr__(self) -> str:
        place = f"{self.scope.module.path}:{self.def_line}"
        return f"Function({self.qualname}, {self.kind.value}, {place})"


@dataclass(slots=True, eq=False)
class Class:
    """A class: its bases, and what its body and its methods bind on it.

    `attributes` maps a name to what `self.name = ...` and the class body give it; `annotations` to
    the annotations it was declared with.
    """

    name: str
    qualname: str
    bases: tuple[Shape, ...]
    scope: Scope
    line: int
    decorators: tuple[Shape, ...] = ()
    attributes: dict[str, list[Assigned]] = field(default_factory=dict)
    annotations: dict[str, Shape] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether its body binds a name, or its methods assign an attribute of that name."""
        return name in self.scope.bindings or name in self.attributes

    def __repr__(self) -> str:
        return f"Class({self.qualname}, {self.scope.module.path}:{self.line})"


@dataclass(frozen=True, slots=True)
class Import:
    """A name that an import binds: the absolute dotted name it stands for, '' if not known.

    member: the name taken out of a module, '' where the module itself is bound. near: of a relative
    import, the module as it is written (`..rates`).
    """

    dotted: str
    member: str = ""
    near: str = ""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A name bound to an expression of this shape, annotated or not.

    scope: where the names in it are looked up, None for the scope that binds the name.
    """

    shape: Shape
    annotation: Shape | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """A name bound in a way that tells nothing: a loop target, `del`, `except ... as`."""


@dataclass(frozen=True, slots=True, eq=False)
class Receiver:
    """The first parameter of a method: an instance of the class, or the class itself."""

    cls: Class
    is_class: bool


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A parameter that says nothing of itself, of a function that pytest may call with fixtures."""

    function: Function
    name: str


Binding = Function | Class | Import | Assigned | Unclear | Receiver | Asked


@dataclass(slots=True, eq=False, repr=False)
class Scope:
    """The names that one module, class or function body binds, with everything each is bound to.

    `elsewhere` are the names that `global` or `nonlocal` hand to an outer scope, `stars` the
    modules of which `from module import *` takes everything. `module` is the one it stands in.
    """

    kind: str  # 'module', 'class' or 'function'
    parent: Scope | None
    module: Module
    bindings: dict[str, tuple[Binding, ...]] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    stars: list[Import] = field(default_factory=list)

    def bind(self, name: str, binding: Binding) -> None:
        """Adds one more meaning of a name."""
        self.bindings[name] = (*self.bindings.get(name, ()), binding)


@dataclass(slots=True, eq=False)
class Module:
    """One indexed file, or a package without one.

    name: dotted, from the folder in which the program's modules stand. path: as shown to people.
    library: whether it belongs to an installed package, not to the program. public: the names in
    `__all__`, None where it is not a plain display. functions: in source order, nested ones behind
    their parents. mentioned, handed: as those of a function, of all the text. filled: names and
    attributes of the collections into which it puts more, by `x[key] = ...` or a method. patched:
    attributes that it assigns on anything but a receiver.
    """

    name: str
    path: str
    scope: Scope = field(init=False)
    library: bool = False
    public: frozenset[str] | None = None
    functions: list[Function] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    mentioned: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()
    filled: set[str] = field(default_factory=set)
    patched: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.scope = Scope("module", None, self)

    @property
    def mentions(self) -> frozenset[str]:
        """`mentioned` as a set, made anew."""
        return frozenset(self.mentioned)

    def __repr__(self) -> str:
        return f"Module({self.name}, {self.path})"

    @property
    def is_package(self) -> bool:
        """Whether relative imports start at the module itself."""
        return self.path.endswith(("__init__.py", "__init__.pyi"))

    def scopes(self) -> list[Scope]:
        """All scopes of the module, outermost first."""
        return [self.scope, *(f.scope for f in self.functions), *(c.scope for c in self.classes)]

    def imports_whole(self, module: str) -> bool:
        """Whether any scope imports this very module, as a script that uses it does."""
        return any(
            isinstance(binding, Import) and binding.dotted == module
            for scope in self.scopes()
            for bindings in scope.bindings.values()
            for binding in bindings
        )
