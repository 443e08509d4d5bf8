"""Cures a coroutine function given to `sorted`, `map` and the like: awaits it for each element."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Where
from asynclint.findings import Applicability, Fix
from asynclint.fixes.awaiting import may_await
from asynclint.fixes.kit import Kit
from asynclint.fixes.names import fresh_name
from asynclint.fixes.passages import has_comment

if TYPE_CHECKING:
    from asynclint.flow.story import Handover

_MESSAGE = "Await it for each element; unsafe, as all elements are then gone through at once"
_LOOSE = (cst.IfExp, cst.Lambda, cst.NamedExpr, cst.GeneratorExp, cst.Yield)
_FIRST = "key=lambda pair: pair[0]"


@dataclass(frozen=True, slots=True)
class _Each:
    """What is awaited for each element: `item` is the variable, `result` the text with `await`."""

    item: str
    result: str


def await_each(kit: Kit, entry: Handover) -> Fix | None:
    """A comprehension that awaits, for a builtin that calls a coroutine function per element.

    None where `await` cannot stand, or for a builtin that needs one result to get at the next.
    """
    call = entry.call
    if entry.where is not Where.HERE or not isinstance(call, cst.Call):
        return None
    write = _WRITERS.get(entry.callee)
    if write is None or not may_await(kit, call) or has_comment(kit.text(call)):
        return None
    if any(isinstance(above, cst.BaseComp) for above in kit.parents(call)):
        return None
    each = _each(kit, entry.node)
    text = write(kit, call, entry.node, each) if each is not None else None
    if text is None:
        return None
    place = _list_of(kit, call) if entry.callee in ("map", "filter") else None
    return Fix(Applicability.UNSAFE, _MESSAGE, (kit.replace(place or call, text),))


def _list_of(kit: Kit, call: cst.Call) -> cst.Call | None:
    """The call of `list` that a call is the only argument of."""
    argument = kit.parent(call)
    outer = kit.parent(argument) if isinstance(argument, cst.Arg) else None
    if not isinstance(outer, cst.Call) or len(outer.args) != 1 or has_comment(kit.text(outer)):
        return None
    return outer if isinstance(outer.func, cst.Name) and outer.func.value == "list" else None


def _each(kit: Kit, callee: cst.BaseExpression) -> _Each | None:
    if isinstance(callee, (cst.Name, cst.Attribute)):
        item = fresh_name(kit.tree, "item")
        return _Each(item, f"await {kit.text(callee)}({item})")
    if not isinstance(callee, cst.Lambda) or not isinstance(callee.body, cst.Call):
        return None
    params = callee.params
    plain = len(params.params) == 1 and not params.kwonly_params and params.star_kwarg is None
    if not plain or isinstance(params.star_arg, cst.Param) or params.posonly_params:
        return None
    if params.params[0].default is not None:
        return None
    return _Each(params.params[0].name.value, f"await {kit.text(callee.body)}")


def _map(kit: Kit, call: cst.Call, callee: cst.BaseExpression, each: _Each) -> str | None:
    elements = _elements(kit, call, callee)
    return elements and f"[{each.result} for {each.item} in {elements}]"


def _filter(kit: Kit, call: cst.Call, callee: cst.BaseExpression, each: _Each) -> str | None:
    elements = _elements(kit, call, callee)
    return elements and f"[{each.item} for {each.item} in {elements} if {each.result}]"


def _elements(kit: Kit, call: cst.Call, callee: cst.BaseExpression) -> str | None:
    """The one iterable behind the callable in a call."""
    match call.args:
        case [cst.Arg(value=first, star="", keyword=None), cst.Arg(star="", keyword=None)]:
            return _enclosed(kit, call.args[1].value) if first is callee else None
    return None


def _sorted(kit: Kit, call: cst.Call, callee: cst.BaseExpression, each: _Each) -> str | None:
    pairs = _pairs(kit, call, callee, each)
    return pairs and f"[{each.item} for _, {each.item} in sorted({pairs})]"


def _extreme(kit: Kit, call: cst.Call, callee: cst.BaseExpression, each: _Each) -> str | None:
    pairs = _pairs(kit, call, callee, each)
    return pairs and f"{kit.text(call.func)}({pairs})[1]"


def _pairs(kit: Kit, call: cst.Call, callee: cst.BaseExpression, each: _Each) -> str | None:
    """`[(await key(item), item) for item in xs], key=..., reverse=...`, for `xs, key=key, ...`."""
    first, *rest = call.args
    if first.star or first.keyword is not None:
        return None
    return _keyed(kit, _enclosed(kit, first.value), rest, (callee, each))


def _keyed(
    kit: Kit,
    elements: str,
    rest: list[cst.Arg],
    key: tuple[cst.BaseExpression, _Each],
) -> str | None:
    callee, each = key
    words = [_FIRST if arg.value is callee else _reversal(kit, arg) for arg in rest]
    known = [word for word in words if word is not None]
    if len(known) < len(words):
        return None
    pairs = f"[({each.result}, {each.item}) for {each.item} in {elements}]"
    return ", ".join([pairs, *known])


def _reversal(kit: Kit, arg: cst.Arg) -> str | None:
    if arg.keyword is None or arg.keyword.value != "reverse":
        return None
    return f"reverse={kit.text(arg.value)}"


def _sort(kit: Kit, call: cst.Call, callee: cst.BaseExpression, each: _Each) -> str | None:
    """`xs[:] = [...]` for `xs.sort(key=key)`."""
    if not isinstance(call.func, cst.Attribute) or not isinstance(kit.parent(call), cst.Expr):
        return None
    owner = call.func.value
    if not isinstance(owner, (cst.Name, cst.Attribute)):
        return None
    pairs = _keyed(kit, kit.text(owner), list(call.args), (callee, each))
    return pairs and f"{kit.text(owner)}[:] = [{each.item} for _, {each.item} in sorted({pairs})]"


def _enclosed(kit: Kit, expression: cst.BaseExpression) -> str:
    text = kit.text(expression)
    return f"({text})" if isinstance(expression, _LOOSE) else text


_WRITERS: dict[str, Callable[[Kit, cst.Call, cst.BaseExpression, _Each], str | None]] = {
    "map": _map,
    "filter": _filter,
    "sorted": _sorted,
    "min": _extreme,
    "max": _extreme,
    "builtins.list.sort": _sort,
}
