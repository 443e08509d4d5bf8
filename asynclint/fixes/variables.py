"""Where the value of a variable goes, and which names may have been rebound by the time it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.kit import Kit
from asynclint.visitor import ops
from asynclint.visitor.builder import TooComplex
from asynclint.visitor.lower import lower
from asynclint.visitor.ops import Branch, Dispatch, Graph, Jump, Next

_FILLING = ("append", "add", "appendleft", "put_nowait")
#: For each assignment that may have given the variable its value (by its target's `id`, 0 for what
#: came before all of them): the names that may have been rebound since.
_Arriving = dict[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Load:
    """A variable is read.

    sure: no other assignment's value can arrive here. changed: names that may be rebound since.
    """

    node: cst.Name
    sure: bool
    changed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Held:
    """A value that a statement of its own puts into a variable, and all who read it there."""

    statement: cst.Assign | cst.AnnAssign
    name: str
    loads: tuple[Load, ...]


def held(kit: Kit, value: cst.CSTNode | None) -> Held | None:
    """The variable that an expression of the kit's unit is assigned to, alone.

    None if it is assigned to something else, or to a name that other functions see too.
    """
    statement = kit.parent(value) if value is not None else None
    target = _target(statement, value)
    if target is None or not isinstance(statement, cst.Assign | cst.AnnAssign):
        return None
    unit = kit.unit
    if target.value in unit.scope.elsewhere or target.value in unit.exported:
        return None
    try:
        graph = lower(unit.node)
    except TooComplex:
        return None
    stored = {op.name for op in _ops(graph) if isinstance(op, ops.Store) and op.node is target}
    if stored != {target.value} or target.value in graph.captured:
        return None  # it stands in a nested function or in a class body
    return Held(statement, target.value, _loads(graph, target))


def goes_into_container(kit: Kit, node: cst.CSTNode) -> bool:
    """Whether an object is put into a container, where each place can have one of its own."""
    above = kit.parent(node)
    while isinstance(above, cst.IfExp) and above.test is not node:
        node, above = above, kit.parent(above)
    if isinstance(above, cst.Element | cst.ListComp | cst.SetComp | cst.GeneratorExp):
        return True
    if isinstance(above, cst.DictElement | cst.DictComp):
        return above.value is node
    if not isinstance(above, cst.Arg) or above.star or above.keyword:
        return False
    call = kit.parent(above)
    method = call.func if isinstance(call, cst.Call) else None
    return isinstance(method, cst.Attribute) and method.attr.value in _FILLING


def _target(statement: cst.CSTNode | None, value: cst.CSTNode | None) -> cst.Name | None:
    """The name that a statement assigns a value to, if that is all that it does."""
    target: cst.CSTNode | None = None
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        target = statement.targets[0].target
    elif isinstance(statement, cst.AnnAssign):
        target = statement.target
    else:
        return None
    return target if isinstance(target, cst.Name) and statement.value is value else None


def _ops(graph: Graph) -> Iterator[ops.Op]:
    for block in graph.blocks:
        yield from block.ops


def _loads(graph: Graph, target: cst.Name) -> tuple[Load, ...]:
    """The places that an assignment's value may reach: a forward analysis to its fixpoint."""
    entering: dict[int, _Arriving] = {0: {0: frozenset()}}
    waiting = [0]
    arriving: dict[int, _Arriving] = {}
    nodes: dict[int, cst.Name] = {}
    while waiting:
        index = waiting.pop()
        block = graph.blocks[index]
        state = dict(entering[index])
        thrown = dict(state)
        for op in block.ops:
            if isinstance(op, ops.Load) and op.name == target.value:
                _join(arriving.setdefault(id(op.node), {}), state)
                if isinstance(op.node, cst.Name):
                    nodes[id(op.node)] = op.node
            state = _after(op, target.value, state)
            _join(thrown, state)
        edges = [(successor, state) for successor in _successors(block.end)]
        if block.handler is not None:
            edges.append((block.handler, thrown))
        for successor, leaving in edges:
            seen = successor in entering
            if _join(entering.setdefault(successor, {}), leaving) or not seen:
                waiting.append(successor)
    return tuple(
        Load(nodes[key], len(state) == 1, state[id(target)])
        for key, state in arriving.items()
        if id(target) in state and key in nodes
    )


def _after(op: ops.Op, name: str, state: _Arriving) -> _Arriving:
    """What arrives behind an operation."""
    match op:
        case ops.Store(name=stored) if stored == name:
            return {id(op.node): frozenset()}
        case ops.Delete(name=deleted) if deleted == name:
            return {}
        case ops.Store(name=stored) | ops.Delete(name=stored) | ops.Define(name=stored):
            return {origin: changed | {stored} for origin, changed in state.items()}
        case _:
            return state


def _successors(end: ops.End) -> tuple[int, ...]:
    match end:
        case Jump(target=target):
            return (target,)
        case Branch(yes=yes, no=no):
            return (yes, no)
        case Next(body=body, done=done):
            return (body, done)
        case Dispatch(targets=targets):
            return targets
        case _:
            return ()


def _join(into: _Arriving, more: _Arriving) -> bool:
    """Adds what arrives on another path; whether that is new."""
    before = dict(into)
    for origin, changed in more.items():
        into[origin] = into.get(origin, frozenset()) | changed
    return into != before
