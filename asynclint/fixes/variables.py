"""Where the value of a variable goes, and which names may have been rebound by the time it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

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
    """A variable is read. changed: names that may be rebound since any of its assignments."""

    node: cst.Name
    changed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Held:
    """A variable with the statements that give it its value, and all places where that is read.

    statements: in source order, each an assignment to this variable alone. More than one where the
    values of several arrive at the same place.
    """

    name: str
    statements: tuple[cst.Assign | cst.AnnAssign, ...]
    loads: tuple[Load, ...]


def held(kit: Kit, value: cst.CSTNode | None) -> Held | None:
    """The variable that an expression of the kit's unit is assigned to.

    None if it is assigned to something else, to a name that other functions see too, or if a value
    of unknown origin arrives where it is read.
    """
    target = _target(kit.parent(value), value) if value is not None else None
    if target is None:
        return None
    unit = kit.unit
    if target.value in unit.scope.elsewhere or target.value in unit.exported:
        return None
    graph = kit.once("graph", lambda: _graph(kit))
    if graph is None or target.value in graph.captured or _is_deleted(graph, target.value):
        return None
    targets = {id(op.node): op.node for op in _ops(graph) if _stores(op, target.value)}
    if id(target) not in targets:
        return None  # it stands in a nested function or in a class body
    arriving, nodes = _flow(graph, kit.program.liveness(graph).rank, target.value)
    if any(id(op.node) not in nodes for op in _ops(graph) if _loads(op, target.value)):
        return None  # no path leads there
    origins = _together(id(target), arriving)
    statements = [_statement(kit, targets.get(origin)) for origin in origins]
    known = [statement for statement in statements if statement is not None]
    if len(known) < len(statements):
        return None
    loads = [
        Load(nodes[key], frozenset().union(*state.values()))
        for key, state in arriving.items()
        if key in nodes and not origins.isdisjoint(state)
    ]
    return Held(
        target.value,
        tuple(sorted(known, key=kit.span)),
        tuple(sorted(loads, key=lambda load: kit.span(load.node))),
    )


def loads_of_parameter(kit: Kit, name: str) -> tuple[cst.Name, ...] | None:
    """All places that read a parameter; None if it is given another value, or seen elsewhere."""
    graph = _graph(kit)
    if graph is None or name in graph.captured or name in kit.unit.scope.elsewhere:
        return None
    if any(_stores(op, name) for op in _ops(graph)):
        return None
    nodes = [op.node for op in _ops(graph) if _loads(op, name)]
    return tuple(dict.fromkeys(node for node in nodes if isinstance(node, cst.Name)))


def is_consumed(kit: Kit, maker: cst.CSTNode, node: cst.Name) -> bool:
    """Whether what a call made is consumed where a variable is read."""
    entries = kit.story.consumptions
    return any(entry.node is node and entry.subject.made is maker for entry in entries)


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


def _graph(kit: Kit) -> Graph | None:
    try:
        return lower(kit.unit.node)
    except TooComplex:
        return None


def _statement(kit: Kit, target: cst.CSTNode | None) -> cst.Assign | cst.AnnAssign | None:
    """The statement that assigns a value to a name and does nothing else."""
    above = kit.parent(target) if isinstance(target, cst.Name) else None
    if isinstance(above, cst.AnnAssign) and above.value is not None:
        return above
    statement = kit.parent(above) if isinstance(above, cst.AssignTarget) else None
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        return statement
    return None


def _target(statement: cst.CSTNode | None, value: cst.CSTNode) -> cst.Name | None:
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


def _is_deleted(graph: Graph, name: str) -> bool:
    return any(isinstance(op, ops.Delete) and op.name == name for op in _ops(graph))


def _stores(op: ops.Op, name: str) -> bool:
    return isinstance(op, ops.Store) and op.name == name


def _loads(op: ops.Op, name: str) -> bool:
    return isinstance(op, ops.Load) and op.name == name


def _together(origin: int, arriving: dict[int, _Arriving]) -> set[int]:
    """All assignments whose values arrive where those of the others do."""
    found = {origin}
    grown = True
    while grown:
        before = len(found)
        for state in arriving.values():
            if not found.isdisjoint(state):
                found |= state.keys()
        grown = len(found) > before
    return found


def _flow(
    graph: Graph, rank: Sequence[int], name: str
) -> tuple[dict[int, _Arriving], dict[int, cst.Name]]:
    """What arrives at each place that reads a variable: a forward analysis to its fixpoint.

    rank: of each block, in the order of the graph. Returns it by the `id` of the place's node, and
    the nodes by theirs.
    """
    entering: dict[int, _Arriving] = {0: {0: frozenset()}}
    waiting = [(rank[0], 0)]  # in the order of the graph: each block when all that leads there is
    arriving: dict[int, _Arriving] = {}
    nodes: dict[int, cst.Name] = {}
    while waiting:
        _, index = heappop(waiting)
        block = graph.blocks[index]
        state = dict(entering[index])
        thrown = dict(state)
        for op in block.ops:
            if isinstance(op, ops.Load) and op.name == name and isinstance(op.node, cst.Name):
                _join(arriving.setdefault(id(op.node), {}), state)
                nodes[id(op.node)] = op.node
            before, state = state, _after(op, name, state)
            if block.handler is not None and state is not before:
                _join(thrown, state)
        edges = [(successor, state) for successor in _successors(block.end)]
        if block.handler is not None:
            edges.append((block.handler, thrown))
        for successor, leaving in edges:
            seen = successor in entering
            new = _join(entering.setdefault(successor, {}), leaving) or not seen
            if new and (rank[successor], successor) not in waiting:
                heappush(waiting, (rank[successor], successor))
    return arriving, nodes


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
    is_new = False
    for origin, changed in more.items():
        known = into.get(origin)
        if known is None or not changed <= known:
            into[origin] = changed if known is None else known | changed
            is_new = True
    return is_new
