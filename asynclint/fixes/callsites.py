"""The calls of a function, if calls are all that the project does with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.facts import Kind
from asynclint.fixes.awaited_value import as_ast
from asynclint.fixes.kit import Kit
from asynclint.flow.file import File, Unit
from asynclint.model.declared import Function, Import, Module
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
    """The calls of a function in all of its project; None if it may be used in some other way.

    Looked through are the modules that import its own, directly or through others. An object whose
    class nobody there imports can still come to them; so no fix that goes by this is safe.
    """
    module = function.scope.module
    if module.library or function.decorators:
        return None
    if len([other for other in module.functions if other.name == function.name]) > 1:
        return None
    found: list[Site] = []
    for other in kit.program.project.importers(function.name, module):
        here = _sites_in(kit, other, function)
        if here is None:
            return None
        found += here
    return found


def _sites_in(kit: Kit, module: Module, function: Function) -> list[Site] | None:
    """The calls in one module; as above."""
    names = _names(function, module)
    units = bodies(kit, module, names)
    look = kit.of(kit.program.file(module).module_unit())
    if units is None or look is None:
        return None
    found: list[Site] = []
    kits: dict[Unit, Kit | None] = {}
    for node in mentions_of(kit.program.file(module), names):
        unit = _unit_around(look, node, units)
        if unit is None:
            return None
        value = _meaning(look, node, unit)
        own = [thing for thing in value if isinstance(thing, Func) and thing.function is function]
        if not own and (value != UNKNOWN or _cannot_be(function, node, module)):
            continue  # something else of that name
        if unit not in kits:
            kits[unit] = kit.of(unit)
        around = kits[unit]
        call = look.parent(node)
        if len(own) != len(value) or around is None or not isinstance(call, cst.Call):
            return None
        if call.func is not node:
            return None
        found.append(Site(around, call, function, own[0].bound))
    return found


def _names(function: Function, module: Module) -> frozenset[str]:
    """What a module may call a function: its name, and what imports make of that."""
    return frozenset({function.name}) | {
        name
        for scope in module.scopes()
        for name, bindings in scope.bindings.items()
        if any(isinstance(each, Import) and each.member == function.name for each in bindings)
    }


def _cannot_be(function: Function, node: cst.Name | cst.Attribute, module: Module) -> bool:
    """Whether something unknown is surely not the function: that is so for a module's own.

    Other modules have it by an import, which makes it known, and by no other name: it is handed to
    nobody, or else its mentions would not all be calls. Objects have no functions of modules.
    """
    top_level = function.owner is None and function.scope.parent is function.scope.module.scope
    elsewhere = module is not function.scope.module and not module.scope.stars
    return top_level and (elsewhere or isinstance(node, cst.Attribute))


def bodies(kit: Kit, module: Module, names: frozenset[str]) -> dict[int, Unit] | None:
    """The bodies of a file that mention names, by the `id` of their nodes; None if one is lost."""
    program = kit.program
    units = [program.file(module).module_unit()]
    for function in module.functions:
        if names.isdisjoint(function.mentions):
            continue
        unit = program.unit(function)
        if unit is None:
            return None
        units.append(unit)
    return {id(unit.node): unit for unit in units}


def mentions_of(file: File, names: frozenset[str]) -> Iterator[cst.Name | cst.Attribute]:
    """Where a file's expressions name something so."""
    waiting: list[cst.CSTNode] = [tree.module for tree in file.trees]
    while waiting:
        node = waiting.pop()
        if isinstance(node, cst.Name) and node.value in names:
            yield node
        elif isinstance(node, cst.Attribute):
            if node.attr.value in names:
                yield node
            waiting.append(node.value)
        elif isinstance(node, cst.Arg):
            waiting.append(node.value)
        elif isinstance(node, cst.FunctionDef):
            waiting += [child for child in node.children if child is not node.name]
        elif not isinstance(node, (cst.Import, cst.ImportFrom)):
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
    value = resolver.shape(shape_of(as_ast(kit.text(base))), unit.scope)
    return value if isinstance(node, cst.Name) else resolver.attribute(value, node.attr.value)


def named(kit: Kit, function: Function) -> Iterator[tuple[Kit, cst.Name | cst.Attribute]]:
    """Where the modules that can name a function have something of its name, whatever that is."""
    for module in kit.program.project.importers(function.name, function.scope.module):
        names = _names(function, module)
        look = kit.of(kit.program.file(module).module_unit())
        if look is not None and bodies(kit, module, names) is not None:
            yield from ((look, node) for node in mentions_of(kit.program.file(module), names))


def runs_without_loop(kit: Kit, *, depth: int = 4) -> bool:
    """Whether all that calls the kit's plain code is plain code of the project, and there is some.

    depth: how many calls may lie in between.
    """
    function = kit.unit.function
    if function is None:
        return not isinstance(kit.unit.node, cst.Lambda)
    if function.kind is not Kind.FUNCTION or kit.story.on_loop or not depth:
        return False
    callers = sites(kit, function)
    if not callers:
        return False
    return all(runs_without_loop(each.kit, depth=depth - 1) for each in callers)
