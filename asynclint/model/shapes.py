"""Shapes: what is remembered of an expression that declares something (`x = partial(f, 1)`).

A module's tree is dropped once it is indexed; what a global, a class attribute, an annotation, a
default or a decorator was bound to stays behind as one of these small values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """A name with attributes: `asyncio.run` is ('asyncio', 'run')."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallShape:
    """A call; keyword arguments keep their names."""

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
class Either:
    """One of several: a conditional expression, `a or b`."""

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
    """A subscripted name in an annotation: `Coroutine[Any, Any, int]`."""

    base: Shape
    args: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Opaque:
    """Anything else."""


Shape = Ref | CallShape | Literal | Display | Either | LambdaShape | Awaited | Generic | Opaque

OPAQUE = Opaque()
_DEPTH = 6  # deeper expressions declare nothing that a reader could follow either


def shape_of(node: ast.expr | None, depth: int = _DEPTH) -> Shape:
    """The shape of an expression; OPAQUE where nothing is to be remembered."""
    if node is None or depth <= 0:
        return OPAQUE
    match node:
        case ast.Name(id=name):
            return Ref((name,))
        case ast.Attribute(value=value, attr=attr):
            base = shape_of(value, depth - 1)
            return Ref((*base.parts, attr)) if isinstance(base, Ref) else OPAQUE
        case ast.Constant(value=value):
            return Literal(value)
        case ast.Call():
            return _call_shape(node, depth)
        case ast.IfExp(body=body, orelse=orelse):
            return Either((shape_of(body, depth - 1), shape_of(orelse, depth - 1)))
        case ast.BoolOp(op=ast.Or(), values=values):
            return Either(tuple(shape_of(value, depth - 1) for value in values))
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[type(node)]
            return Display(kind, tuple(shape_of(item, depth - 1) for item in items))
        case ast.Dict(keys=keys, values=values):
            names = tuple(k.value if isinstance(k, ast.Constant) else None for k in keys)
            return Display("dict", tuple(shape_of(v, depth - 1) for v in values), names)
        case ast.Lambda(body=body):
            return LambdaShape(shape_of(body, depth - 1))
        case ast.Await(value=value):
            return Awaited(shape_of(value, depth - 1))
        case _:
            return OPAQUE


def _call_shape(node: ast.Call, depth: int) -> CallShape:
    keywords = tuple((k.arg, shape_of(k.value, depth - 1)) for k in node.keywords if k.arg)
    args = tuple(shape_of(arg, depth - 1) for arg in node.args)
    return CallShape(shape_of(node.func, depth - 1), args, keywords)


def annotation_shape(node: ast.expr | None, depth: int = _DEPTH) -> Shape:
    """The shape of an annotation: names, subscripts, unions; strings are parsed."""
    if node is None or depth <= 0:
        return OPAQUE
    match node:
        case ast.Constant(value=str(text)):
            try:
                return annotation_shape(ast.parse(text.strip(), mode="eval").body, depth - 1)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return OPAQUE
        case ast.Constant(value=None):
            return Literal(None)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            options = (annotation_shape(left, depth - 1), annotation_shape(right, depth - 1))
            return Either(options)
        case ast.Subscript(value=value, slice=inner):
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            args = tuple(annotation_shape(item, depth - 1) for item in items)
            return Generic(shape_of(value, depth - 1), args)
        case ast.Name() | ast.Attribute():
            return shape_of(node, depth)
        case _:
            return OPAQUE


def identifiers(shape: Shape) -> Iterator[str]:
    """Every identifier in a shape."""
    match shape:
        case Ref(parts=parts):
            yield from parts
        case CallShape(callee=callee, args=args) | Generic(base=callee, args=args):
            for part in (callee, *args):
                yield from identifiers(part)
        case Either(options=parts) | Display(items=parts):
            for part in parts:
                yield from identifiers(part)
        case LambdaShape(body=body) | Awaited(of=body):
            yield from identifiers(body)
        case _:
            return
