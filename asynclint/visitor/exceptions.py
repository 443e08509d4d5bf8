"""Lowers `try` and `with`: an exception leaves a block from any point that can raise."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from asynclint.visitor import ops
from asynclint.visitor.builder import FinallyFrame
from asynclint.visitor.names import DEMANDING, last_name
from asynclint.visitor.ops import Dispatch, Exit, Jump
from asynclint.visitor.pure import code_of
from asynclint.visitor.simple import Simple

_RUNNING = frozenset({"run", "run_until_complete", "run_forever"})
_CATCH_ALL = ("Exception", "BaseException")
#: Context managers that swallow exceptions, so that the code behind the block is reached.
_SWALLOWING = ("suppress", *DEMANDING, "assertWarns")


class Exceptions(Simple):
    """`finally` bodies are lowered anew for every way that leads through them."""

    def visit_Try(self, node: cst.Try) -> bool:
        handlers = [(h.type, h.name, h.body) for h in node.handlers]
        self._try(node, handlers)
        return False

    def visit_TryStar(self, node: cst.TryStar) -> bool:
        handlers = [(h.type, h.name, h.body) for h in node.handlers]
        self._try(node, handlers)
        return False

    def _try(
        self,
        node: cst.Try | cst.TryStar,
        handlers: Sequence[tuple[cst.BaseExpression | None, cst.AsName | None, cst.BaseSuite]],
    ) -> None:
        outer = self.handler
        after = self.block()
        failed: int | None = outer
        if node.finalbody is not None:
            failed = self.block()
            self.frames.append(FinallyFrame(node.finalbody.body, outer))
        dispatch = failed
        if handlers:
            self.handler = failed
            dispatch = self.block()
        guarded, self.guarded = self.guarded, self.guarded or bool(handlers)
        caught, self.caught = (
            self.caught,
            self.caught.union(*(_names_of(kind) for kind, _, _ in handlers)),
        )
        self.under(dispatch)
        begun = self.current, len(self.blocks)
        self.suite(node.body)
        asks = self._asks_for_loop(*begun)
        self.guarded, self.caught = guarded, caught
        self.under(failed)
        if node.orelse is not None:
            self.suite(node.orelse.body)
        ends = [self._open_end()]
        if handlers:
            assert dispatch is not None
            asks = asks and any("RuntimeError" in _names_of(kind) for kind, _, _ in handlers)
            ends += self._handlers(dispatch, failed, handlers, asks_for_loop=asks)
        if node.finalbody is not None:
            self.frames.pop()
        self._finish(node, ends, after, outer, failed)

    def _asks_for_loop(self, first: int, fresh: int) -> bool:
        """Whether what was lowered asks for the running loop, and does not try to run one as well.

        first: the block in which it began. fresh: the number of those that were there before.
        """
        blocks = (self.blocks[first], *self.blocks[fresh:])
        called = {last_name(op.node) for block in blocks for op in block.ops}
        return "get_running_loop" in called and called.isdisjoint(_RUNNING)

    def _open_end(self) -> int:
        """Leaves the present block open and returns it; what comes next starts elsewhere."""
        end = self.current
        self.enter(self.block())
        return end

    def _handlers(
        self,
        dispatch: int,
        failed: int | None,
        handlers: Sequence[tuple[cst.BaseExpression | None, cst.AsName | None, cst.BaseSuite]],
        *,
        asks_for_loop: bool,
    ) -> list[int]:
        starts: list[int] = []
        ends: list[int] = []
        catches_all = False
        caught = self.caught
        for kind, name, body in handlers:
            if asks_for_loop:  # the handler is meant for where none runs: it is as good as caught
                self.caught = caught | (_names_of(kind) & {"RuntimeError"})
            start = self.block()
            starts.append(start)
            self.enter(start)
            catches_all |= kind is None or code_of(kind) in _CATCH_ALL
            if name is not None and isinstance(name.name, cst.Name):
                slot = self.slot()
                self.emit(ops.Opaque(name, slot))
                self.emit(ops.Store(name, self.local(name.name.value), slot))
            self.suite(body)
            ends.append(self._open_end())
        self.caught = caught
        if not catches_all:
            uncaught = self.block()
            starts.append(uncaught)
            self.blocks[uncaught].end = Exit("raise") if failed is None else Jump(failed)
        self.blocks[dispatch].end = Dispatch(tuple(starts))
        return ends

    def _finish(
        self,
        node: cst.Try | cst.TryStar,
        ends: list[int],
        after: int,
        outer: int | None,
        failed: int | None,
    ) -> None:
        """Joins the ways that leave a try statement, each through `finally` where there is one."""
        if node.finalbody is None:
            for end in ends:
                self.blocks[end].end = Jump(after)
        else:
            self.handler = outer
            normal = self.block()
            for end in ends:
                self.blocks[end].end = Jump(normal)
            self.enter(normal)
            self.suite(node.finalbody.body)
            self.jump(after)
            assert failed is not None
            self.blocks[failed].handler = outer
            self.enter(failed)
            self.suite(node.finalbody.body)
            self._throw()
        self.handler = outer
        self.blocks[after].handler = outer
        self.enter(after)

    def visit_With(self, node: cst.With) -> bool:
        is_async = node.asynchronous is not None
        swallows = demands = False
        for item in node.items:
            src = self.expr(item.item)
            dst = self.slot()
            self.emit(ops.Enter(item.item, dst, src, is_async))
            if item.asname is not None:
                self.bind(item.asname.name, dst)
            swallows |= _is_call_of(item.item, _SWALLOWING)
            demands |= _is_call_of(item.item, DEMANDING)
        self.forget(node)
        outer, after, failed = self.handler, self.block(), self.block()
        caught, self.caught = self.caught, self.caught.union(*map(_names_swallowed, node.items))
        self.under(failed if swallows or is_async else outer)
        self.suite(node.body)
        self.handler, self.caught = outer, caught
        if demands:
            self._throw()
        else:
            self.jump(after)
        self.enter(failed)
        self.emit(ops.LeaveWith(node, is_async))
        if swallows:
            self.jump(after)
        else:
            self._throw()
        self.enter(after)
        self.emit(ops.LeaveWith(node, is_async))
        return False


def _is_call_of(item: cst.BaseExpression, names: tuple[str, ...]) -> bool:
    return last_name(item) in names


def _names_swallowed(item: cst.WithItem) -> frozenset[str]:
    """The exceptions that `with suppress(...)`, `with raises(...)` and their like name."""
    call = item.item
    if not isinstance(call, cst.Call) or not _is_call_of(call, _SWALLOWING):
        return frozenset()
    return frozenset().union(*(_names_of(arg.value) for arg in call.args))


def _names_of(caught: cst.BaseExpression | None) -> frozenset[str]:
    """The exceptions that an `except` clause names."""
    elements = caught.elements if isinstance(caught, cst.Tuple) else ()
    each = [caught, *(element.value for element in elements)]
    return frozenset(one.value for one in each if isinstance(one, cst.Name))
