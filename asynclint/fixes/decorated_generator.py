"""Cures a decorator whose wrapper awaits what it is put around, an async generator function."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Kind
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.as_generator import loop, yielded
from asynclint.fixes.callsites import named
from asynclint.fixes.collecting import listed
from asynclint.fixes.edits import apply_edits
from asynclint.fixes.header import indentation
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.mentions import mentions
from asynclint.fixes.passages import indentation_of, rows_in_strings
from asynclint.fixes.returns import is_last, returns, stands_alone
from asynclint.model.values import Func

if TYPE_CHECKING:
    from asynclint.flow.story import Story
    from asynclint.model.declared import Function

_NAME = "collected"
_HELPER = '''
def {name}(function):
    """Make a coroutine function of an async generator function: it gives a list of the items."""

    @{wraps}(function)
    async def collect(*args, **kwargs):
        return [item async for item in function(*args, **kwargs)]

    return collect
'''


def handed_through(kit: Kit, wrapped: Story) -> Fix | None:
    """The wrapper yields what the generator yields, if that is what its callers want.

    wrapped: what the wrapper does. Where callers await it, the items are collected below the
    decorator. A decorator of coroutine functions gets a second wrapper for async generators.
    """
    function = kit.unit.function
    if function is None:
        return None
    if _is_awaited(kit, function):
        return _collected(kit)
    outer = wrapped.unit.parent
    around = kit.of(outer) if outer is not None else None
    if outer is None or around is None:
        return None
    inner = Kit(kit.program, wrapped.unit, around.tree, wrapped)
    edits = _yielding(inner, function)
    if edits is None:
        return None
    decorator = outer.function
    others = kit.program.registries.decorated_with(decorator) if decorator is not None else ()
    if not all(each.kind is Kind.ASYNC_GENERATOR for each in others):
        twin = _twin(inner, edits, function)
        if twin is None:
            return None
        edits = twin
    message = "Iterate it in the decorator; unsafe, as others may await what the decorator gives"
    return Fix(Applicability.UNSAFE, message, kit.taken(inner, edits))


def _is_awaited(kit: Kit, function: Function) -> bool:
    """Whether some code of the project awaits what a function gives."""
    for there, node in named(kit, function):
        call = there.parent(node)
        if isinstance(call, cst.Call) and isinstance(there.parent(call), cst.Await):
            return True
    return False


def _collected(kit: Kit) -> Fix | None:
    """`@collected` between the decorators and the generator function."""
    node = kit.unit.node
    wraps = reach(kit.source, kit.tree, "functools.wraps")
    if wraps.spelling is None or not isinstance(node, cst.FunctionDef):
        return None
    code = _HELPER.format(name=_NAME, wraps=wraps.spelling)
    helper = helper_edit(kit.source, kit.tree, _NAME, code)
    row = kit.range(node.name)[0].row
    start = kit.source.offset(row, 0)
    above = Edit(start, start, f"{indentation_of(kit, row)}@{helper.name}{kit.source.newline}")
    added = [above] if helper.edit is None else [above, helper.edit]
    message = "Collect the items; unsafe, as the result is a list of all of them"
    return Fix(Applicability.UNSAFE, message, (*wraps.edits, *added))


# the wrapper --------------------------------------------------------------------------------------


def _yielding(kit: Kit, function: Function) -> tuple[Edit, ...] | None:
    """The edits that make the wrapper an async generator function, too."""
    node = kit.unit.node
    if not isinstance(node, cst.FunctionDef) or node.asynchronous is None:
        return None
    awaits = [
        entry.by.node
        for entry in kit.story.consumptions
        if isinstance(entry.subject.by, Func) and entry.subject.by.function is function
    ]
    parts: list[tuple[Edit, ...] | None] = []
    passed: set[str] = set()
    for place in awaits:
        statement = kit.parent(place)
        if not isinstance(place, cst.Await):
            return None
        if isinstance(statement, cst.Return | cst.Expr):
            ends = isinstance(statement, cst.Return) and not is_last(kit, statement)
            parts.append(loop(kit, statement, place.expression, is_async=True, ends=ends))
        elif name := _only_returned(kit, node, place):
            passed.add(name)
            assert isinstance(statement, cst.Assign)
            parts.append(loop(kit, statement, place.expression, is_async=True, ends=False))
        else:
            parts.append(listed(kit, place, place.expression))
    for statement in returns(node):
        if any(statement.value is place for place in awaits):
            continue
        if isinstance(statement.value, cst.Name) and statement.value.value in passed:
            parts.append((_left_out(kit, statement),))
        else:
            parts.append(yielded(kit, statement))
    known = [part for part in parts if part is not None]
    return tuple(chain(*known)) if awaits and len(known) == len(parts) else None


def _only_returned(kit: Kit, function: cst.FunctionDef, value: cst.CSTNode) -> str:
    """The variable that a value is assigned to, if it is only returned; else ""."""
    statement = kit.parent(value)
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        return ""
    target = statement.targets[0].target
    if not isinstance(target, cst.Name):
        return ""
    places = [each for each in mentions(function.body, target.value) if each is not target]
    returned = all(isinstance(kit.parent(each), cst.Return) for each in places)
    return target.value if returned else ""


def _left_out(kit: Kit, statement: cst.Return) -> Edit:
    """Removes a `return` of what is yielded already, at least its value."""
    start, end = kit.span(statement)
    line = kit.parent(statement)
    block = kit.parent(line) if line is not None else None
    alone = isinstance(block, cst.IndentedBlock) and len(block.body) == 1
    if alone or not is_last(kit, statement) or not stands_alone(kit, statement):
        return Edit(start + len("return"), end, "")
    row = kit.range(statement)[0].row
    starts = kit.source.line_starts
    behind = kit.range(statement)[1].row
    last = starts[behind] if behind < len(starts) else len(kit.source.text)
    return Edit(starts[row - 1], last, "")


def _twin(kit: Kit, edits: tuple[Edit, ...], function: Function) -> tuple[Edit, ...] | None:
    """A second wrapper, for async generator functions, in front of the first."""
    unit, outer = kit.unit, kit.unit.parent
    name = _wrapped_name(kit, function)
    if unit.function is None or outer is None or not isinstance(outer.node, cst.FunctionDef):
        return None
    given = {
        p.name
        for each in (outer, outer.parent)
        if each and each.function
        for p in each.function.parameters
    }
    returned = returns(outer.node)
    if name not in given or len(returned) != 1:
        return None
    row = unit.function.first_line
    reached = reach(kit.source, kit.tree, "inspect.isasyncgenfunction", line=row)
    if reached.spelling is None:
        return None
    starts, last = kit.source.line_starts, unit.function.last_line
    start = starts[row - 1]
    end = starts[last] if last < len(starts) else len(kit.source.text)
    if rows_in_strings(kit.source.text[start:end]):
        return None
    inner = [Edit(each.start - start, each.end - start, each.text) for each in edits]
    text = apply_edits(kit.source.text[start:end], inner)
    newline, level = kit.source.newline, indentation(kit.source, kit.tree)
    indent = indentation_of(kit, row)
    body = "".join(f"{level}{line}" if line.strip() else line for line in _lines(text))
    head = f"{indent}if {reached.spelling}({name}):{newline}{newline}"
    tail = f"{newline}{indent}{level}{kit.text(returned[0])}{newline}{newline}"
    return (Edit(start, start, f"{head}{body}{tail}"), *reached.edits)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _wrapped_name(kit: Kit, function: Function) -> str:
    """The variable by which the wrapper calls the function, "" if it is none."""
    names: set[str] = set()
    for entry in kit.story.consumptions:
        by, call = entry.subject.by, entry.subject.made
        if isinstance(by, Func) and by.function is function and isinstance(call, cst.Call):
            names.add(call.func.value if isinstance(call.func, cst.Name) else "")
    return names.pop() if len(names) == 1 else ""
