"""Cures a constructor that is a coroutine function: a class method that is awaited in its place."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.callsites import Use, uses
from asynclint.fixes.header import indentation
from asynclint.fixes.inner_coroutine import own_nodes
from asynclint.fixes.kit import Kit
from asynclint.fixes.made_async import waited_at
from asynclint.fixes.passages import indentation_of, rows_of
from asynclint.model.declared import Class

_NAME = "create"
_WHY = "unsafe, as all that make an instance must wait for it then"


def created(kit: Kit) -> Fix | None:
    """`await C.create(x)` for `C(x)`, where `async def __init__` becomes the class method `create`.

    None for classes that inherit or are inherited from, and where one is used but to be called.
    """
    function, node = kit.unit.function, kit.unit.node
    owner = function.owner if function is not None else None
    if function is None or owner is None or not isinstance(node, cst.FunctionDef):
        return None
    if not _stands_alone(kit, owner) or _NAME in owner.scope.bindings or not function.parameters:
        return None
    if m.findall(node.body, m.Call(func=m.Name("super"))):
        return None
    method = _class_method(kit, node, owner)
    mentions = uses(kit, owner)
    if method is None or not mentions:
        return None
    making = [use for use in mentions if use.kit.around(use.node, cst.Annotation) is None]
    calls = [(use.kit, use.call) for use in making if use.call is not None]
    waiting = waited_at(kit, calls)
    if not calls or len(calls) < len(making) or waiting is None:
        return None
    names = [edit for use in making for edit in kit.taken(use.kit, (_renamed(use),))]
    message = f"Make it the class method `{_NAME}`, which is awaited; {_WHY}"
    edits = tuple(dict.fromkeys((*method, *names, *waiting.edits)))
    return Fix(Applicability.UNSAFE, message, edits)


def _stands_alone(kit: Kit, owner: Class) -> bool:
    classes = kit.program.resolver.classes
    bases = [each for each in classes.line(owner)[1:] if each != "builtins.object"]
    return not bases and not classes.subclasses(owner) and not owner.decorators


def _renamed(use: Use) -> Edit:
    _, end = use.kit.span(use.node)
    return Edit(end, end, f".{_NAME}")


def _class_method(kit: Kit, node: cst.FunctionDef, owner: Class) -> tuple[Edit, ...] | None:
    """The edits that make a class method of the constructor; None if it returns by itself."""
    body = node.body
    if not isinstance(body, cst.IndentedBlock):
        return None
    if any(isinstance(each, cst.Return) for each in own_nodes(body)):
        return None
    source = kit.source
    receiver = node.params.params[0] if node.params.params else None
    if receiver is None or receiver.name.value != "self" or node.decorators:
        return None
    row = rows_of(kit, node.name)[0]
    indent, unit = indentation_of(kit, row), indentation(source, kit.tree)
    first = body.body[1 if node.get_docstring() is not None else 0]
    top = source.offset(rows_of(kit, first)[0], 0)
    last = rows_of(kit, body.body[-1])[1]
    bottom = source.offset(last, 0) + len(source.line(last))
    start = source.offset(row, 0)
    returns = node.returns.annotation if node.returns is not None else None
    declared = (kit.replace(returns, f'"{owner.name}"'),) if returns is not None else ()
    return (
        *declared,
        Edit(start, start, f"{indent}@classmethod{source.newline}"),
        kit.replace(node.name, _NAME),
        kit.replace(receiver.name, "cls"),
        Edit(top, top, f"{indent}{unit}self = cls(){source.newline}"),
        Edit(bottom, bottom, f"{source.newline}{indent}{unit}return self"),
    )
