"""Variables and attributes as holders of objects: where the project reads and binds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.awaited_value import as_ast
from asynclint.fixes.callsites import bodies, mentions_of
from asynclint.fixes.kit import Kit
from asynclint.fixes.repeatable import bound_in
from asynclint.flow.file import Unit
from asynclint.model.declared import Class, Import, Module, Scope
from asynclint.model.shapes import shape_of
from asynclint.model.values import Inst, Klass, Value, ordered


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable by the scope that binds it; or, within it, by the comprehension that does."""

    scope: Scope
    name: str
    comprehension: cst.CSTNode | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of instances of a class, or of the class itself."""

    cls: Class
    name: str


Holder = Variable | Attribute


class Lost(Exception):  # noqa: N818 - it is an answer, not a failure
    """An object goes where it cannot be followed."""


class Holders:
    """Finds holders and their mentions, with one kit for each body."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._kits: dict[Unit, Kit] = {kit.unit: kit}

    def kit_of(self, unit: Unit) -> Kit:
        """The kit of a body."""
        if unit not in self._kits:
            kit = self._kit.of(unit)
            if kit is None:
                raise Lost(unit.name)
            self._kits[unit] = kit
        return self._kits[unit]

    # which holder -----------------------------------------------------------------------------

    def of(self, kit: Kit, node: cst.CSTNode) -> Holder:
        """What a name or an attribute in a body means; raises Lost."""
        if isinstance(node, cst.Name):
            return self._variable(kit, node)
        if isinstance(node, cst.Attribute):
            return self._attribute(kit, node)
        raise Lost(type(node).__name__)

    def _variable(self, kit: Kit, node: cst.Name) -> Holder:
        for above in kit.parents(node):
            if isinstance(above, cst.BaseComp) and node.value in bound_in(above):
                return Variable(kit.unit.scope, node.value, above)
            if isinstance(above, cst.Lambda) and node.value in _parameters(above):
                raise Lost(node.value)
            if isinstance(above, cst.FunctionDef):
                break
            if isinstance(above, cst.ClassDef):
                return self._of_class_body(kit, above, node.value)
        home = kit.program.resolver.home(node.value, kit.unit.scope)
        if home is None:
            raise Lost(node.value)
        bindings = home.bindings.get(node.value, ())
        if any(isinstance(binding, Import) for binding in bindings):
            return self._imported(kit, node.value, home)
        return Variable(home, node.value)

    def _of_class_body(self, kit: Kit, node: cst.ClassDef, name: str) -> Holder:
        row = kit.range(node.name)[0].row
        for cls in kit.module.classes:
            if cls.line == row or cls.name == node.name.value:
                return Attribute(cls, name)
        raise Lost(name)

    @staticmethod
    def _imported(kit: Kit, name: str, home: Scope) -> Holder:
        """The variable of another module that an import gives."""
        found = kit.program.resolver.variable(name, home)
        if found is None:
            raise Lost(name)
        module, original = found
        return Variable(module.scope, original)

    def _attribute(self, kit: Kit, node: cst.Attribute) -> Holder:
        owners = {_owner(thing) for thing in ordered(self.value(kit, node.value))}
        name = node.attr.value
        classes = [cls for cls in owners if cls is not None]
        if len(classes) == 1 and len(owners) == 1:
            return Attribute(self._declaring(kit, classes[0], name), name)
        known = [cls for cls in self._classes(kit) if name in cls.attributes]
        if len(known) != 1 or classes:
            raise Lost(name)
        return Attribute(known[0], name)

    @staticmethod
    def _classes(kit: Kit) -> list[Class]:
        modules = (kit.module, *kit.program.project.imports(kit.module))
        return [cls for module in modules for cls in module.classes]

    @staticmethod
    def _declaring(kit: Kit, cls: Class, name: str) -> Class:
        """The class in the line of another that gives an attribute its value."""
        line = kit.program.resolver.classes.line(cls)
        for entry in line:
            if isinstance(entry, Class) and name in entry.attributes:
                return entry
        raise Lost(name)

    @staticmethod
    def value(kit: Kit, node: cst.BaseExpression) -> Value:
        """What an expression stands for, by the declarations."""
        return kit.program.resolver.shape(shape_of(as_ast(kit.text(node))), kit.unit.scope)

    # its mentions -----------------------------------------------------------------------------

    def mentions(self, holder: Holder) -> Iterator[tuple[Kit, cst.Name | cst.Attribute]]:
        """Where a holder is read or bound, with the kit of the body around; raises Lost."""
        if isinstance(holder, Attribute):
            yield from self._of_attribute(holder)
            return
        for module in self._modules(holder):
            for kit, node in self._in_module(module, holder.name):
                if isinstance(node, cst.Attribute):
                    continue
                try:
                    found = self._variable(kit, node)
                except Lost:
                    continue
                if found == holder:
                    yield kit, node

    def _modules(self, holder: Variable) -> list[Module]:
        module = holder.scope.module
        if holder.scope.kind != "module":
            return [module]
        return self._kit.program.project.importers(holder.name, module)

    def _of_attribute(self, holder: Attribute) -> Iterator[tuple[Kit, cst.Name | cst.Attribute]]:
        project = self._kit.program.project
        for module in project.importers(holder.name, holder.cls.scope.module):
            for kit, node in self._in_module(module, holder.name):
                if isinstance(node, cst.Name):
                    if _class_around(kit, node) == holder.cls.name:
                        yield kit, node
                elif self._may_be(kit, node, holder):
                    yield kit, node

    def _may_be(self, kit: Kit, node: cst.Attribute, holder: Attribute) -> bool:
        """Whether an attribute is that of a holder; raises Lost where that cannot be told."""
        owners = [_owner(thing) for thing in self.value(kit, node.value)]
        known = [owner for owner in owners if owner is not None]
        if len(known) == len(owners):
            return any(self._related(owner, holder.cls) for owner in known)
        return not self._is_other(kit, node, holder)

    def _is_other(self, kit: Kit, node: cst.Attribute, holder: Attribute) -> bool:
        """Whether an attribute of something unknown is surely not the holder; raises Lost."""
        parent = kit.parent(node)
        if isinstance(parent, cst.Call) and parent.func is node:
            return True  # a method of that name
        rivals = [cls for cls in self._classes(kit) if holder.name in cls.attributes]
        if any(not self._related(cls, holder.cls) for cls in rivals):
            raise Lost(holder.name)
        return False

    def _related(self, one: Class, other: Class) -> bool:
        classes = self._kit.program.resolver.classes
        return one in classes.line(other) or other in classes.line(one)

    def named(self, home: Module, name: str) -> Iterator[tuple[Kit, cst.Name | cst.Attribute]]:
        """Where the modules that can name what a module declares have something of a name."""
        for module in self._kit.program.project.importers(name, home):
            yield from self._in_module(module, name)

    def _in_module(
        self, module: Module, name: str
    ) -> Iterator[tuple[Kit, cst.Name | cst.Attribute]]:
        file = self._kit.program.file(module)
        units = bodies(self._kit, module, frozenset({name}))
        if units is None:
            raise Lost(name)
        look = self.kit_of(file.module_unit())
        for node in mentions_of(file, frozenset({name})):
            unit = next((units[id(a)] for a in look.parents(node) if id(a) in units), None)
            if unit is not None:
                yield self.kit_of(unit), node


def _owner(thing: object) -> Class | None:
    match thing:
        case Inst(of=Class() as cls) | Klass(cls=cls):
            return cls
    return None


def _class_around(kit: Kit, node: cst.CSTNode) -> str:
    """The name of the class in whose body a node stands, "" if it stands in none."""
    for above in kit.parents(node):
        if isinstance(above, cst.ClassDef):
            return above.name.value
        if isinstance(above, cst.FunctionDef | cst.Lambda):
            break
    return ""


def _parameters(node: cst.Lambda) -> set[str]:
    params = node.params
    every = [*params.posonly_params, *params.params, *params.kwonly_params]
    every += [one for one in (params.star_arg, params.star_kwarg) if isinstance(one, cst.Param)]
    return {param.name.value for param in every}
