"""A loop made for a block of statements: what the body does with it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from asynclint.fixes.kit import Kit
from asynclint.fixes.mentions import is_read_by_functions, mentions

_CLEANING = ("shutdown_asyncgens", "shutdown_default_executor")
_WANT_RUNNING = frozenset(
    {
        *("call_at", "call_later", "call_soon", "call_soon_threadsafe", "create_connection"),
        *("create_future", "create_server", "create_task", "getaddrinfo", "get_debug"),
        *("run_in_executor", "set_debug", "set_exception_handler", "sock_recv", "time"),
        *("add_signal_handler", "remove_signal_handler", "add_reader", "remove_reader"),
    }
)
_RUNS = ("run_until_complete", "run")  # the second is that of `asyncio.Runner`


@dataclass(slots=True)
class LoopBlock:
    """All that a body does with an event loop.

    runs: the calls that run something on it. dropped: statements that only serve the loop itself
    (making, setting, closing it). unwrapped: `try` and `with` statements that do nothing else, to
    be replaced by their bodies. trimmed: `try` statements whose `finally` does nothing else.
    others: mentions that want a running loop, and have one where the code runs on it.
    """

    runs: list[cst.Call] = field(default_factory=list)
    dropped: list[cst.SimpleStatementLine] = field(default_factory=list)
    unwrapped: list[cst.Try | cst.With] = field(default_factory=list)
    trimmed: list[cst.Try] = field(default_factory=list)
    others: list[cst.Name] = field(default_factory=list)

    def stays(self, statement: cst.CSTNode) -> bool:
        """Whether a statement is still there when the loop is not."""
        return all(statement is not gone for gone in self.dropped)


def loop_block(kit: Kit, made: cst.CSTNode, *, running: bool = False) -> LoopBlock | None:
    """The block of the loop that an expression makes or asks for.

    None if the loop is used for anything but running, if others may see it, or if the statements do
    not stand on lines of their own. running: the statements are to run on a loop themselves, so
    that it may serve for more: for making tasks, say.
    """
    above = kit.parent(made)
    if isinstance(above, cst.Attribute):
        call = kit.parent(above)
        if isinstance(call, cst.Call) and call.func is above and above.attr.value == _RUNS[0]:
            return LoopBlock([call])
        return None
    bound = binding_of(kit, made)
    if bound is None:
        return None
    name, statement = bound
    if is_seen_elsewhere(kit, name):
        return None
    block = _read(kit, name, statement)
    if block is None or (block.others and not running):
        return None
    if block.others:
        if isinstance(statement, cst.With):
            return None
        block.dropped = [line for line in block.dropped if line is not statement]
    return block


def binding_of(kit: Kit, made: cst.CSTNode) -> tuple[str, cst.BaseStatement] | None:
    """The variable that a loop is put into, and the statement that does it."""
    above = kit.parent(made)
    if isinstance(above, cst.Assign) and len(above.targets) == 1:
        return _assigned(kit, above.targets[0].target, above)
    if isinstance(above, cst.AnnAssign):
        return _assigned(kit, above.target, above)
    if isinstance(above, cst.Arg):  # `with closing(new_event_loop()) as loop:`
        call = kit.parent(above)
        above = kit.parent(call) if call is not None and last_name(call) == "closing" else None
    if isinstance(above, cst.WithItem) and above.asname is not None:
        statement = kit.parent(above)
        target = above.asname.name
        if isinstance(statement, cst.With) and isinstance(target, cst.Name):
            plain = len(statement.items) == 1 and not statement.asynchronous
            return (target.value, statement) if plain else None
    return None


def _assigned(
    kit: Kit, target: cst.BaseExpression, statement: cst.CSTNode
) -> tuple[str, cst.BaseStatement] | None:
    line = kit.parent(statement)
    if not isinstance(target, cst.Name) or not isinstance(line, cst.SimpleStatementLine):
        return None
    return (target.value, line) if len(line.body) == 1 else None


def _read(kit: Kit, name: str, statement: cst.BaseStatement) -> LoopBlock | None:
    """Sorts every mention of the loop between its making and the next one in the same place."""
    region = _region(kit, name, statement)
    inside = {id(each) for part in region for each in mentions(part, name)}
    block = LoopBlock()
    for each in mentions(kit.unit.node, name):
        if not _is_own(kit, each):
            continue
        if id(each) in inside:
            if not _sort(kit, each, block):
                return None
        elif not _has_own_loop(kit, name, each):
            return None
    for part in region:
        block.dropped.extend(_resets(kit, part))
    if isinstance(statement, cst.With):
        block.unwrapped.append(statement)
    return block if _leave_something(kit, block) else None


def _region(kit: Kit, name: str, statement: cst.BaseStatement) -> Sequence[cst.CSTNode]:
    """The statements in which a variable holds the loop that a statement puts into it."""
    if isinstance(statement, cst.With):
        return (statement,)
    siblings = _siblings(kit, statement)
    start = [each is statement for each in siblings].index(True)
    stop = start + 1
    while stop < len(siblings) and not _binds(siblings[stop], name):
        stop += 1
    return siblings[start:stop]


def _siblings(kit: Kit, statement: cst.CSTNode) -> Sequence[cst.CSTNode]:
    block = kit.parent(statement)
    return block.body if isinstance(block, (cst.IndentedBlock, cst.Module)) else (statement,)


def _binds(statement: cst.CSTNode, name: str) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    match statement.body[0]:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=bound))]):
            return bound == name
        case cst.AnnAssign(target=cst.Name(value=bound), value=cst.BaseExpression()):
            return bound == name
    return False


def _has_own_loop(kit: Kit, name: str, mention: cst.Name) -> bool:
    """Whether a mention belongs to another statement that gives the variable a loop of its own."""
    child: cst.CSTNode = mention
    for above in kit.parents(mention):
        if isinstance(above, cst.With) and any(_enters_as(item, name) for item in above.items):
            return True
        if isinstance(above, (cst.IndentedBlock, cst.Module)):
            place = [each is child for each in above.body].index(True)
            if any(_binds(each, name) for each in above.body[: place + 1]):
                return True
        if above is kit.unit.node:
            return False
        child = above
    return False


def _enters_as(item: cst.WithItem, name: str) -> bool:
    target = item.asname.name if item.asname is not None else None
    return isinstance(target, cst.Name) and target.value == name


# who else sees it --------------------------------------------------------------------------------


def is_seen_elsewhere(kit: Kit, name: str) -> bool:
    """Whether code outside of the unit's own statements may use the variable."""
    unit = kit.unit
    if name in unit.scope.elsewhere:
        return True
    if unit.function is None and is_read_by_functions(kit, name):
        return True
    others = [each for each in mentions(unit.node, name) if not _is_own(kit, each)]
    bound = {id(kit.function(each)) for each in others if _is_bound_here(kit, each)}
    return any(id(kit.function(each)) not in bound for each in others)


