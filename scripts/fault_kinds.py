"""The kinds of faults that are injected into sound code: where each can stand, and its edits.

Each kind undoes what one of the cures does. A place counts only if running the package's own tests
shows that the fault would happen there; `Evidence` says what has to be seen.
"""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from asynclint.findings import Edit
from asynclint.source.text import Source

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run must have seen of an expression.

    at: where it stands (1-based row, 0-based column in UTF-8 bytes, as `ast` counts). type: of all
    its values, '' if any will do. on_loop: whether an asyncio loop ran at least once. loop: the
    place of a loop statement that was entered less often than the expression was evaluated.
    """

    at: tuple[int, int]
    type: str = ""
    on_loop: bool = False
    loop: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One place of a file where a fault of some kind can be injected.

    row: 1-based. column: 0-based, in UTF-8 bytes. edits: of the file's text. asyncio: whether the
    edits need the name.
    """

    kind: str
    row: int
    column: int
    edits: tuple[Edit, ...]
    evidence: tuple[Evidence, ...]
    asyncio: bool = False


@dataclass(slots=True)
class _Around:
    """What stands around a node: the innermost function, statement, and the loops in between."""

    function: ast.AST | None = None
    statement: ast.stmt | None = None
    loops: list[ast.stmt] = field(default_factory=list)


