"""How code at a place can name what another module holds, and the import that it may need."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from asynclint.findings import Edit
from asynclint.fixes.bindings import (
    Binding,
    bindings_of,
    has_star_import,
    import_bindings,
    scopes_at,
)
from asynclint.fixes.importplace import place_import
from asynclint.fixes.names import RESERVED, names_in
from asynclint.source.text import Source


class NameTaken(Exception):  # noqa: N818 - it is an answer, not a failure
    """An import would bind a name that means something else; the message says what."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How to name something: `spelling`, once `edits` are applied, or None and the `reason`."""

    spelling: str | None
    edits: tuple[Edit, ...] = ()
    reason: str = ""


def reach(
    source: Source, tree: ast.Module, name: str, *, module: str | None = None, line: int = 0
) -> Reached:
    """How code on a line can name `name`, with the import that makes it so if it takes one.

    Parameters as for `how_to_name`.
    """
    spelling = how_to_name(tree, name, module=module, line=line)
    if spelling is not None:
        return Reached(spelling)
    top = name.partition(".")[0]
    if any(top in bindings_of(scope) for scope in scopes_at(tree, line)[1:]):
        return Reached(None, reason=f"`{top}` is a local name here")
    try:
        edit = import_edit(source, tree, f"import {_module_of(name, module)}")
    except NameTaken as taken:
        return Reached(None, reason=str(taken))
    if edit is None:
        return Reached(None, reason=f"`{top}` is imported only further down")
    return Reached(name, (edit,))


def how_to_name(
    tree: ast.Module, name: str, *, module: str | None = None, line: int = 0
) -> str | None:
    """The spelling under which code on a line reaches a dotted name such as `asyncio.run`.

    `module` is the module that holds it, by default all but the last part of `name`; say it for a
    module within a package. `line` (1-based; 0 for no function in particular) is where the code
    stands: local names hide those of the module there, and local imports above it serve.

    None if no import gives it: there is none, it stands under a condition, or its name is bound
    to something else as well, hidden or deleted.
    """
    holder = _module_of(name, module)
    hidden: set[str] = set()
    scopes = scopes_at(tree, line)
    for scope in reversed(scopes):
        bound = bindings_of(scope)
        # What a function finds in the scopes around it is there once all of their code has run.
        above = line if scope is scopes[-1] else 0
        for local in [local for local in bound if local not in hidden]:
            origin = _origin(bound[local], above)
            spelling = origin and _spelling(local, origin, bound[local], name, holder)
            if spelling:
                return spelling
        hidden |= bound.keys()
    return None


def import_edit(source: Source, tree: ast.Module, statement: str) -> Edit | None:
    """The edit that adds an import statement to the head of the module, None if it is there.

    Of `from a import b, c` only what is missing is added. Raises NameTaken where the import
    would bind a name that the module binds to something else, takes from a star import or
    uses as a builtin.
    """
    node = ast.parse(statement).body[0]
    if not isinstance(node, (ast.Import, ast.ImportFrom)):
        raise TypeError(f"not an import statement: {statement!r}")
    bound = zip(node.names, import_bindings(node, sure=True), strict=True)
    node.names = [alias for alias, binding in bound if not _is_there(tree, binding)]
    return place_import(source, tree, node) if node.names else None


def _is_there(tree: ast.Module, wanted: Binding) -> bool:
    """Whether the module has a binding; raises NameTaken where it has another of that name."""
    present = bindings_of(tree).get(wanted.name, ())
    for binding in present:
        if binding.origin is None or binding.origin != wanted.origin:
            raise NameTaken(f"line {binding.line} binds `{wanted.name}` to something else")
    if not present and wanted.name in names_in(tree):
        if wanted.name in RESERVED:
            raise NameTaken(f"`{wanted.name}` is used as a builtin")
        if has_star_import(tree):
            raise NameTaken(f"`{wanted.name}` may come from a star import")
    if wanted.origin is not None and wanted.origin.startswith(wanted.loaded):
        return any(binding.sure for binding in present)
    return any(binding.sure and _loads(binding, wanted.loaded) for binding in present)


def _module_of(name: str, module: str | None) -> str:
    return module or name.rpartition(".")[0] or name


def _origin(bindings: Sequence[Binding], line: int) -> str | None:
    """What a name means if it is always the same, imported above the line (0: anywhere)."""
    origins = {binding.origin for binding in bindings}
    sure = any(binding.sure and (not line or binding.line < line) for binding in bindings)
    return origins.pop() if sure and len(origins) == 1 else None


def _spelling(
    local: str, origin: str, bindings: Sequence[Binding], name: str, holder: str
) -> str | None:
    """How `local`, which is bound to the import `origin`, gives `name`, if it does."""
    if origin == name:
        return local
    reached = any(binding.sure and _loads(binding, holder) for binding in bindings)
    if origin == holder or (holder.startswith(f"{origin}.") and reached):
        return local + name.removeprefix(origin)
    return None


def _loads(binding: Binding, module: str) -> bool:
    """Whether the import loads the module: that of `a.b` loads `a` as well."""
    return f"{binding.loaded}.".startswith(f"{module}.")
