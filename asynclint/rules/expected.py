"""Whether code awaits its own fault: tests that show what goes wrong say so."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from asynclint.visitor.names import DEMANDING, last_name

_CHECKS = (*DEMANDING, "assertWarns", "assertWarnsRegex", "warns")
_BASES = frozenset({"BaseException", "Exception", "Warning"})


def is_expected(around: Iterable[cst.CSTNode], shown: frozenset[str]) -> bool:
    """Whether the nodes around a place are `with assertRaises(TypeError):` or the like.

    around: innermost first, up to the body in which the place stands. shown: names of the
    exceptions and warnings that the fault there raises. A block that expects another one would fail
    with this fault, too.
    """
    named = (_named(item) for each in around if isinstance(each, cst.With) for item in each.items)
    return any(not (shown | _BASES).isdisjoint(names) for names in named)


def _named(item: cst.WithItem) -> set[str]:
    """The names of the exceptions that an item of a `with` statement expects."""
    call = item.item
    if not isinstance(call, cst.Call) or not call.args or last_name(call) not in _CHECKS:
        return set()
    first = call.args[0].value
    elements = [e.value for e in first.elements] if isinstance(first, cst.Tuple) else []
    return {each.value for each in (first, *elements) if isinstance(each, cst.Name)}
