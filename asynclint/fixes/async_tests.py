"""Cures tests that nobody awaits: the test case whose methods run on an event loop."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

from asynclint.facts import Kind
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.callsites import meaning
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.model.declared import Class
from asynclint.model.values import Lib

_PLAIN = "unittest.TestCase"
_ASYNC = "unittest.IsolatedAsyncioTestCase"
_RENAMED = {"setUp": "asyncSetUp", "tearDown": "asyncTearDown"}
_MESSAGE = "Use `IsolatedAsyncioTestCase`; unsafe, as an event loop then runs around all its tests"


def isolated(kit: Kit) -> Fix | None:
    """`IsolatedAsyncioTestCase` for `TestCase`, and `asyncSetUp` for an async `setUp`.

    None where the class inherits otherwise, or runs event loops itself.
    """
    owner = kit.unit.function.owner if kit.unit.function is not None else None
    base = _base(kit, owner) if owner is not None else None
    reached = reach(kit.source, kit.tree, _ASYNC, module="unittest")
    if owner is None or base is None or reached.spelling is None:
        return None
    edits = [*reached.edits, kit.replace(base, reached.spelling)]
    for function in kit.module.functions:
        if function.owner is not owner:
            continue
        there = kit.of(unit) if (unit := kit.program.unit(function)) is not None else None
        if there is None or there.story.starts or m.findall(there.unit.node, m.Name("super")):
            return None
        if function.kind is Kind.COROUTINE and function.name in _RENAMED:
            at = kit.source.text.index(function.name, kit.source.offset(function.def_line, 0))
            edits.append(Edit(at, at + len(function.name), _RENAMED[function.name]))
    return Fix(Applicability.UNSAFE, _MESSAGE, tuple(edits))


def _base(kit: Kit, owner: Class) -> cst.BaseExpression | None:
    """The one base of a class of the module, if it is the plain test case."""
    body = kit.unit.file.module_unit()
    for found in m.findall(body.node, m.ClassDef(name=m.Name(owner.name))):
        if not isinstance(found, cst.ClassDef) or kit.range(found.name)[0].row != owner.line:
            continue
        base = found.bases[0].value if len(found.bases) == 1 else None
        if isinstance(base, (cst.Name, cst.Attribute)) and _is_plain(kit, base, owner):
            return base
    return None


def _is_plain(kit: Kit, base: cst.Name | cst.Attribute, owner: Class) -> bool:
    there = kit.of(kit.unit.file.module_unit())
    if there is None or kit.program.resolver.classes.subclasses(owner):
        return False
    return meaning(there, base, there.unit) == {Lib(_PLAIN)}
