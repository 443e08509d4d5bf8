"""What a body says as a whole: which names stand in it and how, and what it yields and returns."""

from __future__ import annotations

import ast
from collections import Counter

from asynclint.model.replaced import replaced
from asynclint.model.shapes import OPAQUE, Shape, shape_of

#: The kinds of nodes that say something of it.
TOLD = frozenset(
    {
        *(ast.Name, ast.Attribute, ast.Call, ast.Yield, ast.YieldFrom, ast.Return),
    }
)


class BodyFacts:
    """What one body mentions, and whether it yields."""

    def __init__(self) -> None:
        self.mentions: set[str] = set()
        self.handed: set[str] = set()
        self.yields = False
        self.returned: list[ast.Return] = []
        self.yielded: list[Shape] = []
        self.nests = False  # whether functions are defined in it
        self.encloses = False  # whether functions or lambdas are
        self.replaced: set[tuple[str, str]] = set()
        self._named: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._read: Counter[str] = Counter()  # names and attributes
        self._called: Counter[str] = Counter()  # those of them that are called as they stand

    def looked_up(self) -> set[str]:
        """The names and attributes that stand anywhere but where they are called."""
        return {name for name, count in self._read.items() if count > self._called[name]}

    @property
    def looked_at(self) -> tuple[str, ...]:
        """The names that stand only where an attribute of theirs is read, and is not called."""
        return tuple(name for name, count in self._named.items() if count == self._asked[name])

    def see(self, node: ast.AST) -> None:
        """Takes in one node, of a kind that is TOLD."""
        self.replaced.update(replaced(node))
        if isinstance(node, ast.Name):
            self.mentions.add(node.id)
            self._named[node.id] += 1
            self._read[node.id] += 1
        elif isinstance(node, ast.Attribute):
            self.mentions.add(node.attr)
            self._read[node.attr] += 1
            if isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
                self._asked[node.value.id] += 1
        elif isinstance(node, ast.Call):
            self._see_callee(node.func)
        elif isinstance(node, (ast.Yield, ast.YieldFrom)):
            self.yields = True
            is_plain = isinstance(node, ast.Yield) and node.value is not None
            self.yielded.append(shape_of(node.value) if is_plain else OPAQUE)
        elif isinstance(node, ast.Return) and node.value is not None:
            self.returned.append(node)

    def _see_callee(self, callee: ast.expr) -> None:
        if isinstance(callee, ast.Name):
            self._called[callee.id] += 1
        elif isinstance(callee, ast.Attribute):
            self._called[callee.attr] += 1
            if isinstance(callee.value, ast.Name):
                self._asked[callee.value.id] -= 1
