"""Lowers simple statements, and the ways out of enclosing ones."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from asynclint.visitor import ops
from asynclint.visitor.builder import FinallyFrame, LoopFrame
from asynclint.visitor.comprehensions import Comprehensions
from asynclint.visitor.ops import Exit, Jump, Slot


class Simple(Comprehensions):
    """Assignments, expression statements, jumps."""

    def run(self, statements: Iterable[cst.CSTNode]) -> None:
        """Lowers statements one after the other."""
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine):
                self.run(statement.body)
                continue
            statement.visit(self)
            self.forget(statement)

    def suite(self, body: cst.BaseSuite) -> None:
        """Lowers the body of a compound statement."""
        self.run(body.body)

    def visit_Expr(self, node: cst.Expr) -> bool:
        slot = self.expr(node.value)
        self.emit(ops.Discard(node.value, slot))
        return False

    def visit_Assign(self, node: cst.Assign) -> bool:
        src = self.expr(node.value)
        for target in node.targets:
            self.bind(target.target, src)
        return False

    def visit_AnnAssign(self, node: cst.AnnAssign) -> bool:
        if node.value is not None:
            self.bind(node.target, self.expr(node.value))
        return False

    def visit_AugAssign(self, node: cst.AugAssign) -> bool:
        left = self.expr(node.target)
        right = self.expr(node.value)
        dst = self.slot()
        plus = isinstance(node.operator, cst.AddAssign)
        self.emit(ops.Binary(node.value, dst, "+=" if plus else "", left, right))
        self.bind(node.target, dst)
        return False

    def visit_Del(self, node: cst.Del) -> bool:
        elements: list[cst.BaseExpression] = [node.target]
        if isinstance(node.target, (cst.Tuple, cst.List)):
            elements = [element.value for element in node.target.elements]
        for target in elements:
            if isinstance(target, cst.Name):
                self.emit(ops.Delete(target, self.local(target.value)))
            elif isinstance(target, cst.Subscript):
                base = self.expr(target.value)
                self.emit(ops.DelItem(target, base, self.key(target)))
        return False

    def visit_Return(self, node: cst.Return) -> bool:
        kept = self.keep("ret")
        if node.value is None:
            self.emit(ops.Const(node, kept, None))
        else:
            self.emit(ops.Store(node, kept, self.expr(node.value)))
        self._leave(0)
        self.emit(ops.Return(node, kept))
        self.close(Exit("return"))
        return False

    def visit_Raise(self, node: cst.Raise) -> bool:
        src = self.expr(node.exc) if node.exc is not None else None
        if node.cause is not None:
            self.expr(node.cause.item)
        self.emit(ops.Raise(node, src))
        self._throw()
        return False

    def _throw(self) -> None:
        self.close(Exit("raise") if self.handler is None else Jump(self.handler))

    def visit_Assert(self, node: cst.Assert) -> bool:
        passed, failed = self.block(), self.block()
        self.condition(node.test, passed, failed)
        self.enter(failed)
        self._throw()
        self.enter(passed)
        return False

    def visit_Break(self, node: cst.Break) -> bool:
        frame = self._leave_loop()
        if frame is not None:
            if frame.it:
                self.emit(ops.Leave(node, frame.it))
            self.jump(frame.after)
        return False

    def visit_Continue(self, node: cst.Continue) -> bool:
        frame = self._leave_loop()
        if frame is not None:
            self.jump(frame.head)
        return False

    def _leave_loop(self) -> LoopFrame | None:
        for index in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[index]
            if isinstance(frame, LoopFrame):
                self._leave(index + 1)
                return frame
        return None

    def _leave(self, depth: int) -> None:
        """Runs the `finally` bodies of the frames above `depth`, innermost first."""
        frames, handler = self.frames, self.handler
        for index in range(len(frames) - 1, depth - 1, -1):
            frame = frames[index]
            if isinstance(frame, FinallyFrame):
                self.frames = frames[:index]
                self.under(frame.handler)
                self.suite(frame.body)
        self.frames = frames
        if self.handler is not handler:
            self.under(handler)

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Global(self, node: cst.Global) -> bool:
        return False

    def visit_Nonlocal(self, node: cst.Nonlocal) -> bool:
        return False

    def visit_TypeAlias(self, node: cst.TypeAlias) -> bool:
        return False

    def bind(self, target: cst.BaseExpression, src: Slot) -> None:
        if isinstance(target, cst.Name):
            self.emit(ops.Store(target, self.local(target.value), src))
        elif isinstance(target, cst.Attribute):
            base = self.expr(target.value)
            self.emit(ops.SetAttr(target, base, target.attr.value, src))
        elif isinstance(target, cst.Subscript):
            base = self.expr(target.value)
            self.emit(ops.SetItem(target, base, self.key(target), src))
        elif isinstance(target, (cst.Tuple, cst.List)):
            self._unpack(target, src)

    def _unpack(self, target: cst.Tuple | cst.List, src: Slot) -> None:
        slots = tuple(self.slot() for _ in target.elements)
        starred = [isinstance(e, cst.StarredElement) for e in target.elements]
        star = starred.index(True) if True in starred else -1
        self.emit(ops.Unpack(target, src, slots, star))
        for element, slot in zip(target.elements, slots, strict=True):
            self.bind(element.value, slot)