def _is_own(kit: Kit, mention: cst.Name) -> bool:
    """Whether a mention stands in the unit's own statements, not in a function or class in it."""
    unit = kit.unit.node
    inner = kit.function(mention)
    return inner is (None if isinstance(unit, cst.Module) else unit) and not _is_in_class(
        kit, mention
    )


def _is_bound_here(kit: Kit, mention: cst.Name) -> bool:
    """Whether a mention makes the name one of the function that it stands in."""
    above = kit.parent(mention)
    if isinstance(above, cst.Param):
        return above.name is mention
    return isinstance(above, cst.AssignTarget)


def _is_in_class(kit: Kit, node: cst.CSTNode) -> bool:
    for above in kit.parents(node):
        if above is kit.unit.node:
            return False
        if isinstance(above, cst.ClassDef):
            return True
    return False


def _sort(kit: Kit, mention: cst.Name, block: LoopBlock) -> bool:
    """Adds what a mention of the loop does to the block; whether that is allowed."""
    above = kit.parent(mention)
    match above:
        case cst.AssignTarget():
            return _drop(kit, kit.parent(above), block)
        case cst.AnnAssign():
            return above.target is mention and _drop(kit, above, block)
        case cst.AsName():
            return True
        case cst.Attribute(attr=cst.Name(value=method)):
            call = kit.parent(above)
            return (
                isinstance(call, cst.Call)
                and call.func is above
                and _sort_call(kit, mention, call, method, block)
            )
        case cst.Arg():
            call = kit.parent(above)
            if call is None or last_name(call) != "set_event_loop":
                block.others.append(mention)
                return makes_coroutine(kit, call)
            return _drop(kit, kit.parent(call), block)
    return False


