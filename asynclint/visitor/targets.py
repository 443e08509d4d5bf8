"""The names that an assignment target binds."""

from __future__ import annotations

import libcst as cst


def target_names(target: cst.BaseExpression) -> frozenset[str]:
    """Every plain name in a target; attributes and subscripts bind none."""
    if isinstance(target, cst.Name):
        return frozenset({target.value})
    if isinstance(target, (cst.Tuple, cst.List)):
        return frozenset().union(*(target_names(e.value) for e in target.elements))
    return frozenset()
