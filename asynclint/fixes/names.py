"""New names that clash with nothing in a module."""

from __future__ import annotations

import ast
import builtins
import keyword
from functools import lru_cache
from itertools import chain, count

#: Names that mean something in every module.
RESERVED = frozenset({*dir(builtins), *keyword.kwlist, *keyword.softkwlist})
# The fields of syntax nodes that hold identifiers in plain strings. Attributes (`x.name`) and the
# keywords of calls are left out: they are looked up in objects, not in scopes.
_FIELDS = ("id", "arg", "name", "rest", "names")


def fresh_name(tree: ast.Module, wanted: str) -> str:
    """`wanted`, or else `wanted_2`, `wanted_3` ...: the first that nothing in the module is called.

    A name clashes if it is bound or used in any scope of the module, or if it is a keyword or a
    builtin. The answer depends on the arguments alone, so two fixes of one round that want the
    same helper call it the same.
    """
    taken = names_in(tree)
    names = chain([wanted], (f"{wanted}_{number}" for number in count(2)))
    return next(name for name in names if name not in taken and name not in RESERVED)


@lru_cache(maxsize=4)  # the fixes of one round ask for one tree again and again
def names_in(tree: ast.Module) -> frozenset[str]:
    """Every name that is bound or used anywhere in the module, `a` for an import of `a.b`."""
    return frozenset(name for node in ast.walk(tree) for name in identifiers(node))


def identifiers(node: ast.AST) -> tuple[str, ...]:
    """The names that this one node binds or uses, its children aside."""
    if isinstance(node, ast.alias):
        return ((node.asname or node.name).partition(".")[0],)
    if isinstance(node, ast.keyword):
        return ()
    found: list[str] = []
    for field in _FIELDS:
        value = getattr(node, field, None)
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list):
            found += [name for name in value if isinstance(name, str)]
    return tuple(found)
