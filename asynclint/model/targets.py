"""What assignment targets bind: names, attributes of a method's receiver, parts of an unpacking."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from asynclint.model.declared import Assigned, Class, Scope
from asynclint.model.shapes import OPAQUE, Element, Entered, Part, Shape, shape_of

#: A method's class with the name of its first parameter.
Receiver = tuple[Class, str]
_FILLING = (
    *("append", "appendleft", "add", "insert", "extend", "extendleft"),
    *("update", "setdefault", "__setitem__", "push", "register"),
)


def bind_target(
    target: ast.expr,
    shape: Shape,
    annotation: Shape | None,
    scope: Scope,
    receiver: Receiver | None,
) -> None:
    """Binds what stands on the left of an assignment of this shape."""
    match target:
        case ast.Name(id=name):
            scope.bind(name, Assigned(shape, annotation))
        case ast.Attribute(value=ast.Name(id=owner), attr=attr) if (
            receiver is not None and receiver[1] == owner
        ):
            add_attribute(receiver[0], attr, Assigned(shape, annotation), scope)
        case ast.Attribute(attr=attr):
            scope.module.patched.add(attr)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for part, element in zip(_parts(shape, elements), elements, strict=True):
                bind_target(element, part, None, scope, receiver)
        case ast.Starred(value=value):
            bind_target(value, OPAQUE, None, scope, receiver)
        case _:
            pass


def _parts(shape: Shape, elements: list[ast.expr]) -> Iterator[Shape]:
    """The shapes of the parts; of those from a starred one on the position is not known."""
    known = shape != OPAQUE
    for index, element in enumerate(elements):
        known = known and not isinstance(element, ast.Starred)
        yield Part(shape, index) if known else OPAQUE


def add_attribute(owner: Class, name: str, given: Assigned, scope: Scope) -> None:
    """Notes what a class body or a method binds to an attribute; `scope` is where it is written."""
    owner.attributes.setdefault(name, []).append(replace(given, scope=scope))
    if given.annotation is not None:
        owner.annotations[name] = given.annotation


def bind_block(
    node: ast.For | ast.AsyncFor | ast.With | ast.AsyncWith,
    scope: Scope,
    receiver: Receiver | None,
) -> None:
    """Binds the targets of a loop or of a `with` statement."""
    is_async = isinstance(node, (ast.AsyncFor, ast.AsyncWith))
    if isinstance(node, (ast.For, ast.AsyncFor)):
        whole = shape_of(node.iter)
        shape: Shape = OPAQUE if whole == OPAQUE else Element(whole, is_async)
        bind_target(node.target, shape, None, scope, receiver)
        return
    for item in node.items:
        if item.optional_vars is not None:
            whole = shape_of(item.context_expr)
            shape = OPAQUE if whole == OPAQUE else Entered(whole, is_async)
            bind_target(item.optional_vars, shape, None, scope, receiver)


def filled(node: ast.AST) -> str:
    """The last name of the collection into which a node puts something, '' if it does not."""
    match node:
        case ast.Subscript(value=whole, ctx=ast.Store() | ast.Del()):
            return _last_name(whole)
        case ast.Call(func=ast.Attribute(value=whole, attr=method)) if method in _FILLING:
            return _last_name(whole)
        case _:
            return ""


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