def makes_coroutine(kit: Kit, call: cst.CSTNode | None) -> bool:
    """Whether a call makes a coroutine object that is consumed, and runs nothing by itself."""
    return any(entry.subject.made is call for entry in kit.story.consumptions)


def _sort_call(kit: Kit, mention: cst.Name, call: cst.Call, method: str, block: LoopBlock) -> bool:
    if method == "close":
        return _drop(kit, kit.parent(call), block)
    if method in _CLEANING:
        run = kit.around(call, cst.Call)
        return run is not None and _drop(kit, kit.parent(run), block)
    if method in _WANT_RUNNING:
        block.others.append(mention)
        return True
    if method not in _RUNS or not call.args:
        return False
    argument = call.args[0].value
    cleans = isinstance(argument, cst.Call) and last_name(argument) in _CLEANING
    if not cleans:
        block.runs.append(call)
    return True


def _drop(kit: Kit, statement: cst.CSTNode | None, block: LoopBlock) -> bool:
    """Marks the line of a small statement as one that goes; whether it has a line of its own."""
    line = small_line(kit, statement)
    if line is None:
        return False
    if block.stays(line):
        block.dropped.append(line)
    return True


def small_line(kit: Kit, statement: cst.CSTNode | None) -> cst.SimpleStatementLine | None:
    """The line of an assignment or expression statement that has it to itself."""
    if not isinstance(statement, (cst.Expr, cst.Assign, cst.AnnAssign)):
        return None
    line = kit.parent(statement)
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    return line if alone and isinstance(line, cst.SimpleStatementLine) else None


def _resets(kit: Kit, part: cst.CSTNode) -> Iterator[cst.SimpleStatementLine]:
    """The statements `set_event_loop(None)` in a piece of code."""
    for each in mentions(part, "None"):
        above = kit.parent(each)
        call = kit.parent(above) if isinstance(above, cst.Arg) else None
        if call is None or last_name(call) != "set_event_loop" or not _is_own(kit, each):
            continue
        line = small_line(kit, kit.parent(call))
        if line is not None:
            yield line


def last_name(call: cst.CSTNode) -> str:
    """`close` for `loop.close()`, `closing` for `closing(x)`, "" for what is no such call."""
    func = call.func if isinstance(call, cst.Call) else None
    name = func.attr if isinstance(func, cst.Attribute) else func
    return name.value if isinstance(name, cst.Name) else ""


# what is left -----------------------------------------------------------------------------------


def merged(kit: Kit, blocks: Iterable[LoopBlock]) -> LoopBlock | None:
    """The blocks of several loops as one, which may empty a `finally` that each alone does not."""
    whole = LoopBlock()
    for block in blocks:
        whole.runs += block.runs
        whole.dropped += (line for line in block.dropped if whole.stays(line))
        whole.unwrapped += (each for each in block.unwrapped if isinstance(each, cst.With))
    return whole if _leave_something(kit, whole) else None


def _leave_something(kit: Kit, block: LoopBlock) -> bool:
    """Marks the `finally` clauses that go as a whole; whether all other blocks keep something."""
    for line in block.dropped:
        suite = kit.parent(line)
        if not isinstance(suite, (cst.IndentedBlock, cst.Module)):
            return False
        if any(block.stays(each) for each in suite.body):
            continue
        clause = kit.parent(suite)
        owner = kit.parent(clause) if isinstance(clause, cst.Finally) else None
        if not isinstance(owner, cst.Try) or not isinstance(owner.body, cst.IndentedBlock):
            return False
        into: list[cst.Try] | list[cst.Try | cst.With]
        into = block.trimmed if owner.handlers else block.unwrapped
        if all(owner is not known for known in into):
            into.append(owner)
    return all(isinstance(each.body, cst.IndentedBlock) for each in block.unwrapped)
