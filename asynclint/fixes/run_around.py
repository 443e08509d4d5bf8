"""Cures a loop per iteration: one run, around a coroutine function that awaits each time round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from asynclint.facts import Kind
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.await_run import run_argument, runs_surely
from asynclint.fixes.awaiting import awaited, awaited_text, room_to_await
from asynclint.fixes.header import indentation, row_with_comments
from asynclint.fixes.imports import Reached, reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import LoopBlock, loop_block
from asynclint.fixes.mentions import is_binding, is_read_by_functions, mentions
from asynclint.fixes.names import fresh_name
from asynclint.fixes.passages import added_up, indentation_of, indented, rows_of, shifted_right
from asynclint.fixes.unwrapping import without_loop
from asynclint.fixes.wrapper import inlined, wrapper_of
from asynclint.visitor import ops

if TYPE_CHECKING:
    from asynclint.flow.story import Life, LoopStart

_MESSAGE = "Await in a coroutine that runs once; unsafe, as all now happens while a loop runs"
_HOPS = 2  # the call, and the run in the function that it calls
_SUPER = m.Call(func=m.Name("super"), args=[])
_RUNNERS = m.Attribute(attr=m.Name("run_until_complete")) | m.Attribute(
    value=m.Name("asyncio"), attr=m.Name("run")
)


@dataclass(frozen=True, slots=True)
class _Passage:
    """Statements that become the body of a coroutine function, in the very place.

    around: what they stand in. declared: what goes before them, `nonlocal x` say, or "".
    """

    statements: Sequence[cst.CSTNode]
    around: cst.CSTNode
    name: str
    declared: str
    returns: bool


def run_around(kit: Kit, start: LoopStart) -> Fix | None:
    """Moves the function's body into a coroutine function, and runs that once.

    At a module's level it is the outermost loop statement that moves. None where not every loop
    that the code starts becomes an `await`.
    """
    passage = _of_module(kit, start) if kit.unit.function is None else _of_function(kit)
    if passage is None:
        return None
    changes = _awaits(kit, passage)
    row = rows_of(kit, passage.statements[0])[0]
    reached = reach(kit.source, kit.tree, "asyncio.run", line=row)
    if changes is None or reached.spelling is None:
        return None
    frame = _frame(kit, passage, reached, changes)
    return Fix(Applicability.UNSAFE, _MESSAGE, (*reached.edits, *frame, *changes))


# what moves -------------------------------------------------------------------------------------


def _of_function(kit: Kit) -> _Passage | None:
    function, node = kit.unit.function, kit.unit.node
    if function is None or function.kind is not Kind.FUNCTION:
        return None
    if not isinstance(node, cst.FunctionDef) or not isinstance(node.body, cst.IndentedBlock):
        return None
    if m.findall(node, _SUPER) or any(m.findall(each, _RUNNERS) for each in _inner(node.body)):
        return None
    body = list(node.body.body)
    if node.get_docstring() is not None:
        body.pop(0)
    bindings = function.scope.bindings
    rebound = [each.name for each in function.parameters if len(bindings[each.name]) > 1]
    if _is_annotated(kit, node.body, rebound):
        return None
    declared = f"nonlocal {', '.join(rebound)}" if rebound else ""
    name = fresh_name(kit.tree, f"{function.name.strip('_')}_async")
    returns = any(_returns_value(each) for each in _own_nodes(node.body))
    return _Passage(body, node, name, declared, returns) if body else None


def _of_module(kit: Kit, start: LoopStart) -> _Passage | None:
    """The outermost loop statement around a start, with the names that others see of it."""
    loop = _outermost_loop(kit, start.node)
    if loop is None or any(m.findall(each, _RUNNERS) for each in _inner(loop)):
        return None
    if kit.around(start.node, cst.ClassDef) is not None:
        return None
    # All get their fix in one round, so each needs a name of its own.
    loops = [_outermost_loop(kit, each.node) for each in kit.story.starts]
    known = list(dict.fromkeys(each for each in loops if each is not None))
    number = [each is loop for each in known].index(True) + 1
    name = fresh_name(kit.tree, "main" if number == 1 else f"main_{number}")
    names = kit.unit.scope.bindings
    bound = [name for name in names if any(is_binding(kit, each) for each in mentions(loop, name))]
    shared = [each for each in bound if _is_used_outside(kit, each, loop)]
    if _is_annotated(kit, loop, shared):
        return None
    declared = f"global {', '.join(shared)}" if shared else ""
    return _Passage([loop], loop, name, declared, False)


def _outermost_loop(kit: Kit, node: cst.CSTNode) -> cst.CSTNode | None:
    loops = [above for above in kit.parents(node) if isinstance(above, (cst.For, cst.While))]
    return loops[-1] if loops else None


def _is_annotated(kit: Kit, node: cst.CSTNode, names: Sequence[str]) -> bool:
    """Whether one is: then it cannot be `global` or `nonlocal` (language reference, 7.12, 7.13)."""
    above = [kit.parent(mention) for name in names for mention in mentions(node, name)]
    return any(isinstance(each, cst.AnnAssign) and kit.text(each.target) in names for each in above)


def _is_used_outside(kit: Kit, name: str, loop: cst.CSTNode) -> bool:
    inside = sum(1 for _ in mentions(loop, name))
    everywhere = sum(1 for _ in mentions(kit.unit.node, name))
    return everywhere > inside or is_read_by_functions(kit, name)


def _own_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes of a body, without those of the functions in it."""
    yield node
    if not isinstance(node, (cst.FunctionDef, cst.Lambda)):
        for child in node.children:
            yield from _own_nodes(child)


