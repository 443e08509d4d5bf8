"""Cures `__enter__` and `__exit__` that are coroutine functions: the methods of `async with`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m

from asynclint.facts import Kind
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.kit import Kit
from asynclint.fixes.made_async import made_from
from asynclint.model.declared import Class, Function
from asynclint.model.shapes import shape_of
from asynclint.model.values import Inst

_PLAIN = ("__enter__", "__exit__")
_WHY = "unsafe, as all that enter it must do so by `async with` then"


def entered_async(kit: Kit) -> Fix | None:
    """`async with C()` for `with C()`, and the methods that it calls in place of the plain ones.

    None where the class is related to others, or where nothing is seen to enter it.
    """
    owner = kit.unit.function.owner if kit.unit.function is not None else None
    methods = _methods(kit, owner) if owner is not None else None
    if owner is None or methods is None:
        return None
    statements = list(_statements(kit, owner))
    if not statements or any(len(statement.items) > 1 for _, statement in statements):
        return None
    plain = [there for there, _ in statements if not there.unit.on_loop]
    callers = made_from(kit, plain)
    if callers is None:
        return None
    edits = [edit for method in methods for edit in _renamed(kit, method)]
    for there, statement in statements:
        start, _ = there.span(statement)
        edits += kit.taken(there, (Edit(start, start, "async "),))
    message = f"Make them the methods of `async with`; {_WHY}"
    return Fix(Applicability.UNSAFE, message, tuple(dict.fromkeys((*edits, *callers.edits))))


def _methods(kit: Kit, owner: Class) -> list[Function] | None:
    classes = kit.program.resolver.classes
    bases = [each for each in classes.line(owner)[1:] if each != "builtins.object"]
    methods = [classes.method(owner, name) for name in _PLAIN]
    found = [each for each in methods if each is not None and not each.decorators]
    if bases or classes.subclasses(owner) or len(found) < len(_PLAIN):
        return None
    units = [kit.program.unit(each) for each in found]
    if any(unit is None or m.findall(unit.node, m.Name("super")) for unit in units):
        return None
    return None if "__aenter__" in owner.scope.bindings else found


def _renamed(kit: Kit, method: Function) -> Iterator[Edit]:
    start = kit.source.offset(method.def_line, 0)
    at = kit.source.text.index(method.name, start)
    yield Edit(at, at + len("__"), "__a")
    if method.kind is Kind.FUNCTION:
        head = kit.source.text.index("def", start)
        yield Edit(head, head, "async ")


def _statements(kit: Kit, owner: Class) -> Iterator[tuple[Kit, cst.With]]:
    """The `with` statements that enter an instance of a class, each with the kit around it."""
    program = kit.program
    for module in program.project.importers(owner.name, owner.scope.module):
        units = [program.unit(each) for each in module.functions]
        for unit in (*units, program.file(module).module_unit()):
            there = kit.of(unit) if unit is not None else None
            if unit is None or there is None:
                continue
            own = unit.node if isinstance(unit.node, cst.FunctionDef) else None
            for statement in m.findall(unit.node, m.With(asynchronous=None)):
                if not isinstance(statement, cst.With) or there.function(statement) is not own:
                    continue
                if any(_is_instance(there, item.item, owner) for item in statement.items):
                    yield there, statement


def _is_instance(kit: Kit, entered: cst.BaseExpression, owner: Class) -> bool:
    try:
        tree = ast.parse(f"({kit.text(entered)})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    value = kit.program.resolver.shape(shape_of(tree), kit.unit.scope)
    return any(isinstance(thing, Inst) and thing.of is owner for thing in value)
