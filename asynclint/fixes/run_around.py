"""Cures a loop per iteration: one run, around a coroutine function that awaits each time round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from asynclint.facts import Kind
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.all_awaited import all_awaited
from asynclint.fixes.imports import reach
from asynclint.fixes.inner_coroutine import (
    Passage,
    framed,
    is_annotated,
    own_nodes,
    rebound,
    returns_value,
)
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import binding_of
from asynclint.fixes.mentions import is_binding, is_read_by_functions, mentions
from asynclint.fixes.names import fresh_name
from asynclint.fixes.passages import rows_of
from asynclint.model.values import LOOP

if TYPE_CHECKING:
    from asynclint.flow.story import LoopStart

_MESSAGE = "Await in a coroutine that runs once; unsafe, as all now happens while a loop runs"
_SUPER = m.Call(func=m.Name("super"), args=[])
_DEFINITIONS = m.FunctionDef() | m.ClassDef() | m.Import() | m.ImportFrom()
_RUNNERS = m.Attribute(attr=m.Name("run_until_complete")) | m.Attribute(
    value=m.Name("asyncio"), attr=m.Name("run")
)


def run_around(kit: Kit, start: LoopStart) -> Fix | None:
    """Moves the function's body into a coroutine function, and runs that once.

    At a module's level it is the outermost loop statement that moves. None where not every loop
    that the code starts becomes an `await`.
    """
    return _moved(kit, _of_function(kit) or _of_loop_statement(kit, start))


def run_together(kit: Kit) -> Fix | None:
    """The same for all loops that a function, or a module's own statements, makes or starts.

    At a module's level it is the statements from the first of them to the last that move.
    """
    return _moved(kit, _of_function(kit) or _of_statements(kit))


def async_endpoint(kit: Kit) -> Fix | None:
    """`async def` for a function that is awaited if it may be, with its loops awaited in it."""
    passage = _of_function(kit)
    changes = all_awaited(kit, passage) if passage is not None else None
    if passage is None or passage.around is None or changes is None:
        return None
    start = kit.span(passage.around)[0]
    row = kit.range(passage.around.name)[0].row
    at = kit.source.text.index("def", max(start, kit.source.offset(row, 0)))
    message = "Make it a coroutine function; unsafe, as what blocks in it now holds up the server"
    return Fix(Applicability.UNSAFE, message, (Edit(at, at, "async "), *changes))


def _moved(kit: Kit, passage: Passage | None) -> Fix | None:
    if passage is None:
        return None
    changes = all_awaited(kit, passage)
    row = rows_of(kit, passage.statements[0])[0]
    reached = reach(kit.source, kit.tree, "asyncio.run", line=row)
    if changes is None or reached.spelling is None:
        return None
    frame = framed(kit, passage, reached, changes)
    return Fix(Applicability.UNSAFE, _MESSAGE, (*reached.edits, *frame, *changes))


# what moves -------------------------------------------------------------------------------------


def _of_function(kit: Kit) -> Passage | None:
    function, node = kit.unit.function, kit.unit.node
    if function is None or function.kind is not Kind.FUNCTION:
        return None
    if not isinstance(node, cst.FunctionDef) or not isinstance(node.body, cst.IndentedBlock):
        return None
    if any(m.findall(each, _RUNNERS) for each in _inner(node.body)):
        return None
    given = function.parameters[0].name if m.findall(node.body, _SUPER) else ""
    anew = rebound(function)
    if given in anew or is_annotated(kit, node.body, anew):
        return None
    body = list(node.body.body)
    if node.get_docstring() is not None:
        body.pop(0)
    declared = f"nonlocal {', '.join(anew)}" if anew else ""
    name = fresh_name(kit.tree, f"{function.name.strip('_')}_async")
    returns = returns_value(node.body)
    return Passage(body, node, name, declared, returns, given) if body else None


def _of_loop_statement(kit: Kit, start: LoopStart) -> Passage | None:
    """The outermost loop statement around a start, with the names that others see of it."""
    loop = _outermost_loop(kit, start.node)
    if kit.unit.function is not None or loop is None:
        return None
    if kit.around(start.node, cst.ClassDef) is not None:
        return None
    # All get their fix in one round, so each needs a name of its own.
    loops = [_outermost_loop(kit, each.node) for each in kit.story.starts]
    known = list(dict.fromkeys(each for each in loops if each is not None))
    number = [each is loop for each in known].index(True) + 1
    return _of_passage(kit, [loop], "main" if number == 1 else f"main_{number}")


def _of_statements(kit: Kit) -> Passage | None:
    """The statements of one block of a module from the first to the last that has to do with loops.

    None if there is a definition among them: others would not find it.
    """
    nodes = [each.node for each in kit.story.starts]
    made = [each.op.node for each in kit.story.lives if each.subject.cls == LOOP]
    bound = [binding_of(kit, each) for each in made]
    nodes += [*made, *(each.node for each in kit.story.loop_uses)]
    nodes += [use for each in bound if each for use in mentions(kit.unit.node, each[0])]
    blocks = [[above for above in kit.parents(node) if _is_block(above)] for node in nodes]
    if kit.unit.function is not None or not blocks:
        return None
    shared = next((each for each in blocks[0] if all(each in other for other in blocks)), None)
    if not isinstance(shared, (cst.Module, cst.IndentedBlock)):
        return None
    around = {id(above) for node in nodes for above in kit.parents(node)}
    touched = [index for index, each in enumerate(shared.body) if id(each) in around]
    statements = list(shared.body[touched[0] : touched[-1] + 1])
    if any(m.findall(each, _DEFINITIONS) for each in statements):
        return None
    return _of_passage(kit, statements, "main")


def _is_block(node: cst.CSTNode) -> bool:
    return isinstance(node, (cst.Module, cst.IndentedBlock))


def _of_passage(kit: Kit, statements: Sequence[cst.CSTNode], name: str) -> Passage | None:
    """Statements of a module, with the names that others see of them."""
    if any(m.findall(inner, _RUNNERS) for each in statements for inner in _inner(each)):
        return None
    bound = [
        each
        for each in kit.unit.scope.bindings
        if any(is_binding(kit, place) for one in statements for place in mentions(one, each))
    ]
    shared = [each for each in bound if _is_used_outside(kit, each, statements)]
    if any(is_annotated(kit, each, shared) for each in statements):
        return None
    declared = f"global {', '.join(shared)}" if shared else ""
    return Passage(statements, None, fresh_name(kit.tree, name), declared, False)


def _outermost_loop(kit: Kit, node: cst.CSTNode) -> cst.CSTNode | None:
    loops = [above for above in kit.parents(node) if isinstance(above, (cst.For, cst.While))]
    return loops[-1] if loops else None


def _is_used_outside(kit: Kit, name: str, statements: Sequence[cst.CSTNode]) -> bool:
    inside = sum(1 for each in statements for _ in mentions(each, name))
    everywhere = sum(1 for _ in mentions(kit.unit.node, name))
    return everywhere > inside or is_read_by_functions(kit, name)


def _inner(node: cst.CSTNode) -> list[cst.CSTNode]:
    return [each for each in own_nodes(node) if isinstance(each, (cst.FunctionDef, cst.Lambda))]
