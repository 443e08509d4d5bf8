"""Shapes: what is remembered of an expression that declares something (`x = partial(f, 1)`).

A module's tree is dropped once it is indexed; what a global, a class attribute, an annotation, a
default or a decorator was bound to stays behind as one of these small values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache

from asynclint.model.guards import Guard, guard_of


@dataclass(frozen=True, slots=True)
class Ref:
    """A name with attributes: `asyncio.run` is ('asyncio', 'run')."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of something that is no plain name: `Client().send`, `HANDLERS["a"].run`."""

    base: Shape
    name: str


@dataclass(frozen=True, slots=True)
class CallShape:
    """A call; keyword arguments keep their names, `**more` goes by the name '**'."""

    callee: Shape
    args: tuple[Shape, ...]
    keywords: tuple[tuple[str, Shape], ...] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: None, bool, int, str ..."""

    value: object


@dataclass(frozen=True, slots=True)
class Display:
    """A list, tuple, set or dict display (of a dict: its values, with the constant keys)."""

    kind: str
    items: tuple[Shape, ...]
    keys: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Comprehension:
    """A comprehension of this kind: what each element is, of a dict each value."""

    kind: str
    element: Shape


@dataclass(frozen=True, slots=True)
class Either:
    """One of several: `a or b`, or a conditional expression, whose test guards the first."""

    options: tuple[Shape, ...]
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """`A | B` outside of annotations: types, if it declares an alias."""

    options: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class LambdaShape:
    """A lambda: what calling it gives."""

    body: Shape


@dataclass(frozen=True, slots=True)
class Awaited:
    """`await x`: the result, not the awaitable."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Generic:
    """A subscript: as an annotation `Coroutine[Any, Any, int]`, as a value `HANDLERS["a"]`."""

    base: Shape
    args: tuple[Shape, ...]
    key: Shape | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """What a parameter `*args: X` ('args') or `**kwargs: X` ('kwargs') is."""

    kind: str
    of: Shape


@dataclass(frozen=True, slots=True)
class Entered:
    """The target of `with x as ...` or `async with`."""

    of: Shape
    is_async: bool