class Finder:
    """Finds the places in one file."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self._source = source
        self._tree = tree
        self._names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self._bound = _bound(tree)

    def faults(self) -> Iterator[Fault]:
        """All places, in the order of the text for each kind."""
        for node, around in _walk(self._tree):
            for kind, make in _KINDS.items():
                for edits, evidence in make(self, node, around):
                    at = (node.lineno, node.col_offset)  # type: ignore[attr-defined]
                    needs = kind in ("run", "loop")
                    yield Fault(kind, *at, tuple(edits), tuple(evidence), needs)

    # the kinds --------------------------------------------------------------------------------

    def run(self, node: ast.AST, around: _Around) -> Iterator[_Found]:
        """`await x` becomes `asyncio.run(x)`."""
        if isinstance(node, ast.Await) and isinstance(around.function, ast.AsyncFunctionDef):
            start, end = self._range(node)
            opening = self._keyword(start, "await")
            edits = [Edit(start, opening, "asyncio.run("), Edit(end, end, ")")]
            yield edits, [Evidence(_at(node.value), on_loop=True)]

    def dropped(self, node: ast.AST, around: _Around) -> Iterator[_Found]:
        """`await x` becomes `x`, where `x` is a coroutine object."""
        if isinstance(node, ast.Await) and around.statement is not None:
            start, _ = self._range(node)
            edits = [Edit(start, self._keyword(start, "await"), "")]
            yield edits, [Evidence(_at(node.value), "coroutine")]

    def sync_for(self, node: ast.AST, around: _Around) -> Iterator[_Found]:
        """`async for` becomes `for`."""
        if isinstance(node, ast.AsyncFor) and around.function is not None:
            start, _ = self._range(node)
            yield [Edit(start, self._keyword(start, "async"), "")], [Evidence(_at(node.iter))]

    def comprehension(self, node: ast.AST, around: _Around) -> Iterator[_Found]:
        """`[x async for x in y]` becomes `list(y)`, any other comprehension loses its `async`."""
        if not isinstance(node, _COMPREHENSIONS) or around.function is None:
            return
        first = node.generators[0]
        if not first.is_async:
            return
        name = "list" if isinstance(node, ast.ListComp) else "set"
        evidence = [Evidence(_at(first.iter))]
        if _is_plain(node) and name not in self._bound:
            start, end = self._range(node)
            inner, behind = self._range(first.iter)
            yield [Edit(start, inner, f"{name}("), Edit(behind, end, ")")], evidence
        else:
            target, _ = self._range(first.target)
            start = self._source.text.rindex("async", 0, target)
            yield [Edit(start, self._keyword(start, "async"), "")], evidence

    def hoisted(self, node: ast.AST, around: _Around) -> Iterator[_Found]:
        """An awaited call is made once, before the loop in which it stands."""
        if not isinstance(node, ast.Await) or not isinstance(node.value, ast.Call):
            return
        for loop in around.loops[-1:]:
            if _changes(loop, node.value) or not self._begins_line(loop):
                continue
            start, end = self._range(node.value)
            name = self._fresh("pending")
            indent = self._indent(loop)
            line = self._source.offset(loop.lineno, 0)
            before = f"{indent}{name} = {self._source.text[start:end]}{self._source.newline}"
            seen = Evidence(_at(node.value), "coroutine", loop=_at(loop))
            yield [Edit(line, line, before), Edit(start, end, name)], [seen]

    def generator(self, node: ast.AST, around: _Around) -> Iterator[_Found]:
        """An awaited or gathered wrapper, `collect(ticks())`, becomes its generator, `ticks()`."""
        if around.function is None:
            return
        for wrapper in _awaited(node):
            for argument in wrapper.args:
                if isinstance(argument, ast.Call):
                    start, end = self._range(wrapper)
                    text = self._source.text[slice(*self._range(argument))]
                    seen = [Evidence(_at(argument), "async generator")]
                    if isinstance(node, ast.Await):
                        seen.append(Evidence(_at(wrapper), "coroutine"))
                    yield [Edit(start, end, text)], seen

    def loop(self, node: ast.AST, around: _Around) -> Iterator[_Found]:
        """`asyncio.run(x)` becomes a new loop that runs `x` and is never closed.

        What `asyncio.run` takes is a coroutine object, so nothing has to be seen of it.
        """
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "asyncio.run":
            return
        statement = around.statement
        is_async = isinstance(around.function, (ast.AsyncFunctionDef, ast.Lambda))
        if len(node.args) != 1 or node.keywords or statement is None or is_async:
            return
        if getattr(statement, "value", None) is not node or not self._begins_line(statement):
            return
        name = self._fresh("loop")
        line = self._source.offset(statement.lineno, 0)
        made = f"{self._indent(statement)}{name} = asyncio.new_event_loop(){self._source.newline}"
        start, end = self._range(node.func)
        edits = [Edit(line, line, made), Edit(start, end, f"{name}.run_until_complete")]
        yield edits, []

    # the text ---------------------------------------------------------------------------------

    def _range(self, node: ast.AST) -> tuple[int, int]:
        """The offsets of a node, end exclusive."""
        source = self._source
        row, column = _at(node)
        last: int = node.end_lineno  # type: ignore[attr-defined]
        end: int = node.end_col_offset  # type: ignore[attr-defined]
        return (
            source.offset(row, source.utf8_column(row, column)),
            source.offset(last, source.utf8_column(last, end)),
        )

    def _keyword(self, start: int, word: str) -> int:
        """The offset of what follows a keyword and white space."""
        rest = self._source.text[start + len(word) :]
        return start + len(word) + len(rest) - len(rest.lstrip())

    def _begins_line(self, node: ast.stmt) -> bool:
        line = self._source.line(node.lineno).encode("utf-8")
        return not line[: node.col_offset].strip()

    def _indent(self, node: ast.stmt) -> str:
        return self._source.line(node.lineno)[: node.col_offset]

    def _fresh(self, name: str) -> str:
        while name in self._names:
            name += "_"
        return name


_Found = tuple[list[Edit], list[Evidence]]
_KINDS: dict[str, Callable[[Finder, ast.AST, _Around], Iterator[_Found]]] = {
    "run": Finder.run,
    "dropped": Finder.dropped,
    "for": Finder.sync_for,
    "comprehension": Finder.comprehension,
    "hoisted": Finder.hoisted,
    "generator": Finder.generator,
    "loop": Finder.loop,
}

#: What each kind does, for people.
KINDS: dict[str, str] = {
    "run": "`await x` to `asyncio.run(x)`",
    "dropped": "the `await` of a coroutine object dropped",
    "for": "`async for` to `for`",
    "comprehension": "an async comprehension to `list(...)`, or without its `async`",
    "hoisted": "an awaited call made once, before its loop",
    "generator": "an awaited or gathered wrapper replaced by its generator",
    "loop": "`asyncio.run(x)` to a `new_event_loop` block",
}


def _walk(tree: ast.Module) -> Iterator[tuple[ast.AST, _Around]]:
    """All nodes that stand in no f-string: before 3.12 these have no places there."""
    waiting: list[tuple[ast.AST, _Around]] = [(tree, _Around())]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, ast.JoinedStr):
            continue
        yield node, around
        inner = around
        if isinstance(node, _FUNCTIONS):
            inner = _Around(node)
        elif isinstance(node, ast.ClassDef):
            inner = _Around()
        elif isinstance(node, ast.stmt):
            loops = [*around.loops, node] if isinstance(node, LOOPS) else around.loops
            inner = _Around(around.function, node, loops)
        elif isinstance(node, (*_COMPREHENSIONS, ast.GeneratorExp)):
            inner = _Around(around.function, around.statement)
        for child in reversed(list(ast.iter_child_nodes(node))):
            outside = isinstance(node, LOOPS) and child in (
                getattr(node, "iter", None),
                *node.orelse,
            )
            waiting.append((child, replace(inner, loops=around.loops) if outside else inner))


def _awaited(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that a node awaits or gathers."""
    if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
        yield node.value
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "asyncio.gather":
        yield from (each for each in node.args if isinstance(each, ast.Call))


def _changes(loop: ast.stmt, call: ast.Call) -> bool:
    """Whether a loop binds what a call needs, or makes it await or bind something itself."""
    needed = {ast.unparse(n) for n in ast.walk(call) if isinstance(n, (ast.Name, ast.Attribute))}
    if any(isinstance(n, (ast.Await, ast.NamedExpr, ast.Lambda)) for n in ast.walk(call)):
        return True
    bound = {
        ast.unparse(n)
        for n in ast.walk(loop)
        if isinstance(n, (ast.Name, ast.Attribute)) and not isinstance(n.ctx, ast.Load)
    }
    bound |= {n.name for n in ast.walk(loop) if isinstance(n, ast.ExceptHandler) and n.name}
    bound |= {
        n.name for n in ast.walk(loop) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    return bool(needed & bound)


def _is_plain(node: ast.ListComp | ast.SetComp | ast.DictComp) -> bool:
    """Whether a comprehension only collects what one iterable gives."""
    first, *more = node.generators
    if isinstance(node, ast.DictComp) or more or first.ifs:
        return False
    target = first.target
    return isinstance(target, ast.Name) and ast.unparse(node.elt) == target.id


def _bound(tree: ast.Module) -> set[str]:
    """All names that a file binds anywhere."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


def _at(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]
