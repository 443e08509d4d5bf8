"""Cures an override of another kind than the method that it replaces."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.as_generator import yielding
from asynclint.fixes.collecting import listed
from asynclint.fixes.header import indentation
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import indentation_of
from asynclint.fixes.returns import own
from asynclint.flow.story import ITERATE, Consumption
from asynclint.model.declared import Function
from asynclint.model.protocols import Mismatch
from asynclint.model.shapes import OPAQUE, Generic, Literal, Ref
from asynclint.model.values import ASYNC_GENERATOR, Func

_LISTS = ("list", "List", "Sequence", "Iterable", "Collection")


def of_the_same_kind(kit: Kit, found: Mismatch) -> Fix | None:
    """Has an override yield what it returned, or collect what it yielded.

    None for one with decorators, and where what it gives cannot be told to be iterable.
    """
    node, function = kit.unit.node, found.method
    if not isinstance(node, cst.FunctionDef) or node.decorators:
        return None
    if found.made == ASYNC_GENERATOR:
        return _collected(kit, node, found)
    edits, users = yielding(kit), _awaiting(kit, function)
    if edits is None or users is None:
        return None
    message = "Yield the items; unsafe, as other files may await the method"
    return Fix(Applicability.UNSAFE, message, (*edits, *users))


def _awaiting(kit: Kit, function: Function) -> tuple[Edit, ...] | None:
    """Has the code of the project that awaits a method make a list of its items."""
    parts: list[tuple[Edit, ...] | None] = []
    for user, entry in _uses(kit, function):
        place = entry.by.node
        if isinstance(place, cst.Await) and place.expression is entry.node:
            edits = listed(user, place, place.expression)
            parts.append(kit.taken(user, edits) if edits is not None else None)
        else:
            parts.append(None)
    known = [part for part in parts if part is not None]
    return tuple(chain(*known)) if len(known) == len(parts) else None


def _uses(kit: Kit, function: Function) -> Iterator[tuple[Kit, Consumption]]:
    """Where the project consumes what a function makes, and the kit of that place."""
    for story in kit.program.stories_naming(function.name, function.scope.module):
        found = [entry for entry in story.consumptions if _is_made_by(entry, function)]
        user = kit.of(story.unit) if found else None
        if user is not None:
            yield from ((user, entry) for entry in found)


def _is_made_by(entry: Consumption, function: Function) -> bool:
    by = entry.subject.by
    return isinstance(by, Func) and by.function is function


# collecting -------------------------------------------------------------------------------------


def _collected(kit: Kit, node: cst.FunctionDef, found: Mismatch) -> Fix | None:
    """The generator gets another name, and a coroutine function of its old one collects."""
    if _is_single(found.declared) and not _is_in_loop(kit, node):
        return _returning(kit, node)
    name = _new_name(kit, found.method.name)
    call = _call(node, name)
    if call is None:
        return None
    renamed: list[Edit] = []
    for user, entry in _uses(kit, found.method):
        func = entry.node.func if isinstance(entry.node, cst.Call) else None
        if entry.how == ITERATE and isinstance(func, cst.Attribute):
            renamed += kit.taken(user, [user.replace(func.attr, name)])
    row = kit.range(node.name)[0].row
    indent, unit = indentation_of(kit, row), indentation(kit.source, kit.tree)
    inner, newline = indent + unit, kit.source.newline
    start = kit.source.offset(row, 0)
    header = kit.source.text[start : _end_of_parameters(kit, node)]
    nothing = _gives_nothing(found.declared)
    body = f"return [item async for item in {call}]"
    if nothing:
        body = f"async for _ in {call}:{newline}{inner}{unit}pass"
    returned = _returned(kit, nothing=nothing)
    text = f"{header}{returned}:{newline}{inner}{body}{newline}{newline}"
    edits = (Edit(start, start, text), kit.replace(node.name, name), *renamed)
    message = "Collect what it yields; unsafe, as the result is a list of all its items"
    if nothing:
        message = "Go through what it yields; unsafe, as nobody gets the items"
    return Fix(Applicability.UNSAFE, message, tuple(dict.fromkeys(edits)))


def _returning(kit: Kit, node: cst.FunctionDef) -> Fix | None:
    """`return` in the place of the one `yield`: for a person to choose."""
    every = list(own(node, cst.Yield))
    if len(every) != 1 or every[0].value is None:
        return None
    if not isinstance(kit.parent(every[0]), cst.Expr):
        return None
    start, _ = kit.span(every[0])
    edit = Edit(start, start + len("yield"), "return")
    message = "Return the value in place of yielding it, if there is only one"
    return Fix(Applicability.DISPLAY_ONLY, message, (edit,))


def _end_of_parameters(kit: Kit, node: cst.FunctionDef) -> int:
    """The offset behind the parenthesis that closes the parameters of a method."""
    text = kit.source.text
    offset = kit.span(node.params)[1]
    while text[offset] != ")":
        # Only white space, a comma and comments may stand in between.
        offset = text.index("\n", offset) if text[offset] == "#" else offset + 1
    return offset + 1


def _is_in_loop(kit: Kit, node: cst.FunctionDef) -> bool:
    found = list(own(node, cst.Yield))
    loops = (cst.For, cst.While)
    return len(found) > 1 or any(isinstance(a, loops) for y in found for a in kit.parents(y))


def _is_single(declared: Function) -> bool:
    """Whether a method is declared to give one thing that is no collection."""
    returns = declared.returns
    base = returns.base if isinstance(returns, Generic) else returns
    if base in (OPAQUE, Literal(None)):
        return False
    return not (isinstance(base, Ref) and base.parts[-1] in _LISTS)


def _gives_nothing(declared: Function) -> bool:
    """Whether a method is known to return None."""
    if declared.returns == Literal(None):
        return True
    return declared.returns == OPAQUE and not declared.results and not declared.stub


def _returned(kit: Kit, *, nothing: bool) -> str:
    """The annotation of the coroutine function, if the generator has one."""
    node = kit.unit.node
    if not isinstance(node, cst.FunctionDef) or node.returns is None:
        return ""
    if nothing:
        return " -> None"
    note = node.returns.annotation
    if not isinstance(note, cst.Subscript):
        return " -> list"
    return f" -> list[{kit.text(note.slice[0])}]"


def _new_name(kit: Kit, name: str) -> str:
    """A name for the generator that the file does not mention yet."""
    stem = f"_iter_{name.lstrip('_')}" if name.startswith("_") else f"iter_{name}"
    names = (stem, *(f"{stem}_{number}" for number in range(2, 100)))
    return next(each for each in names if each not in kit.module.mentions)


def _call(node: cst.FunctionDef, name: str) -> str | None:
    """The call of the generator with all that the method was given."""
    params = node.params
    receiver, *rest = (*params.posonly_params, *params.params)
    given = [param.name.value for param in rest]
    if isinstance(params.star_arg, cst.Param):
        given.append(f"*{params.star_arg.name.value}")
    given += [f"{param.name.value}={param.name.value}" for param in params.kwonly_params]
    if params.star_kwarg is not None:
        given.append(f"**{params.star_kwarg.name.value}")
    if "item" in given or "_" in given:
        return None
    return f"{receiver.name.value}.{name}({', '.join(given)})"