@dataclass(frozen=True, slots=True)
class Element:
    """The target of a loop over something."""

    of: Shape
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One of the targets to which something is unpacked, by its 0-based position."""

    of: Shape
    index: int


@dataclass(frozen=True, slots=True)
class Opaque:
    """Anything else."""


Shape = (
    Ref
    | Member
    | CallShape
    | Literal
    | Display
    | Comprehension
    | Either
    | Union
    | LambdaShape
    | Awaited
    | Generic
    | Packed
    | Entered
    | Element
    | Part
    | Opaque
)

OPAQUE = Opaque()
_DEPTH = 6  # deeper expressions declare nothing that a reader could follow either
_KINDS: dict[type[ast.expr], str] = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Tuple: "tuple",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.DictComp: "dict",
    ast.GeneratorExp: "iterable",
}


def shape_of(node: ast.expr | None, depth: int = _DEPTH) -> Shape:
    """The shape of an expression; OPAQUE where nothing is to be remembered."""
    if node is None or depth <= 0:
        return OPAQUE
    match node:
        case ast.Name(id=name):
            return named((name,))
        case ast.Attribute(value=value, attr=attr):
            base = shape_of(value, depth - 1)
            return named((*base.parts, attr)) if isinstance(base, Ref) else _member(base, attr)
        case ast.Constant(value=value):
            return Literal(value)
        case ast.Call():
            return _call_shape(node, depth)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            options = (shape_of(body, depth - 1), shape_of(orelse, depth - 1))
            return Either(options, guard_of(test))
        case ast.BoolOp(op=ast.Or(), values=values):
            return Either(tuple(shape_of(value, depth - 1) for value in values))
        case ast.BinOp(op=ast.BitOr()):
            return Union(tuple(shape_of(option, depth - 1) for option in _options(node)))
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            return _display(node, depth)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return _comprehension(node, depth)
        case ast.Lambda(args=args, body=body):
            own = {each.arg for each in ast.walk(args) if isinstance(each, ast.arg)}
            return LambdaShape(without(shape_of(body, depth - 1), own))
        case ast.Await(value=value):
            return Awaited(shape_of(value, depth - 1))
        case ast.NamedExpr(value=value):
            return shape_of(value, depth)
        case ast.Subscript(value=value, slice=inner):
            key = shape_of(inner, depth - 1)
            return Generic(shape_of(value, depth - 1), _arguments(inner, depth), key)
        case _:
            return OPAQUE


@lru_cache(maxsize=65_536)
def named(parts: tuple[str, ...]) -> Ref:
    """The same object for the same parts: the same few names stand everywhere."""
    return Ref(parts)


def _member(base: Shape, name: str) -> Shape:
    return OPAQUE if base == OPAQUE else Member(base, name)


def _call_shape(node: ast.Call, depth: int) -> CallShape:
    keywords = tuple((k.arg or "**", shape_of(k.value, depth - 1)) for k in node.keywords)
    args = tuple(shape_of(arg, depth - 1) for arg in node.args)
    return CallShape(shape_of(node.func, depth - 1), args, keywords)


def _display(node: ast.List | ast.Tuple | ast.Set | ast.Dict, depth: int) -> Display:
    if isinstance(node, ast.Dict):
        names = tuple(k.value if isinstance(k, ast.Constant) else None for k in node.keys)
        pairs = zip(node.keys, node.values, strict=True)
        values = tuple(OPAQUE if k is None else shape_of(v, depth - 1) for k, v in pairs)
        return Display("dict", values, names)
    items = tuple(shape_of(item, depth - 1) for item in node.elts)
    ordered = not isinstance(node, ast.Set) and not any(
        isinstance(item, ast.Starred) for item in node.elts
    )
    keys = tuple(range(len(items))) if ordered else (None,) * len(items)
    return Display(_KINDS[type(node)], items, keys)


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, depth: int
) -> Shape:
    """What its own variables stand for is not known outside of it."""
    if any(each.is_async for each in node.generators) and isinstance(node, ast.GeneratorExp):
        return OPAQUE
    names = {
        each.id
        for generator in node.generators
        for each in ast.walk(generator.target)
        if isinstance(each, ast.Name)
    }
    element = node.value if isinstance(node, ast.DictComp) else node.elt
    return Comprehension(_KINDS[type(node)], without(shape_of(element, depth - 1), names))


def _options(node: ast.expr) -> Iterator[ast.expr]:
    """The operands of a chain of `|`, the first one first."""
    found: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        found.append(node.right)
        node = node.left
    return iter([node, *reversed(found)])


def without(shape: Shape, names: set[str]) -> Shape:
    """A shape in which nothing refers to these names: what does is OPAQUE."""
    if isinstance(shape, Ref):
        return OPAQUE if shape.parts[0] in names else shape
    changes: dict[str, object] = {}
    for each in fields(shape):
        value = getattr(shape, each.name)
        if isinstance(value, Shape):
            changes[each.name] = without(value, names)
        elif each.name in ("args", "items", "options"):
            changes[each.name] = tuple(without(part, names) for part in value)
        elif each.name == "keywords":
            changes[each.name] = tuple((name, without(part, names)) for name, part in value)
    return replace(shape, **changes) if changes else shape  # type: ignore[arg-type]


def annotation_shape(node: ast.expr | None, depth: int = _DEPTH) -> Shape:
    """The shape of an annotation: names, subscripts, unions; strings are parsed."""
    if node is None or depth <= 0:
        return OPAQUE
    match node:
        case ast.Constant(value=str(text)):
            return written(text, depth - 1)
        case ast.Constant(value=value) if value is None or value is ...:
            return Literal(value)
        case ast.BinOp(op=ast.BitOr()):
            return Either(tuple(annotation_shape(option, depth - 1) for option in _options(node)))
        case ast.Subscript(value=value, slice=inner):
            return Generic(shape_of(value, depth - 1), _arguments(inner, depth))
        case ast.List(elts=items):  # the parameters of a Callable
            return Display("list", tuple(annotation_shape(item, depth - 1) for item in items))
        case ast.Name() | ast.Attribute():
            return shape_of(node, depth)
        case _:
            return OPAQUE


def _arguments(inner: ast.expr, depth: int) -> tuple[Shape, ...]:
    items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    return tuple(annotation_shape(item, depth - 1) for item in items)


def written(text: str, depth: int = _DEPTH) -> Shape:
    """The shape of an annotation that is written as a string; OPAQUE where it is no expression."""
    try:
        return annotation_shape(ast.parse(text.strip(), mode="eval").body, depth)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return OPAQUE


def identifiers(shape: Shape) -> Iterator[str]:
    """Every identifier in a shape."""
    waiting: list[Shape] = [shape]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Ref):
            yield from part.parts
            continue
        if isinstance(part, Member):
            yield part.name
        for each in fields(part):
            value = getattr(part, each.name)
            if isinstance(value, Shape):
                waiting.append(value)
            elif each.name in ("args", "items", "options"):
                waiting.extend(value)
            elif each.name == "keywords":
                waiting.extend(inner for _, inner in value)
