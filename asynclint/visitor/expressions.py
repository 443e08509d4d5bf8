"""Lowers expressions: every visit leaves the slot of the expression's value in `result`."""

from __future__ import annotations

import libcst as cst

from asynclint.visitor import ops
from asynclint.visitor.builder import Builder
from asynclint.visitor.ops import Arg, Slot, Test, Using
from asynclint.visitor.pure import asked_whether_it_runs, names_in, stable_key

_ARITHMETIC = {cst.Multiply: "*", cst.Add: "+"}
_CONSTANTS = {"None": None, "True": True, "False": False}


class Expressions(Builder):
    """One visit method for each kind of expression; none lets libcst walk the children."""

    def expr(self, node: cst.BaseExpression) -> Slot:
        """Lowers an expression and returns the slot of its value."""
        node.visit(self)
        return self.result

    def _done(self, slot: Slot) -> bool:
        self.result = slot
        return False

    def _opaque(self, node: cst.CSTNode, *uses: Slot) -> bool:
        dst = self.slot()
        self.emit(ops.Opaque(node, dst, uses))
        return self._done(dst)

    def _constant(self, node: cst.CSTNode, value: object) -> bool:
        dst = self.slot()
        self.emit(ops.Const(node, dst, value))
        return self._done(dst)

    # names and constants ----------------------------------------------------------------------

    def visit_Name(self, node: cst.Name) -> bool:
        if node.value in _CONSTANTS:
            return self._constant(node, _CONSTANTS[node.value])
        dst = self.slot()
        self.emit(ops.Load(node, dst, self.local(node.value)))
        return self._done(dst)

    def visit_Integer(self, node: cst.Integer) -> bool:
        return self._constant(node, node.evaluated_value)

    def visit_Float(self, node: cst.Float) -> bool:
        return self._constant(node, node.evaluated_value)

    def visit_Imaginary(self, node: cst.Imaginary) -> bool:
        return self._opaque(node)

    def visit_Ellipsis(self, node: cst.Ellipsis) -> bool:
        return self._constant(node, ...)

    def visit_SimpleString(self, node: cst.SimpleString) -> bool:
        return self._constant(node, node.evaluated_value)

    def visit_ConcatenatedString(self, node: cst.ConcatenatedString) -> bool:
        if isinstance(node.left, cst.SimpleString) and isinstance(node.right, cst.SimpleString):
            return self._constant(node, node.evaluated_value)
        self.expr(node.left)
        self.expr(node.right)
        return self._opaque(node)

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:
        self._format_parts(node.parts)
        return self._opaque(node)

    def visit_TemplatedString(self, node: cst.TemplatedString) -> bool:
        for part in node.parts:
            if isinstance(part, cst.TemplatedStringExpression):
                self.expr(part.expression)
        return self._opaque(node)

    def _format_parts(self, parts: object) -> None:
        for part in parts:  # type: ignore[attr-defined]
            if isinstance(part, cst.FormattedStringExpression):
                slot = self.expr(part.expression)
                self.emit(ops.Use(part.expression, slot, Using.FORMAT))
                self._format_parts(part.format_spec or ())

    # access -----------------------------------------------------------------------------------

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        base = self.expr(node.value)
        dst = self.slot()
        self.emit(ops.Attr(node, dst, base, node.attr.value))
        return self._done(dst)

    def visit_Subscript(self, node: cst.Subscript) -> bool:
        base = self.expr(node.value)
        key = self.key(node)
        dst = self.slot()
        self.emit(ops.Item(node, dst, base, key))
        return self._done(dst)

    def key(self, node: cst.Subscript) -> Slot:
        """Lowers what stands between the brackets."""
        slots: list[Slot] = []
        for element in node.slice:
            part = element.slice
            if isinstance(part, cst.Index):
                slots.append(self.expr(part.value))
            elif isinstance(part, cst.Slice):
                bounds = [b for b in (part.lower, part.upper, part.step) if b is not None]
                for bound in bounds:
                    self.expr(bound)
                self._opaque(node)
                slots.append(self.result)
        if len(slots) == 1:
            return slots[0]
        self._opaque(node, *slots)
        return self.result

    def visit_Call(self, node: cst.Call) -> bool:
        func = self.expr(node.func)
        args = tuple(self._arg(arg) for arg in node.args)
        dst = self.slot()
        self.emit(ops.Call(node, dst, func, args))
        return self._done(dst)

    def _arg(self, arg: cst.Arg) -> Arg:
        keyword = arg.keyword.value if arg.keyword else ""
        return Arg(self.expr(arg.value), arg.value, arg.star, keyword)

    # operators --------------------------------------------------------------------------------

    def visit_Await(self, node: cst.Await) -> bool:
        src = self.expr(node.expression)
        dst = self.slot()
        self.emit(ops.Await(node, dst, src))
        return self._done(dst)

    def visit_UnaryOperation(self, node: cst.UnaryOperation) -> bool:
        if isinstance(node.operator, cst.Minus) and isinstance(node.expression, cst.Integer):
            return self._constant(node, -node.expression.evaluated_value)
        slot = self.expr(node.expression)
        is_not = isinstance(node.operator, cst.Not)
        how = Using.TEST if is_not else Using.ARITHMETIC
        self.emit(ops.Use(node.expression, slot, how))
        return self._opaque(node)

    def visit_BinaryOperation(self, node: cst.BinaryOperation) -> bool:
        left = self.expr(node.left)
        right = self.expr(node.right)
        dst = self.slot()
        operator = _ARITHMETIC.get(type(node.operator), "")
        self.emit(ops.Binary(node, dst, operator, left, right))
        return self._done(dst)

    def visit_Comparison(self, node: cst.Comparison) -> bool:
        slots = [(node.left, self.expr(node.left))]
        slots += [(t.comparator, self.expr(t.comparator)) for t in node.comparisons]
        for index, target in enumerate(node.comparisons):
            if isinstance(target.operator, (cst.Is, cst.IsNot)):
                continue
            part, slot = slots[index + 1]
            if isinstance(target.operator, (cst.In, cst.NotIn)):
                self.emit(ops.Use(part, slot, Using.SEARCH))
                continue
            equality = isinstance(target.operator, (cst.Equal, cst.NotEqual))
            self.emit(ops.Compare(node, slots[index][1], slot, equality))
        return self._opaque(node)

    def visit_BooleanOperation(self, node: cst.BooleanOperation) -> bool:
        """`a or b` is `a` where that is true: two ways to one result."""
        kept = self.slot()
        left = self.expr(node.left)
        self.emit(ops.Keep(node, kept, left))
        other, after = self.block(), self.block()
        test, names = self.question(node.left)
        if isinstance(node.operator, cst.Or):
            self.branch(kept, test, after, other, names)
        else:
            self.branch(kept, test, other, after, names)
        self.enter(other)
        self.emit(ops.Keep(node, kept, self.expr(node.right)))
        self.jump(after)
        self.enter(after)
        return self._done(kept)

    def visit_IfExp(self, node: cst.IfExp) -> bool:
        kept = self.slot()
        yes, no, after = self.block(), self.block(), self.block()
        self.condition(node.test, yes, no)
        for start, value in ((yes, node.body), (no, node.orelse)):
            self.enter(start)
            self.emit(ops.Keep(node, kept, self.expr(value)))
            self.jump(after)
        self.enter(after)
        return self._done(kept)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> bool:
        slot = self.expr(node.value)
        if isinstance(node.target, cst.Name):
            self.emit(ops.Store(node, self.local(node.target.value), slot))
        return self._done(slot)

    # displays ---------------------------------------------------------------------------------

    def visit_List(self, node: cst.List) -> bool:
        return self._display(node, "list")

    def visit_Tuple(self, node: cst.Tuple) -> bool:
        return self._display(node, "tuple")

    def visit_Set(self, node: cst.Set) -> bool:
        return self._display(node, "set")

    def _display(self, node: cst.List | cst.Tuple | cst.Set, kind: str) -> bool:
        items: list[Arg] = []
        for element in node.elements:
            star = "*" if isinstance(element, cst.StarredElement) else ""
            items.append(Arg(self.expr(element.value), element.value, star))
        dst = self.slot()
        self.emit(ops.Build(node, dst, kind, tuple(items)))
        return self._done(dst)

    def visit_Dict(self, node: cst.Dict) -> bool:
        items: list[Arg] = []
        keys: list[Slot | None] = []
        for element in node.elements:
            plain = isinstance(element, cst.DictElement)
            keys.append(self.expr(element.key) if isinstance(element, cst.DictElement) else None)
            star = "" if plain else "**"
            items.append(Arg(self.expr(element.value), element.value, star))
        dst = self.slot()
        self.emit(ops.Build(node, dst, "dict", tuple(items), tuple(keys)))
        return self._done(dst)

    # the rest ---------------------------------------------------------------------------------

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        for param in (*node.params.params, *node.params.kwonly_params):
            if param.default is not None:
                self._opaque(node, self.expr(param.default))
        self.captured |= {self.local(name) for name in names_in(node.body)}
        dst = self.slot()
        self.emit(ops.Lambda(node, dst))
        return self._done(dst)

    def visit_Yield(self, node: cst.Yield) -> bool:
        value = node.value
        if value is None:
            return self._opaque(node)
        item = value.item if isinstance(value, cst.From) else value
        src = self.expr(item)
        dst = self.slot()
        self.emit(ops.Yield(node, dst, src))
        return self._done(dst)

    # conditions -------------------------------------------------------------------------------

    def condition(self, node: cst.BaseExpression, yes: int, no: int) -> None:
        """Lowers a test with its short circuits: goes on in block `yes` or `no`."""
        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
            self.condition(node.expression, no, yes)
        elif isinstance(node, cst.BooleanOperation):
            rest = self.block()
            if isinstance(node.operator, cst.And):
                self.condition(node.left, rest, no)
            else:
                self.condition(node.left, yes, rest)
            self.enter(rest)
            self.condition(node.right, yes, no)
        else:
            self._leaf(node, yes, no)

    def _leaf(self, node: cst.BaseExpression, yes: int, no: int) -> None:
        test, names = self.question(node)
        negative = False
        if isinstance(node, cst.Comparison) and test.kind != "truth":
            slot = self.expr(node.left)
            negative = isinstance(node.comparisons[0].operator, (cst.IsNot, cst.NotEqual))
            if test.kind == "eq":
                self.emit(ops.Use(node.left, slot, Using.COMPARE))
        else:
            slot = self.expr(node)
            self.emit(ops.Use(node, slot, Using.TEST))
        if negative:
            yes, no = no, yes
        self.branch(slot, test, yes, no, names)

    def question(self, node: cst.BaseExpression) -> tuple[Test, frozenset[str]]:
        """What a test asks, and the variables that the answer depends on."""
        names = frozenset(self.local(name) for name in names_in(node))
        if isinstance(node, cst.NamedExpr) and isinstance(node.target, cst.Name):
            return Test(name=self.local(node.target.value)), names
        if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
            test = self._comparison(node)
            if test is not None:
                return test, names
        if (loop := asked_whether_it_runs(node)) is not None:
            return Test(loop=self.local(loop)), names
        name = self.local(node.value) if isinstance(node, cst.Name) else ""
        return Test(name=name, key=name or stable_key(node)), names

    def _comparison(self, node: cst.Comparison) -> Test | None:
        target = node.comparisons[0]
        kinds: dict[type[cst.CSTNode], str] = {
            cst.Is: "is",
            cst.IsNot: "is",
            cst.Equal: "eq",
            cst.NotEqual: "eq",
        }
        kind = kinds.get(type(target.operator))
        known, value = _literal(target.comparator)
        if kind is None or not known:
            return None
        name = self.local(node.left.value) if isinstance(node.left, cst.Name) else ""
        key = name or stable_key(node.left)
        return Test(kind, value, name, f"{key} {kind} {value!r}" if key else "")


def _literal(node: cst.BaseExpression) -> tuple[bool, object]:
    if isinstance(node, cst.Name) and node.value in _CONSTANTS:
        return True, _CONSTANTS[node.value]
    if isinstance(node, (cst.Integer, cst.SimpleString)):
        return True, node.evaluated_value
    return False, None
