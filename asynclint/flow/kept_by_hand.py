"""Caches written by hand that keep coroutine objects: `if key not in known: known[key] = f(key)`.

Read off the text: on the way on which the cache has the key, the object comes from an earlier call
of the function, which no single run through its body shows. The same goes for one variable that
begins as None.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.model.shapes import CallShape, Display, Literal, Ref, Shape
from asynclint.model.table_uses import only_looked_up
from asynclint.model.values import COROUTINE
from asynclint.visitor.pure import code_of

if TYPE_CHECKING:
    from asynclint.flow.story import Story
    from asynclint.model.declared import Module

#: What holds the statements that stand in a statement, or in a part of it.
_INNER = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, slots=True)
class KeptByHand:
    """One such object.

    made: the call that makes it. use: what is awaited or returned where it was kept before. table:
    the text of what keeps it.
    """

    made: cst.Call
    use: cst.CSTNode
    table: str


def kept_by_hand(story: Story) -> Iterator[KeptByHand]:
    """The coroutine objects that a function keeps in a dict of its own, and gives out again."""
    calls = [life.subject.made for life in story.lives if life.subject.cls == COROUTINE]
    if not calls or story.unit.function is None:
        return
    assigned = _assigned(story.unit.node)
    reader = _Reader(story)
    for made in calls:
        if isinstance(made, cst.Call) and made in assigned and (found := reader.kept(made)):
            yield found


def _assigned(function: cst.CSTNode) -> set[cst.CSTNode]:
    """The values of all assignments in a function; only its statements are gone through."""
    found: set[cst.CSTNode] = set()
    waiting = [function]
    while waiting:
        node = waiting.pop()
        if isinstance(node, cst.Assign):
            found.add(node.value)
        for name in _INNER:
            inner = getattr(node, name, None)
            waiting += inner if isinstance(inner, (list, tuple)) else [inner] if inner else []
    return found


def awaited_calls(story: Story) -> Iterator[cst.Await]:
    """Where the file awaits what the function of a story gives, by its name."""
    function = story.unit.function
    for candidate in story.module.functions if function is not None else ():
        if function is None or function.name not in candidate.mentioned:
            continue
        unit = story.program.unit(candidate)
        waiting: list[cst.CSTNode] = [unit.node] if unit is not None else []
        while waiting:
            node = waiting.pop()
            waiting.extend(node.children)
            match node:
                case (
                    cst.Await(expression=cst.Call(func=cst.Name(value=name)))
                    | cst.Await(expression=cst.Call(func=cst.Attribute(attr=cst.Name(value=name))))
                ) if name == function.name:
                    yield node
                case _:
                    pass


class _Reader:
    """Reads one function."""

    def __init__(self, story: Story) -> None:
        self._story = story

    @cached_property
    def _above(self) -> dict[cst.CSTNode, cst.CSTNode]:
        """The node in which each node of the function stands, in order."""
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        waiting: list[cst.CSTNode] = [self._story.unit.node]
        while waiting:
            node = waiting.pop()
            below = node.children  # which libcst makes anew each time
            found.update(dict.fromkeys(below, node))
            waiting.extend(below)
        return found

    @cached_property
    def _of_names(self) -> dict[str, list[cst.Assign]]:
        """The assignments by the name that they read."""
        found: dict[str, list[cst.Assign]] = {}
        for node in self._above:
            if isinstance(node, cst.Assign) and isinstance(node.value, cst.Name):
                found.setdefault(node.value.value, []).append(node)
        return found

    def kept(self, made: cst.Call) -> KeptByHand | None:
        """How an object is kept and used again; None if it is not."""
        statement = self._above.get(made)
        if not isinstance(statement, cst.Assign) or statement.value is not made:
            return None
        return self._stored(made, statement) or next(
            (found for each in self._copies(statement) if (found := self._stored(made, each))), None
        )

    def _copies(self, statement: cst.Assign) -> Iterator[cst.Assign]:
        """The assignments in the same block that store what a variable has got."""
        names = {t.target.value for t in statement.targets if isinstance(t.target, cst.Name)}
        block = self._block(statement)
        for node in (
            each for name in dict.fromkeys(names) for each in self._of_names.get(name, ())
        ):
            if block is not None and self._block(node) is block:
                yield node

    def _block(self, statement: cst.CSTNode) -> cst.CSTNode | None:
        line = self._above.get(statement)
        return self._above.get(line) if line is not None else None

    def _stored(self, made: cst.Call, statement: cst.Assign) -> KeptByHand | None:
        targets = [target.target for target in statement.targets]
        for target in targets:
            if not isinstance(target, cst.Subscript):
                if (found := self._in_variable(made, statement, target)) is not None:
                    return found
                continue
            table, entry = code_of(target.value), code_of(target)
            key = entry[len(table) + 1 : -1]
            names = {code_of(t) for t in targets if isinstance(t, cst.Name)}
            names |= {code_of(statement.value)} if statement.value is not made else set()
            guard = self._guard(statement, table, key)
            use = self._use(guard, table, key, names) if guard is not None else None
            if use is not None and self._is_cache(target.value):
                return KeptByHand(made, use, table)
        return None

    def _in_variable(
        self, made: cst.Call, statement: cst.CSTNode, target: cst.BaseExpression
    ) -> KeptByHand | None:
        """`if self.job is None: self.job = f()`: the same with one variable."""
        name = code_of(target)
        below, above = statement, self._above.get(statement)
        while above is not None and not isinstance(above, cst.FunctionDef):
            asked = isinstance(above, cst.If) and above.body is below and code_of(above.test)
            if asked in (f"{name} is None", f"not {name}") and self._is_made_once(target):
                use = self._used({name}, above)
                return KeptByHand(made, use, name) if use is not None else None
            below, above = above, self._above.get(above)
        return None

    def _is_made_once(self, target: cst.BaseExpression) -> bool:
        """Whether a variable outlives the call, begins as None, and is bound just once besides."""
        unit = self._story.unit
        owner = unit.function.owner if unit.function is not None else None
        match target:
            case cst.Name(value=name) if name in unit.scope.elsewhere:
                home = self._story.program.resolver.home(name, unit.scope)
                bindings = home.bindings[name] if home is not None else ()
                shapes = [getattr(binding, "shape", None) for binding in bindings]
            case cst.Attribute(value=cst.Name(), attr=cst.Name(value=name)) if owner is not None:
                if name in owner.scope.module.patched or not self._is_receiver(target.value):
                    return False
                shapes = [each.shape for each in owner.attributes.get(name, ())]
            case _:
                return False
        others = [shape for shape in shapes if shape != Literal(None)]
        return len(shapes) == 2 and len(others) == 1  # noqa: PLR2004 - None, and the object

    def _is_receiver(self, node: cst.BaseExpression) -> bool:
        function = self._story.unit.function
        first = function.parameters[:1] if function is not None else ()
        return bool(first) and code_of(node) == first[0].name

    def _guard(self, statement: cst.CSTNode, table: str, key: str) -> cst.CSTNode | None:
        """The branch that is taken only where the table has no such key."""
        below = statement
        while (above := self._above.get(below)) is not None:
            match above:
                case cst.If(test=test, body=body) if body is below:
                    if self._asks(code_of(test), table, key):
                        return above
                case cst.ExceptHandler(type=cst.Name(value="KeyError" | "LookupError")):
                    tried = self._above[above]
                    if isinstance(tried, cst.Try) and f"{table}[{key}]" in code_of(tried.body):
                        return above
                case cst.FunctionDef() | cst.Lambda():
                    return None
                case _:
                    pass
            below = above
        return None

    def _asks(self, test: str, table: str, key: str) -> bool:
        got = f"{table}.get({key})"
        names = (got, *self._variables(table, key))
        return test in (f"{key} not in {table}", f"not {key} in {table}") or any(
            test in (f"{name} is None", f"not {name}") for name in names
        )

    def _variables(self, table: str, key: str) -> set[str]:
        """The names that get what the table has under the key."""
        gets = (f"{table}[{key}]", f"{table}.get({key})", f"{table}.get({key}, None)")
        return {
            code_of(target.target)
            for node in self._above
            if isinstance(node, cst.Assign) and code_of(node.value) in gets
            for target in node.targets
        }

    def _use(self, guard: cst.CSTNode, table: str, key: str, names: set[str]) -> cst.CSTNode | None:
        """What is awaited or returned, outside of the branch, where the object was kept before."""
        kept = {f"{table}[{key}]", f"{table}.get({key})"}
        variables = self._variables(table, key)
        return self._used(kept | (variables if names <= variables else set()), guard)

    def _used(self, texts: set[str], guard: cst.CSTNode) -> cst.CSTNode | None:
        for node in self._above:
            value: cst.CSTNode | None = None
            if isinstance(node, cst.Await):
                value = node.expression
            elif isinstance(node, cst.Return):
                value = node.value
            if value is not None and code_of(value) in texts and not self._is_inside(node, guard):
                return value
        return None

    def _is_inside(self, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
        above: cst.CSTNode | None = node
        while above is not None and above is not outer:
            above = self._above.get(above)
        return above is outer

    def _is_cache(self, table: cst.BaseExpression) -> bool:
        """Whether it is a plain dict that lives longer than a call, and loses nothing again."""
        unit = self._story.unit
        if isinstance(table, cst.Name):
            found = self._story.program.resolver.variable(table.value, unit.scope)
            if found is None:
                return False
            module, name = found
            shapes = [getattr(b, "shape", None) for b in module.scope.bindings.get(name, ())]
            return _is_dict(shapes) and self._only_looked_up(module, name)
        owner = unit.function.owner if unit.function is not None else None
        match table:
            case cst.Attribute(value=receiver, attr=cst.Name(value=name)) if owner is not None:
                given = owner.attributes.get(name, ())
                is_own = self._is_receiver(receiver) and _is_dict([each.shape for each in given])
                return is_own and self._only_looked_up(owner.scope.module, name)
            case _:
                return False

    def _only_looked_up(self, module: Module, name: str) -> bool:
        program = self._story.program
        trees = map(program.tree, (module, *program.project.holders(name, module)))
        return all(tree is not None and only_looked_up(tree, name) for tree in trees)


def _is_dict(shapes: list[Shape | None]) -> bool:
    """Whether all that a name is bound to is one empty dict."""
    match shapes:
        case [Display(kind="dict", items=())] | [CallShape(callee=Ref(parts=("dict",)), args=())]:
            return True
        case _:
            return False
