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
    read = meanings(kit, call) if isinstance(call, cst.Call) else None
    if not isinstance(call, cst.Call) or read is None:
        return None
    product = multiplication(kit, call)
    if product is not None:
        edit = comprehension(kit, product, kit.text(call), read)
    else:
        edit = _unfolded(kit, call, read)
    if edit is None:
        return None
    message = f"Call `{kit.text(call.func)}` once for each place, which does its work as many times"
    return Fix(Applicability.UNSAFE, message, (edit,))


def _unfolded(kit: Kit, call: cst.Call, read: frozenset[str]) -> Edit | None:
    """The comprehension for `dict.fromkeys(keys, call())` and `itertools.repeat(call(), n)`."""
    argument = kit.parent(call)
    outer = kit.parent(argument) if isinstance(argument, cst.Arg) else None
    if not isinstance(outer, cst.Call) or [_is_plain(arg) for arg in outer.args] != [True, True]:
        return None
    first, second = (arg.value for arg in outer.args)
    callee = _library_name(kit, outer.func)
    if _sees_class_names(kit, outer):
        return None
    if callee == "builtins.dict.fromkeys" and second is call:
        key = "key" if "key" not in read else fresh_name(kit.tree, "key")
        text = f"{{{key}: {kit.text(call)} for {key} in {kit.text(first)}}}"
        return replace_by_atom(kit, outer, text)
    if callee == "itertools.repeat" and first is call and _means_builtin(kit, "range"):
        variable = fresh_name(kit.tree, "_index") if "_" in read else "_"
        text = f"[{kit.text(call)} for {variable} in range({kit.text(second)})]"
        return replace_by_atom(kit, outer, text)
    return None


def _is_plain(argument: cst.Arg) -> bool:
    return not argument.star and argument.keyword is None


def _library_name(kit: Kit, function: cst.BaseExpression) -> str:
    """The canonical name of a library's function, "" for anything else."""
    names: list[str] = []
    while isinstance(function, cst.Attribute):
        names.insert(0, function.attr.value)
        function = function.value
    if not isinstance(function, cst.Name):
        return ""
    value = kit.program.resolver.name(function.value, kit.unit.scope)
    for name in names:
        value = kit.program.resolver.attribute(value, name)
    (thing, *others) = value
    return thing.name if isinstance(thing, Lib) and not others else ""


def _means_builtin(kit: Kit, name: str) -> bool:
    return kit.program.resolver.name(name, kit.unit.scope) == one(Lib(f"builtins.{name}"))


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
    if not all(_means_builtin(kit, name) for name in needed) or _sees_class_names(kit, product):
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
