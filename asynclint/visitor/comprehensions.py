"""Lowers comprehensions: loops in place, with variables of their own."""

from __future__ import annotations

import libcst as cst

from asynclint.visitor import ops
from asynclint.visitor.expressions import Expressions
from asynclint.visitor.ops import Next, Slot
from asynclint.visitor.targets import target_names


class Comprehensions(Expressions):
    """A generator expression is lowered as if it were drained at once, which callers mostly do.

    One with `async for` or `await` inside is an async generator object (language reference,
    "Generator expressions").
    """

    def visit_ListComp(self, node: cst.ListComp) -> bool:
        return self._comprehension(node, "list", node.elt)

    def visit_SetComp(self, node: cst.SetComp) -> bool:
        return self._comprehension(node, "set", node.elt)

    def visit_DictComp(self, node: cst.DictComp) -> bool:
        return self._comprehension(node, "dict", node.key, node.value)

    def visit_GeneratorExp(self, node: cst.GeneratorExp) -> bool:
        kind = "async_generator" if _is_async(node) else "generator"
        return self._comprehension(node, kind, node.elt)

    def _comprehension(self, node: cst.BaseComp, kind: str, *elements: cst.BaseExpression) -> bool:
        container = self.slot()
        self.emit(ops.Build(node, container, kind))
        loops: list[tuple[int, str]] = []
        depth = len(self.renames)
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            loops.append(self._clause(clause, is_late=kind == "async_generator"))
            clause = clause.inner_for_in
        slots: list[Slot] = [self.expr(element) for element in elements]
        self.emit(ops.Append(node, container, slots[-1]))
        for head, _ in reversed(loops):
            self.jump(head)
            self.enter(self.blocks[head].end.done)  # type: ignore[union-attr]
        del self.renames[depth:]
        self.result = container
        return False

    def _clause(self, clause: cst.CompFor, *, is_late: bool) -> tuple[int, str]:
        iterable = self.expr(clause.iter)
        it = self.keep("it")
        is_async = clause.asynchronous is not None
        self.emit(ops.Start(clause, it, iterable, is_async, is_late))
        names = target_names(clause.target)
        self.renames.append({name: f"{name}{it}" for name in names})
        head, body, done = self.block(), self.block(), self.block()
        self.jump(head)
        self.enter(head)
        element = self.slot()
        self.close(Next(clause, it, element, is_async, body, done))
        self.enter(body)
        self.bind(clause.target, element)
        for condition in clause.ifs:
            passed = self.block()
            self.condition(condition.test, passed, head)
            self.enter(passed)
        return head, it

    def bind(self, target: cst.BaseExpression, src: Slot) -> None:
        """Assigns a value to a target."""
        raise NotImplementedError


def _is_async(node: cst.GeneratorExp) -> bool:
    """Whether the generator expression is asynchronous; its first iterable does not count."""
    probe = _AwaitProbe()
    node.elt.visit(probe)
    clause: cst.CompFor | None = node.for_in
    first = True
    while clause is not None:
        if clause.asynchronous is not None:
            return True
        if not first:
            clause.iter.visit(probe)
        for condition in clause.ifs:
            condition.visit(probe)
        first, clause = False, clause.inner_for_in
    return probe.found


class _AwaitProbe(cst.CSTVisitor):
    found = False

    def visit_Await(self, node: cst.Await) -> bool:
        self.found = True
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_GeneratorExp(self, node: cst.GeneratorExp) -> bool:
        return False
