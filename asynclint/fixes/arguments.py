"""Arguments that one call hands on to another, and how a lambda can hold them."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from asynclint.facts import Calls
from asynclint.findings import Edit
from asynclint.fixes.kit import Kit
from asynclint.fixes.mentions import is_binding, mentions
from asynclint.fixes.passages import has_comment
from asynclint.fixes.repeatable import bound_in, names_read

_NAMED_DICTS = ("kwargs", "kwds")
# Calls that keep their own keywords: what they call gets none of them.
_WITHOUT_KEYWORDS = ("call_soon", "call_soon_threadsafe", "call_later", "call_at")


@dataclass(frozen=True, slots=True)
class Handed:
    """One argument for the inner call: `prefix` is "", "*", "**" or "name="."""

    prefix: str
    value: cst.BaseExpression


@dataclass(frozen=True, slots=True)
class Folded:
    """What a call hands on: arguments for the inner call, and the outer ones that hold them."""

    handed: tuple[Handed, ...]
    holders: tuple[cst.Arg, ...]


def folded(call: cst.Call, callee: cst.BaseExpression, calls: Calls) -> Folded | None:
    """The arguments of a call that go on to the callable among them; None if that is unclear."""
    if calls.packed:
        return _packed(call, calls)
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    keeps = isinstance(name, cst.Name) and name.value in _WITHOUT_KEYWORDS
    place = [arg.value is callee for arg in call.args].index(True)
    behind = [arg for arg in call.args[place + 1 :] if not (keeps and arg.keyword is not None)]
    if call.args[place].keyword is not None:
        return Folded((), ()) if not behind else None
    handed = tuple(Handed(arg.star or _keyword(arg), arg.value) for arg in behind)
    return Folded(handed, tuple(behind))


def _packed(call: cst.Call, calls: Calls) -> Folded | None:
    """The elements of `args=(a, b)` and `kwargs={"c": d}`."""
    handed: list[Handed] = []
    holders: list[cst.Arg] = []
    for index, arg in enumerate(call.args):
        if arg.star:
            return None
        name = arg.keyword.value if arg.keyword is not None else ""
        if name == calls.packed or (not name and index == calls.arguments):
            handed[:0] = _elements(arg.value)
        elif name in _NAMED_DICTS or (not name and index == calls.arguments + 1):
            handed.extend(_entries(arg.value))
        else:
            continue
        holders.append(arg)
    return Folded(tuple(handed), tuple(holders))


def _elements(packed: cst.BaseExpression) -> Iterator[Handed]:
    if isinstance(packed, (cst.Tuple, cst.List)):
        for element in packed.elements:
            prefix = "*" if isinstance(element, cst.StarredElement) else ""
            yield Handed(prefix, element.value)
    elif not (isinstance(packed, cst.Name) and packed.value == "None"):
        yield Handed("*", packed)


def _entries(packed: cst.BaseExpression) -> Iterator[Handed]:
    pairs = packed.elements if isinstance(packed, cst.Dict) else ()
    names = [_identifier(pair) for pair in pairs]
    if pairs and all(names):
        yield from (Handed(f"{name}=", pair.value) for name, pair in zip(names, pairs, strict=True))
    elif not (isinstance(packed, cst.Name) and packed.value == "None"):
        yield Handed("**", packed)


def _identifier(pair: cst.BaseDictElement) -> str:
    """The key of an entry if it can be written as a keyword, else ""."""
    key = pair.key if isinstance(pair, cst.DictElement) else None
    value = key.evaluated_value if isinstance(key, cst.SimpleString) else ""
    fits = isinstance(value, str) and value.isidentifier() and not keyword.iskeyword(value)
    return str(value) if fits else ""


def _keyword(arg: cst.Arg) -> str:
    return f"{arg.keyword.value}=" if arg.keyword is not None else ""


def written(kit: Kit, handed: Sequence[Handed]) -> str:
    """The arguments as they stand between the parentheses of the inner call."""
    ordered = sorted(handed, key=lambda each: each.prefix not in ("", "*"))
    return ", ".join(f"{each.prefix}{_enclosed(kit, each)}" for each in ordered)


def _enclosed(kit: Kit, handed: Handed) -> str:
    text = kit.text(handed.value)
    bare = isinstance(handed.value, cst.GeneratorExp) or (
        handed.prefix and isinstance(handed.value, (cst.BooleanOperation, cst.IfExp, cst.Lambda))
    )
    return f"({text})" if bare or isinstance(handed.value, cst.NamedExpr) else text


# evaluated later --------------------------------------------------------------------------------


def names_needed(values: Sequence[cst.BaseExpression]) -> frozenset[str] | None:
    """The names that expressions read; None if evaluating them later may give something else."""
    found: set[str] = set()
    for value in values:
        names = names_read(value, lambda _: False)
        if names is None:
            return None
        found |= names
    return frozenset(found)


def unsteady(kit: Kit, node: cst.CSTNode, names: frozenset[str]) -> list[str]:
    """The names that may mean something else later than at a node: they are bound again."""
    around = [above for above in kit.parents(node) if isinstance(above, cst.BaseComp)]
    own = frozenset[str]().union(*(bound_in(above) for above in around))
    return sorted(name for name in names if name in own or _is_rebound(kit, name, node))


def _is_rebound(kit: Kit, name: str, node: cst.CSTNode) -> bool:
    if any(name in scope.elsewhere for scope in kit.module.scopes()):
        return True
    scope = kit.unit.scope
    while name not in scope.bindings and scope.parent is not None:
        scope = scope.parent
    if len(scope.bindings.get(name, ())) > 1:
        return True
    loops = {id(above) for above in kit.parents(node) if isinstance(above, (cst.For, cst.While))}
    bound = (each for each in mentions(kit.unit.node, name) if is_binding(kit, each))
    return any(id(above) in loops for each in bound for above in kit.parents(each))


# taken out --------------------------------------------------------------------------------------


def without(kit: Kit, call: cst.Call, gone: Sequence[cst.Arg]) -> tuple[Edit, ...] | None:
    """The edits that take arguments out of a call, not all; None if comments would be lost."""
    edits: list[Edit] = []
    kept: cst.Arg | None = None
    for index, arg in enumerate(call.args):
        if all(arg is not each for each in gone):
            kept = arg
        elif kept is not None:
            edits.append(Edit(kit.span(call.args[index - 1])[1], kit.span(arg)[1], ""))
        elif index + 1 < len(call.args):
            edits.append(Edit(kit.span(arg)[0], kit.span(call.args[index + 1])[0], ""))
    if any(has_comment(kit.source.text[edit.start : edit.end]) for edit in edits):
        return None
    return tuple(edits)
