"""The calls of a function in its file, if calls are all that the file does with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.facts import Kind
from asynclint.fixes.kit import Kit
from asynclint.flow.file import Unit
from asynclint.model.declared import Function
from asynclint.model.shapes import shape_of
from asynclint.model.values import UNKNOWN, Func, Value


@dataclass(frozen=True, slots=True)
class Site:
    """A call of a function. kit: that of the code around it. bound: `self` is given already."""

    kit: Kit
    call: cst.Call
    function: Function
    bound: bool

    def argument(self, name: str) -> cst.Arg | None:
        """What the call gives for a parameter; None if it gives nothing.

        Raises LookupError where that cannot be told, as star-arguments come before it.
        """
        positions = [one.name for one in self.function.parameters if one.kind == "position"]
        for index, arg in enumerate(self.call.args):
            if arg.star:
                raise LookupError(name)
            if arg.keyword is not None and arg.keyword.value == name:
                return arg
            place = index + self.bound
            if arg.keyword is None and positions[place : place + 1] == [name]:
                return arg
        return None

    @property
    def is_waited_for(self) -> bool:
        """Whether the code around the call stands still until the function is done."""
        above = self.kit.parent(self.call)
        return self.function.kind is Kind.FUNCTION or isinstance(above, cst.Await)


def sites(kit: Kit, function: Function) -> list[Site] | None:
    """The calls of a function in all of the file; None if it may be used in some other way."""
    named = [other for other in kit.module.functions if other.name == function.name]
    elsewhere = function.scope.module is not kit.module
    if elsewhere or function.decorators or len(named) > 1:
        return None
    units = _units(kit)
    if units is None:
        return None
    found: list[Site] = []
    for node in _mentions(kit, function.name):
        unit = _unit_around(kit, node, units)
        if unit is None:
            return None
        value = _meaning(kit, node, unit)
        own = [thing for thing in value if isinstance(thing, Func) and thing.function is function]
        if not own and value != UNKNOWN:
            continue  # something else of that name
        call = kit.parent(node)
        story = kit.program.story(unit)
        if len(own) != len(value) or story is None or not isinstance(call, cst.Call):
            return None
        if call.func is not node:
            return None
        found.append(Site(Kit(kit.program, unit, kit.tree, story), call, function, own[0].bound))
    return found


def _units(kit: Kit) -> dict[int, Unit] | None:
    """The bodies of the file by the `id` of their nodes; None if one cannot be had."""
    program = kit.program
    units = [kit.unit.file.module_unit()]
    for function in kit.module.functions:
        unit = program.unit(function)
        if unit is None:
            return None
        units.append(unit)
    return {id(unit.node): unit for unit in units}


def _mentions(kit: Kit, name: str) -> Iterator[cst.Name | cst.Attribute]:
    """Where the file's expressions name something so."""
    waiting: list[cst.CSTNode] = [tree.module for tree in kit.unit.file.trees]
    while waiting:
        node = waiting.pop()
        if isinstance(node, cst.Name) and node.value == name:
            yield node
        elif isinstance(node, cst.Attribute):
            if node.attr.value == name:
                yield node
            waiting.append(node.value)
        elif isinstance(node, cst.Arg):
            waiting.append(node.value)
        elif isinstance(node, cst.FunctionDef):
            waiting += [child for child in node.children if child is not node.name]
        else:
            waiting.extend(node.children)


def _unit_around(kit: Kit, node: cst.CSTNode, units: dict[int, Unit]) -> Unit | None:
    for above in kit.parents(node):
        if isinstance(above, cst.Lambda):
            return None
        if id(above) in units:
            return units[id(above)]
    return None


def _meaning(kit: Kit, node: cst.Name | cst.Attribute, unit: Unit) -> Value:
    """What a name, or an attribute of an expression, stands for by the declarations."""
    resolver = kit.program.resolver
    base = node if isinstance(node, cst.Name) else node.value
    value = resolver.shape(shape_of(_as_ast(kit.text(base))), unit.scope)
    return value if isinstance(node, cst.Name) else resolver.attribute(value, node.attr.value)


def _as_ast(text: str) -> ast.expr | None:
    try:
        return ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
