"""The calls of a function, if calls are all that the project does with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m

from asynclint.facts import Kind
from asynclint.fixes.awaited_value import as_ast
from asynclint.fixes.kit import Kit
from asynclint.flow.file import File, Unit
from asynclint.model.declared import Class, Function, Import, Module
from asynclint.model.shapes import shape_of
from asynclint.model.values import UNKNOWN, Func, Klass, Thing, Value

_SUPER = m.Call(func=m.Name("super"), args=[])


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


@dataclass(frozen=True, slots=True)
class Use:
    """A mention of a function. kit: that of the code around it. bound: `self` is given already."""

    kit: Kit
    node: cst.Name | cst.Attribute
    bound: bool

    @property
    def call(self) -> cst.Call | None:
        """The call of the function, if that is what it is mentioned for."""
        above = self.kit.parent(self.node)
        return above if isinstance(above, cst.Call) and above.func is self.node else None


def sites(kit: Kit, function: Function) -> list[Site] | None:
    """The calls of a function in all of its project; None if it may be used in some other way.

    Looked through are the modules that import its own, directly or through others. An object whose
    class nobody there imports can still come to them; so no fix that goes by this is safe.
    """
    mentions = uses(kit, function)
    if mentions is None:
        return None
    calls = [(use, use.call) for use in mentions]
    found = [Site(use.kit, call, function, use.bound) for use, call in calls if call is not None]
    return found if len(found) == len(calls) else None


def uses(kit: Kit, wanted: Function | Class) -> list[Use] | None:
    """The mentions of a function or class in all of its project; None if there may be more."""
    module = wanted.scope.module
    if module.library or wanted.decorators:
        return None
    scope = wanted.scope.parent
    if scope is None or len(scope.bindings.get(wanted.name, ())) > 1:
        return None
    found: list[Use] = []
    for other in kit.program.project.importers(wanted.name, module):
        here = _uses_in(kit, other, wanted)
        if here is None:
            return None
        found += here
    return found


def _uses_in(kit: Kit, module: Module, wanted: Function | Class) -> list[Use] | None:
    """The mentions in one module; as above."""
    names = names_in_module(wanted, module)
    units = bodies(kit, module, names)
    look = kit.of(kit.program.file(module).module_unit())
    if units is None or look is None:
        return None
    found: list[Use] = []
    kits: dict[Unit, Kit | None] = {}
    for node in mentions_of(kit.program.file(module), names):
        unit = _unit_around(look, node, units)
        if unit is None:
            return None
        value = meaning(look, node, unit)
        own = [thing for thing in value if _is(thing, wanted)]
        if not own and (value != UNKNOWN or _cannot_be(wanted, node, module)):
            continue  # something else of that name
        if unit not in kits:
            kits[unit] = kit.of(unit)
        around = kits[unit]
        if len(own) != len(value) or around is None:
            return None
        bound = any(isinstance(thing, Func) and thing.bound for thing in own)
        found.append(Use(around, node, bound))
    return found


def _is(thing: Thing, wanted: Function | Class) -> bool:
    if isinstance(thing, Func):
        return thing.function is wanted
    return isinstance(thing, Klass) and thing.cls is wanted


def names_in_module(function: Function | Class, module: Module) -> frozenset[str]:
    """What a module may call a function or class: its name, and what imports make of that."""
    return frozenset({function.name}) | {
        name
        for scope in module.scopes()
        for name, bindings in scope.bindings.items()
        if any(isinstance(each, Import) and each.member == function.name for each in bindings)
    }


def _cannot_be(wanted: Function | Class, node: cst.Name | cst.Attribute, module: Module) -> bool:
    """Whether something unknown is surely not the function: that is so for a module's own.

    Other modules have it by an import, which makes it known, and by no other name: it is handed to
    nobody, or else its mentions would not all be calls. Objects have no functions of modules.
    """
    own = isinstance(wanted, Function) and wanted.owner is not None
    top_level = not own and wanted.scope.parent is wanted.scope.module.scope
    elsewhere = module is not wanted.scope.module and not module.scope.stars
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
        elif isinstance(node, (cst.FunctionDef, cst.ClassDef)):
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


def meaning(kit: Kit, node: cst.Name | cst.Attribute, unit: Unit) -> Value:
    """What a name, or an attribute of an expression, stands for by the declarations."""
    resolver = kit.program.resolver
    base = node if isinstance(node, cst.Name) else node.value
    owner = unit.function.owner if unit.function is not None else None
    if owner is not None and isinstance(node, cst.Attribute) and m.matches(base, _SUPER):
        return resolver.classes.above(owner, node.attr.value)
    value = resolver.shape(shape_of(as_ast(kit.text(base))), unit.scope)
    return value if isinstance(node, cst.Name) else resolver.attribute(value, node.attr.value)


def named(kit: Kit, function: Function) -> Iterator[tuple[Kit, cst.Name | cst.Attribute]]:
    """Where the modules that can name a function have something of its name, whatever that is."""
    for module in kit.program.project.importers(function.name, function.scope.module):
        names = names_in_module(function, module)
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
