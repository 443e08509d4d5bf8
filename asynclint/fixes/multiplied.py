"""Cures `[call()] * n`: a comprehension makes as many objects as the container has places."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.calling import meanings
from asynclint.fixes.kit import Kit
from asynclint.fixes.names import fresh_name
from asynclint.fixes.placing import replace_by_atom
from asynclint.model.values import Lib, one


def called_for_each(kit: Kit, call: cst.CSTNode | None) -> Fix | None:
    """Turns the multiplied display around a call into a comprehension.

    None if the call stands in no such display, or may not be made more than once.
    """
    if not isinstance(call, cst.Call):
        return None
    product = multiplication(kit, call)
    read = meanings(kit, call)
    if product is None or read is None:
        return None
    edit = comprehension(kit, product, kit.text(call), read)
    if edit is None:
        return None
    message = f"Call `{kit.text(call.func)}` once for each place, which does its work as many times"
    return Fix(Applicability.UNSAFE, message, (edit,))


def multiplication(kit: Kit, node: cst.CSTNode) -> cst.BinaryOperation | None:
    """The multiplication of the display in which a node stands, if it stands in one."""
    element = kit.parent(node)
    display = kit.parent(element) if isinstance(element, cst.Element) else None
    product = kit.parent(display) if isinstance(display, cst.List | cst.Tuple) else None
    if isinstance(product, cst.BinaryOperation) and isinstance(product.operator, cst.Multiply):
        return product
    return None


def put_call(kit: Kit, node: cst.BaseExpression, call: str, read: frozenset[str]) -> Edit | None:
    """Puts a call in a variable's place, one for each place of a multiplied container.

    call: its text, as it fits there. read: the names in it.
    """
    product = multiplication(kit, node)
    return comprehension(kit, product, call, read) if product else kit.replace(node, call)


def comprehension(
    kit: Kit, product: cst.BinaryOperation, call: str, read: frozenset[str]
) -> Edit | None:
    """Puts a comprehension that makes a call for each place in the place of a multiplication.

    call: its text. read: the names in it. None if the display has more elements, or if a builtin
    that is needed is called something else here.
    """
    display, factor = product.left, product.right
    if not isinstance(display, cst.List | cst.Tuple):
        display, factor = factor, display
    if not isinstance(display, cst.List | cst.Tuple) or len(display.elements) != 1:
        return None
    is_list = isinstance(display, cst.List)
    needed = ("range",) if is_list else ("range", "tuple")
    scope = kit.unit.scope
    resolver = kit.program.resolver
    if any(resolver.name(name, scope) != one(Lib(f"builtins.{name}")) for name in needed):
        return None
    if _sees_class_names(kit, product):
        return None
    variable = fresh_name(kit.tree, "_index") if "_" in read else "_"
    text = f"{call} for {variable} in range({kit.text(factor)})"
    return replace_by_atom(kit, product, f"[{text}]" if is_list else f"tuple({text})")


def _sees_class_names(kit: Kit, node: cst.CSTNode) -> bool:
    """Whether a node stands in a class body, whose names comprehensions do not see."""
    for above in kit.parents(node):
        if isinstance(above, cst.FunctionDef | cst.Lambda):
            return False
        if isinstance(above, cst.ClassDef):
            return True
    return False
