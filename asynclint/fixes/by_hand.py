"""Cures a coroutine that is stepped by hand to its result: awaits or runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaiting import obstacle
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.mentions import mentions
from asynclint.fixes.passages import has_comment, rows_of

if TYPE_CHECKING:
    from asynclint.flow.story import Iteration

_RANGE = m.Call(func=m.Name("range"))
_WHY = "unsafe, as it then waits for what the coroutine awaits"


@dataclass(frozen=True, slots=True)
class _Driver:
    """Statements that do nothing but step a coroutine until it has its result.

    last: the first one, or the `raise` behind it for a coroutine that takes too many steps. lead:
    what takes the result, `return ` or `name = `, "" if nothing does.
    """

    first: cst.BaseStatement
    last: cst.BaseStatement
    coroutine: cst.BaseExpression
    lead: str


def result_at_once(kit: Kit, entry: Iteration) -> Fix | None:
    """`x = await coro`, in plain code `asyncio.run(coro)`, for a loop around `coro.send(None)`.

    None for a loop that does anything else between the steps. A limit to the number of steps goes
    with them, if all that it does is raise: only the event loop knows how many it takes.
    """
    driver = _driver(kit, entry.node)
    if driver is None:
        return None
    start, end = kit.span(driver.first)[0], kit.span(_last(driver.last))[1]
    if has_comment(kit.source.text[start:end]):
        return None
    edits: tuple[Edit, ...] = ()
    coroutine = kit.text(driver.coroutine)
    if kit.story.on_loop:
        if obstacle(kit, driver.coroutine) or not isinstance(driver.coroutine, cst.Name):
            return None
        ending = f"await {coroutine}"
    else:
        row, _ = rows_of(kit, entry.node)
        reached = reach(kit.source, kit.tree, "asyncio.run", line=row)
        if reached.spelling is None:
            return None
        edits, ending = reached.edits, f"{reached.spelling}({coroutine})"
    message = f"Await the coroutine in place of stepping it; {_WHY}"
    if not kit.story.on_loop:
        message = f"Run the coroutine in place of stepping it; {_WHY}"
    edit = Edit(start, end, f"{driver.lead}{ending}")
    return Fix(Applicability.UNSAFE, message, (*edits, edit))


def _last(statement: cst.CSTNode) -> cst.CSTNode:
    """The innermost last piece of a statement, whose end is that of its text."""
    while True:
        body = getattr(statement, "body", None)
        if isinstance(statement, cst.Try):
            body = statement.handlers[-1].body
        elif isinstance(statement, cst.For) and statement.orelse is not None:
            body = statement.orelse.body
        if isinstance(body, cst.IndentedBlock):
            statement = body.body[-1]
        else:
            return statement


def _driver(kit: Kit, step: cst.CSTNode) -> _Driver | None:
    """The statement around `coro.send(None)`: a `try`, or an endless loop of one."""
    if not isinstance(step, cst.Call) or not isinstance(step.func, cst.Attribute):
        return None
    sends_none = len(step.args) == 1 and _is_name(step.args[0].value, "None")
    attempt = kit.around(step, cst.Try)
    if step.func.attr.value != "send" or not sends_none or attempt is None:
        return None
    handler = _stop_handler(attempt)
    if handler is None or _only(attempt.body) is not kit.parent(step):
        return None
    coroutine = step.func.value
    if isinstance(coroutine, cst.Name) and _binds(handler, coroutine.value):
        return None
    loop = _loop_of(kit, attempt)
    if loop is None:
        if kit.around(attempt, cst.For) or kit.around(attempt, cst.While):
            return None
        lead = _lead(handler, ends=False)
        return _Driver(attempt, attempt, coroutine, lead) if lead is not None else None
    lead = _lead(handler, ends=True)
    last = loop if isinstance(loop, cst.While) else _end_of_limit(kit, loop, lead)
    return _Driver(loop, last, coroutine, lead) if lead is not None and last else None


def _stop_handler(attempt: cst.Try) -> cst.ExceptHandler | None:
    """The one `except StopIteration` of a `try` that has nothing else."""
    if len(attempt.handlers) != 1 or attempt.finalbody is not None or attempt.orelse is not None:
        return None
    handler = attempt.handlers[0]
    return handler if _is_name(handler.type, "StopIteration") else None


def _loop_of(kit: Kit, attempt: cst.Try) -> cst.While | cst.For | None:
    """`while True:` or `for _ in range(9):` around a `try`, with nothing else of any effect."""
    block = kit.parent(attempt)
    loop = kit.parent(block) if isinstance(block, cst.IndentedBlock) else None
    if not isinstance(loop, cst.While | cst.For) or block is not loop.body:
        return None
    if not all(each is attempt or _is_idle(each) for each in block.body):
        return None
    if isinstance(loop, cst.For):
        return loop if m.matches(loop.iter, _RANGE) else None
    endless = _is_name(loop.test, "True") or isinstance(loop.test, cst.Integer)
    return loop if endless and loop.orelse is None else None


def _end_of_limit(kit: Kit, loop: cst.For, lead: str | None) -> cst.BaseStatement | None:
    """What ends with a limited number of steps: `else: raise ...`, or a `raise` behind the loop."""
    block = kit.parent(loop)
    rows = list(block.body) if isinstance(block, cst.IndentedBlock) else []
    last: cst.CSTNode = loop
    if loop.orelse is not None:
        raises = _is_raise(loop.orelse.body)
    else:
        behind = rows[rows.index(loop) + 1 :] if lead == "return " else []
        raises = len(behind) == 1 and _is_raise(behind[0])
        last = behind[0] if raises else loop
    if not raises or not isinstance(last, cst.BaseStatement):
        return None
    if not isinstance(loop.target, cst.Name) or loop.asynchronous is not None:
        return None
    inside = [*mentions(loop, loop.target.value)]
    if last is not loop:
        inside += mentions(last, loop.target.value)
    counted = list(mentions(kit.unit.node, loop.target.value))
    return last if len(counted) == len(inside) else None


def _is_raise(body: cst.CSTNode) -> bool:
    """Whether a block, or a line, is one `raise` statement."""
    if isinstance(body, cst.IndentedBlock):
        return len(body.body) == 1 and _is_raise(body.body[0])
    simple = body.body if isinstance(body, cst.SimpleStatementLine) else ()
    return len(simple) == 1 and isinstance(simple[0], cst.Raise)


def _is_idle(statement: cst.CSTNode) -> bool:
    small = statement.body if isinstance(statement, cst.SimpleStatementLine) else ()
    return bool(small) and all(isinstance(each, (cst.Pass, cst.Continue)) for each in small)


def _lead(handler: cst.ExceptHandler, *, ends: bool) -> str | None:
    """What takes the result where a coroutine has ended; None if more is done there.

    ends: a loop is around it, which the handler must leave.
    """
    steps = _small(handler.body)
    if not steps:
        return None
    if isinstance(steps[-1], cst.Return):
        returned = steps[-1].value
        takes = returned is not None and _is_value(returned, handler)
        return "return " if len(steps) == 1 and takes else None
    if ends:
        if not isinstance(steps.pop(), cst.Break):
            return None
        if not steps:
            return ""
    first = steps[0]
    if len(steps) > 1:
        return None
    if isinstance(first, cst.Assign) and len(first.targets) == 1:
        target = first.targets[0].target
        if isinstance(target, cst.Name) and _is_value(first.value, handler):
            return f"{target.value} = "
    return "" if isinstance(first, cst.Pass) else None


def _small(body: cst.BaseSuite) -> list[cst.BaseSmallStatement]:
    """The statements of a block of simple ones, [] for any other."""
    lines: Sequence[cst.CSTNode] = body.body
    simple = [line for line in lines if isinstance(line, cst.SimpleStatementLine)]
    return [each for line in simple for each in line.body] if len(simple) == len(lines) else []


def _only(body: cst.BaseSuite) -> cst.BaseSmallStatement | None:
    steps = _small(body)
    return steps[0] if len(steps) == 1 and isinstance(steps[0], cst.Expr) else None


def _is_value(expression: cst.BaseExpression, handler: cst.ExceptHandler) -> bool:
    """Whether an expression is `.value` of the exception that a handler has named."""
    if not isinstance(expression, cst.Attribute) or expression.attr.value != "value":
        return False
    name = handler.name.name if handler.name is not None else None
    return isinstance(name, cst.Name) and _is_name(expression.value, name.value)


def _binds(handler: cst.ExceptHandler, name: str) -> bool:
    return handler.name is not None and _is_name(handler.name.name, name)


def _is_name(node: cst.CSTNode | None, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name
