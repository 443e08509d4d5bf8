"""Lowers statements: control flow becomes blocks, nested definitions only bind their names."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from asynclint.visitor import ops
from asynclint.visitor.builder import LoopFrame
from asynclint.visitor.exceptions import Exceptions
from asynclint.visitor.ops import Next, Test
from asynclint.visitor.pure import names_in


class Statements(Exceptions):
    """Branches, loops and definitions."""

    def visit_If(self, node: cst.If) -> bool:
        asked, no, after = self.asked, self.block(), self.block()
        self.asked = node.test.value if isinstance(node.test, cst.Name) else asked
        yes = self.block()
        self.condition(node.test, yes, no)
        self.enter(yes)
        self.suite(node.body)
        self.asked = asked
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
        element = self.slot()
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
