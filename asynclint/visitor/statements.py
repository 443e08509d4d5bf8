"""Lowers statements: control flow becomes blocks, nested definitions only bind their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import libcst as cst

from asynclint.visitor import ops
from asynclint.visitor.builder import FinallyFrame, LoopFrame
from asynclint.visitor.comprehensions import Comprehensions
from asynclint.visitor.ops import Dispatch, Exit, Jump, Next, Slot, Test
from asynclint.visitor.pure import code_of, names_in

_CATCH_ALL = ("Exception", "BaseException")
#: Context managers that swallow exceptions, so that the code behind the block is reached.
_SWALLOWING = ("suppress", "raises", "assertRaises", "assertRaisesRegex", "assertWarns")


class Statements(Comprehensions):
    """One visit method for each kind of statement."""

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

    # simple statements ------------------------------------------------------------------------

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

    # targets ----------------------------------------------------------------------------------

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

    # branches ---------------------------------------------------------------------------------

    def visit_If(self, node: cst.If) -> bool:
        yes, no, after = self.block(), self.block(), self.block()
        self.condition(node.test, yes, no)
        self.enter(yes)
        self.suite(node.body)
        self.jump(after)
        self.enter(no)
        if isinstance(node.orelse, cst.If):
            node.orelse.visit(self)
        elif node.orelse is not None:
            self.suite(node.orelse.body)
        self.jump(after)
        self.enter(after)
        return False

    def visit_Match(self, node: cst.Match) -> bool:
        subject = self.expr(node.subject)
        kept = self.keep("subject")
        self.emit(ops.Store(node.subject, kept, subject))
        after = self.block()
        for case in node.cases:
            body, following = self.block(), self.block()
            for name in _pattern_names(case.pattern):
                slot = self.slot()
                self.emit(ops.Opaque(case, slot))
                self.emit(ops.Store(case, self.local(name), slot))
            if case.guard is not None:
                guarded = self.block()
                self._either(case, guarded, following)
                self.enter(guarded)
                self.condition(case.guard, body, following)
            elif _matches_all(case.pattern):
                self.jump(body)
            else:
                self._either(case, body, following)
            self.enter(body)
            self.suite(case.body)
            self.jump(after)
            self.enter(following)
        self.jump(after)
        self.enter(after)
        return False

    def _either(self, node: cst.CSTNode, yes: int, no: int) -> None:
        slot = self.slot()
        self.emit(ops.Opaque(node, slot))
        self.branch(slot, Test(), yes, no, frozenset())

    # loops ------------------------------------------------------------------------------------

    def visit_While(self, node: cst.While) -> bool:
        head, body, done, after = (self.block() for _ in range(4))
        self.jump(head)
        self.enter(head)
        self.condition(node.test, body, done)
        self.enter(body)
        self.frames.append(LoopFrame(after, head, ""))
        self.suite(node.body)
        self.frames.pop()
        self.jump(head)
        self._loop_end(done, after, node.orelse)
        return False

    def visit_For(self, node: cst.For) -> bool:
        is_async = node.asynchronous is not None
        it = self.keep("it")
        self.emit(ops.Start(node, it, self.expr(node.iter), is_async))
        self.forget(node)
        head, body, done, after = (self.block() for _ in range(4))
        self.jump(head)
        self.enter(head)
        element = self.keep("elt")
        self.close(Next(node, it, element, is_async, body, done))
        self.enter(body)
        self.bind(node.target, element)
        self.frames.append(LoopFrame(after, head, it))
        self.suite(node.body)
        self.frames.pop()
        self.jump(head)
        self._loop_end(done, after, node.orelse)
        return False

    def _loop_end(self, done: int, after: int, orelse: cst.Else | None) -> None:
        self.enter(done)
        if orelse is not None:
            self.suite(orelse.body)
        self.jump(after)
        self.enter(after)

    # exceptions -------------------------------------------------------------------------------

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
        handlers: Sequence[
            tuple[cst.BaseExpression | None, cst.AsName | None, cst.BaseSuite]
        ],
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
        self.under(dispatch)
        self.suite(node.body)
        self.under(failed)
        if node.orelse is not None:
            self.suite(node.orelse.body)
        ends = [self._open_end()]
        if handlers:
            assert dispatch is not None
            ends += self._handlers(dispatch, failed, handlers)
        if node.finalbody is not None:
            self.frames.pop()
        self._finish(node, ends, after, outer, failed)

    def _open_end(self) -> int:
        """Leaves the present block open and returns it; what comes next starts elsewhere."""
        end = self.current
        self.enter(self.block())
        return end

    def _handlers(
        self,
        dispatch: int,
        failed: int | None,
        handlers: Sequence[
            tuple[cst.BaseExpression | None, cst.AsName | None, cst.BaseSuite]
        ],
    ) -> list[int]:
        starts: list[int] = []
        ends: list[int] = []
        catches_all = False
        for kind, name, body in handlers:
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
        swallows = False
        for item in node.items:
            src = self.expr(item.item)
            dst = self.slot()
            self.emit(ops.Enter(item.item, dst, src, is_async))
            if item.asname is not None:
                self.bind(item.asname.name, dst)
            swallows |= _swallows(item.item)
        self.forget(node)
        if not swallows:
            self.suite(node.body)
            self.emit(ops.LeaveWith(node, is_async))
            return False
        outer, after = self.handler, self.block()
        self.under(after)
        self.suite(node.body)
        self.jump(after)
        self.handler = outer
        self.enter(after)
        self.emit(ops.LeaveWith(node, is_async))
        return False

    # definitions ------------------------------------------------------------------------------

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self._decorators(node.decorators)
        for param in (*node.params.params, *node.params.kwonly_params):
            if param.default is not None:
                slot = self.slot()
                self.emit(ops.Opaque(param, slot, (self.expr(param.default),)))
        captures = names_in(node.body)
        self.captured |= {self.local(name) for name in captures}
        self.emit(ops.Define(node, self.local(node.name.value), captures))
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self._decorators(node.decorators)
        for arg in (*node.bases, *node.keywords):
            self.expr(arg.value)
        own = self.keep("class")
        bound = _bound_in(node.body)
        self.renames.append({name: f"{name}{own}" for name in bound})
        self.suite(node.body)
        self.renames.pop()
        self.emit(ops.Define(node, self.local(node.name.value), frozenset()))
        return False

    def _decorators(self, decorators: Sequence[cst.Decorator]) -> None:
        for decorator in decorators:
            slot = self.slot()
            self.emit(ops.Opaque(decorator, slot, (self.expr(decorator.decorator),)))


def _swallows(item: cst.BaseExpression) -> bool:
    if not isinstance(item, cst.Call):
        return False
    func = item.func
    name = func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
    return name in _SWALLOWING


def _matches_all(pattern: cst.MatchPattern) -> bool:
    return isinstance(pattern, cst.MatchAs) and pattern.pattern is None


def _pattern_names(pattern: cst.MatchPattern) -> frozenset[str]:
    collector = _PatternNames()
    pattern.visit(collector)
    return frozenset(collector.found)


class _PatternNames(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_MatchAs(self, node: cst.MatchAs) -> None:
        if node.name is not None:
            self.found.add(node.name.value)

    def visit_MatchStar(self, node: cst.MatchStar) -> None:
        if node.name is not None:
            self.found.add(node.name.value)

    def visit_MatchMapping(self, node: cst.MatchMapping) -> None:
        if node.rest is not None:
            self.found.add(node.rest.value)


def _bound_in(body: cst.BaseSuite) -> frozenset[str]:
    collector = _BoundNames()
    body.visit(collector)
    return frozenset(collector.found)


class _BoundNames(cst.CSTVisitor):
    """Names that a class body binds by assignment; its methods are looked up on the class."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.found.add(node.name.value)
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self.found.add(node.name.value)
        return False

    def visit_AssignTarget(self, node: cst.AssignTarget) -> bool:
        if isinstance(node.target, cst.Name):
            self.found.add(node.target.value)
        return False

    def visit_AnnAssign(self, node: cst.AnnAssign) -> bool:
        if isinstance(node.target, cst.Name):
            self.found.add(node.target.value)
        return False