def _inner(node: cst.CSTNode) -> list[cst.CSTNode]:
    return [each for each in _own_nodes(node) if isinstance(each, (cst.FunctionDef, cst.Lambda))]


def _returns_value(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Return) and node.value is not None


# what is awaited --------------------------------------------------------------------------------


def _awaits(kit: Kit, passage: _Passage) -> tuple[Edit, ...] | None:
    """The edits that make an `await` of every loop that the passage starts."""
    edits: list[Edit] = []
    blocks: dict[int, LoopBlock] = {}
    for start in kit.story.starts:
        if not any(above is passage.around for above in kit.parents(start.node)):
            continue
        room = room_to_await(kit, start.node, passage.around)
        change = _await(kit, start, blocks) if room is not None else None
        if room is None or change is None:
            return None
        edits.extend(edit for edit in (*room, *change) if edit not in edits)
    unit = indentation(kit.source, kit.tree)
    removed = (
        indented(edit, unit) for block in blocks.values() for edit in without_loop(kit, block)
    )
    return added_up(kit, (*edits, *removed))


def _await(kit: Kit, start: LoopStart, blocks: dict[int, LoopBlock]) -> tuple[Edit, ...] | None:
    """The edits for one start. blocks: gets what is to be removed, by the `id` of a loop's life."""
    call, op = start.node, start.op
    if start.chain:
        return _await_through(kit, start)
    if not isinstance(call, cst.Call) or not isinstance(op, ops.Call):
        return None
    if start.loop is not None:
        block = loop_block(kit, start.loop.op.node) if _is_made(start.loop) else None
        if block is None:
            return None
        blocks.setdefault(id(start.loop), block)
        if all(call is not run for run in block.runs):
            return ()
    argument = run_argument(op)
    if argument is None or not runs_surely(kit, call):
        return None
    on_given_loop = start.loop is None and start.callee.startswith("loop.")
    if start.fact is None or not start.fact.name.startswith("asyncio.") or on_given_loop:
        return None
    return awaited(kit, call, argument.node)


def _is_made(loop: Life) -> bool:
    return loop.subject.origin == "made"


def _await_through(kit: Kit, start: LoopStart) -> tuple[Edit, ...] | None:
    """`await fetch(x)` for a call of a function that only runs `fetch(x)`."""
    call, step = start.node, start.chain[-1]
    if len(start.chain) != _HOPS or not isinstance(call, (cst.Call, cst.Attribute)):
        return None
    wrapper = wrapper_of(kit, step.unit, step.node)
    if wrapper is None or not (wrapper.returns or isinstance(kit.parent(call), cst.Expr)):
        return None
    text = inlined(kit, wrapper, call)
    return (awaited_text(kit, call, text),) if text is not None else None


# how it is written ------------------------------------------------------------------------------


def _frame(kit: Kit, passage: _Passage, run: Reached, changes: Sequence[Edit]) -> Iterator[Edit]:
    """The edits that put the coroutine function's head above the passage, and its run below."""
    source = kit.source
    newline, unit = source.newline, indentation(source, kit.tree)
    first, last = _rows(kit, passage.statements)
    indent = indentation_of(kit, first)
    head = [
        f"async def {passage.name}():",
        *([unit + passage.declared] if passage.declared else []),
    ]
    top = source.offset(first, 0)
    blanks = newline * _missing_blanks(kit, passage, first, 1 if indent else 2)
    if any(edit.start == top for edit in run.edits):
        blanks = newline  # the import leaves one above a statement that is no definition
    yield Edit(top, top, blanks + "".join(f"{indent}{line}{newline}" for line in head))
    for edit in shifted_right(kit, first, last, unit):
        if not any(
            other.start <= edit.start < other.end and _is_row(kit, other) for other in changes
        ):
            yield edit
    call = f"{indent}{'return ' if passage.returns else ''}{run.spelling}({passage.name}())"
    gap = newline if indent else newline * 2
    starts = source.line_starts
    if last < len(starts):
        yield Edit(starts[last], starts[last], f"{gap}{call}{newline}")
    else:
        yield Edit(len(source.text), len(source.text), f"{newline}{gap}{call}")


def _missing_blanks(kit: Kit, passage: _Passage, row: int, wanted: int) -> int:
    """How many blank lines a definition needs above a row, where another statement is there."""
    block = kit.parent(passage.statements[0])
    if not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return 0
    if block.body[0] is passage.statements[0] or passage.around is not passage.statements[0]:
        return 0
    present = 0
    while present < wanted and not kit.source.line(row - 1 - present).strip():
        present += 1
    return wanted - present


def _is_row(kit: Kit, edit: Edit) -> bool:
    """Whether an edit takes whole rows out, rather than a part of one."""
    return bool(re.search(r"[\r\n]", kit.source.text[edit.start : edit.end]))


def _rows(kit: Kit, statements: Sequence[cst.CSTNode]) -> tuple[int, int]:
    """The rows of statements, with the comments right above them."""
    first = row_with_comments(kit.source, rows_of(kit, statements[0])[0])
    return first, rows_of(kit, statements[-1])[1]
