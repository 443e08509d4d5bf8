"""pytest's decorators, as they are written: `fixture`, `mark.parametrize` and the like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asynclint.model import typed
from asynclint.model.declared import Assigned, Class, Function, Import, Scope
from asynclint.model.shapes import OPAQUE, CallShape, Display, Literal, Ref, Shape, identifiers
from asynclint.model.values import UNKNOWN, Func, Value, join, ordered

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_FIXTURES = ("pytest.fixture", "pytest.yield_fixture", "pytest_asyncio.fixture")
_MARK = "pytest.mark."
_PARAMETRIZE = "pytest.mark.parametrize"
_POSITIONAL = ("argnames", "argvalues", "indirect")  # of `parametrize`, in this order


@dataclass(frozen=True, slots=True)
class FixtureMark:
    """A fixture's name where it is not that of the function; None where it is."""

    name: str | None


class Marks:
    """Reads the decorators of tests, of fixtures and of the classes around them."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def fixture(self, function: Function) -> FixtureMark | None:
        """How a function is marked as a fixture; None if it is none, or has more decorators."""
        if len(function.decorators) != 1:
            return None
        (shape,) = function.decorators
        if self._dotted(shape, _home(function)) not in _FIXTURES:
            return None
        given = dict(shape.keywords) if isinstance(shape, CallShape) else {}
        name = given.get("name", Literal(None))
        known = isinstance(name, Literal) and isinstance(name.value, (str, type(None)))
        return FixtureMark(name.value) if known else None  # type: ignore[union-attr,arg-type]

    def is_plain(self, function: Function) -> bool:
        """Whether a function is certainly no fixture."""
        return not function.decorators or all(
            self._dotted(shape, _home(function)).startswith(_MARK) for shape in function.decorators
        )

    def leave_parameters(self, test: Function) -> bool:
        """Whether all decorators of a test leave it to pytest what its parameters get."""
        return all(
            self._dotted(shape, _home(test)).startswith(_MARK) or self._wraps(shape, _home(test))
            for shape in test.decorators
        )

    def _wraps(self, shape: Shape, home: Scope) -> bool:
        """Whether a decorator gives a function for any arguments, which `functools.wraps` marks.

        pytest looks through it at the parameters of the test (`inspect.signature`).
        """
        made = [f for thing in self._resolver.shape(shape, home) for f in _made_by(thing)]
        return bool(made) and all(
            f is not None
            and [p.kind for p in f.parameters] == ["args", "kwargs"]
            and len(f.decorators) == 1
            and self._dotted(f.decorators[0], _home(f)) == "functools.wraps"
            for f in made
        )

    # parametrize ------------------------------------------------------------------------------

    def parametrized(self, test: Function, cls: Class | None, name: str) -> Value | None:
        """What `parametrize` gives a test for a name, UNKNOWN where that may be anything.

        cls: the class of which the test is a method. None where a fixture is to be asked.
        """
        found: list[Value] = []
        for shape, home in self._around(test, cls):
            if self._dotted(shape, home) != _PARAMETRIZE:
                continue
            if not isinstance(shape, CallShape):
                return UNKNOWN
            given = dict(zip(_POSITIONAL, shape.args, strict=False)) | dict(shape.keywords)
            names = _names(given.get("argnames", OPAQUE))
            if names is None:
                return UNKNOWN
            if name in names:
                found.append(self._values(given, names.index(name), len(names), home))
        if not found:
            return UNKNOWN if self._by_other_means(test, cls) else None
        return join(*found)

    def _values(self, given: dict[str, Shape], index: int, count: int, home: Scope) -> Value:
        if given.get("indirect", Literal(False)) != Literal(False):
            return UNKNOWN
        rows = self._resolver.shape(given.get("argvalues", OPAQUE), home)
        found = [typed.elements(each) for each in ordered(rows)]
        value = join(*found) if found else UNKNOWN
        return value if count == 1 else self._resolver.part(value, index)

    def _around(self, test: Function, cls: Class | None) -> Iterator[tuple[Shape, Scope]]:
        """The decorators of a test and of the classes that it is in."""
        for shape in test.decorators:
            yield shape, _home(test)
        for entry in self._resolver.classes.line(cls) if cls is not None else ():
            if isinstance(entry, Class):
                for shape in entry.decorators:
                    yield shape, entry.scope.parent or entry.scope

    def _by_other_means(self, test: Function, cls: Class | None) -> bool:
        """Whether a hook or a list of marks may parametrize a test."""
        line = self._resolver.classes.line(cls) if cls is not None else ()
        scopes = [entry.scope for entry in line if isinstance(entry, Class)]
        module = test.scope.module
        scopes.append(module.scope)
        above = self._resolver.project.above(module, "conftest.py")
        if any("pytest_generate_tests" in s.bindings for s in (*scopes, *(m.scope for m in above))):
            return True
        given = [b for s in scopes for b in s.bindings.get("pytestmark", ())]
        return any(
            not isinstance(b, Assigned)
            or b.shape == OPAQUE
            or "parametrize" in identifiers(b.shape)
            for b in given
        )

    def _dotted(self, shape: Shape, scope: Scope) -> str:
        """The dotted name of a decorator that an import leads to, '' if none does."""
        callee = shape.callee if isinstance(shape, CallShape) else shape
        if not isinstance(callee, Ref):
            return ""
        first, *rest = callee.parts
        home = self._resolver.home(first, scope)
        bound = home.bindings[first] if home is not None else ()
        dotted = {b.dotted if isinstance(b, Import) else "" for b in bound}
        base = dotted.pop() if len(dotted) == 1 else ""
        return ".".join([base, *rest]) if base else ""


def _home(function: Function) -> Scope:
    return function.scope.parent or function.scope


def _made_by(thing: object) -> Iterator[Function | None]:
    """The functions that a decorator of the program gives back, None for anything else."""
    if not isinstance(thing, Func) or not thing.function.results:
        yield None
        return
    scope = thing.function.scope
    for shape in thing.function.results:
        name = shape.parts[0] if isinstance(shape, Ref) and len(shape.parts) == 1 else ""
        bound = scope.bindings.get(name, ())
        (made,) = bound if len(bound) == 1 else (None,)
        yield made if isinstance(made, Function) else None


def _names(shape: Shape) -> list[str] | None:
    """The names that `parametrize` is for; None where they are not plain to see."""
    match shape:
        case Literal(value=str(text)):
            return [name.strip() for name in text.split(",") if name.strip()]
        case Display(kind="list" | "tuple", items=items):
            names = [each.value if isinstance(each, Literal) else None for each in items]
            return None if not all(isinstance(n, str) for n in names) else [str(n) for n in names]
        case _:
            return None
