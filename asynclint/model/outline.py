"""What others can see of a module, but for the text of its bodies and where they stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from asynclint.model.declared import Class, Function, Module, Scope
from asynclint.model.loose import MODULE, loose_names

_DECLARED = (Function, Class, Scope, Module)
#: Nobody who asks of a function or a class is told where it stands, but to show it.
_PLACES = frozenset({"first_line", "def_line", "last_line", "column", "line"})


def outline(module: Module, tree: ast.Module) -> list[str]:
    """All that the index tells of a module, and the loose names of its bodies, as texts.

    Of two modules with equal outlines everything is known alike that is not read from the bodies
    themselves; only lines differ.
    """
    return list(_Outline(module).told(tree))


class _Outline:
    def __init__(self, module: Module) -> None:
        self._module = module
        parts = (module, *module.functions, *module.classes, *module.scopes())
        self._numbers = {id(part): number for number, part in enumerate(parts)}

    def told(self, tree: ast.Module) -> Iterator[str]:
        module = self._module
        parts: tuple[Module | Function | Class | Scope, ...]
        parts = (module, *module.functions, *module.classes, *module.scopes())
        for part in parts:
            names = (each.name for each in fields(part) if each.name not in _PLACES)
            yield from (f"{name}={self._text(getattr(part, name))}" for name in names)
        loose = loose_names(tree)
        places = [MODULE, *((each.def_line, each.column) for each in module.functions)]
        yield from (self._text(loose.get(place)) for place in places)

    def _text(self, part: object) -> str:
        """In full, as `==` takes 1 for True."""
        if isinstance(part, _DECLARED):
            return f"#{self._numbers.get(id(part), '?')}"
        if isinstance(part, (list, tuple)):
            return f"[{','.join(map(self._text, part))}]"
        if isinstance(part, (set, frozenset)):
            return f"{{{','.join(sorted(map(self._text, part)))}}}"
        if isinstance(part, dict):
            pairs = (f"{self._text(key)}:{self._text(value)}" for key, value in part.items())
            return f"{{{','.join(pairs)}}}"
        if is_dataclass(part) and not isinstance(part, type):
            values = (self._text(getattr(part, each.name)) for each in fields(part))
            return f"{type(part).__name__}({','.join(values)})"
        return repr(part)
