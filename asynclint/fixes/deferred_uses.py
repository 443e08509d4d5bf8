"""The way of an object that is to be made later, forwards: from where it is to all its uses."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.as_generator import free_name
from asynclint.fixes.deferred_calls import Calls, Path
from asynclint.fixes.holders import Lost
from asynclint.fixes.kit import Kit
from asynclint.fixes.placing import replace_by_atom


class Uses(Calls):
    """What is done with it, expression by expression."""

    def flow(self, kit: Kit, node: cst.CSTNode, path: Path) -> None:
        """What an expression gives holds a function at a path now: all that uses it must know."""
        if not self.is_new(node, path, "flow"):
            return
        above = kit.parent(node)
        if above is not None and self._is_part(kit, node, above, path):
            return
        match above:
            case cst.Assign(targets=targets):
                for target in targets:
                    self.bind(kit, target.target, path)
            case cst.AnnAssign(target=target):
                self.bind(kit, target, path)
            case cst.NamedExpr(target=target):
                self.bind(kit, target, path)
                self.flow(kit, above, path)
            case cst.AugAssign(target=target):
                self.bind(kit, target, path)
            case cst.IfExp(test=test) if test is not node:
                self.become(kit, above, path)
                self.flow(kit, above, path)
            case cst.BooleanOperation() if not _is_asked(kit, above):
                self.become(kit, above, path)
                self.flow(kit, above, path)
            case cst.Arg() if isinstance(kit.parent(above), cst.Call):
                self.given(kit, above, node, path)
            case cst.Comparison() | cst.ComparisonTarget() | cst.UnaryOperation() | cst.Expr():
                return
            case cst.If() | cst.While() | cst.Assert() | cst.IfExp() | cst.BooleanOperation():
                return
            case _ if not path:
                self._spent(kit, node, above)
            case _:
                self._gone_through(kit, node, above, path)

    def _is_part(self, kit: Kit, node: cst.CSTNode, above: cst.CSTNode, path: Path) -> bool:
        """Follows an element of a display or of a comprehension; whether it is one."""
        match above:
            case cst.Element() | cst.StarredElement():
                self._into_display(kit, above, path)
            case cst.DictElement(value=value) if value is node:
                self._up(kit, kit.parent(above), ("v", *path))
            case cst.ListComp(elt=part) | cst.SetComp(elt=part) | cst.GeneratorExp(elt=part):
                if part is not node:
                    return False
                self._up(kit, above, ("*", *path))
            case cst.DictComp(value=value) if value is node:
                self._up(kit, above, ("v", *path))
            case _:
                return False
        return True

    def _up(self, kit: Kit, node: cst.CSTNode | None, path: Path) -> None:
        """An expression that holds it gives it on."""
        if node is None:
            raise Lost("display")
        self.become(kit, node, path)
        self.flow(kit, node, path)

    def _into_display(self, kit: Kit, element: cst.CSTNode, path: Path) -> None:
        display = kit.parent(element)
        if isinstance(display, cst.Tuple) and not self._is_row(kit, display):
            if isinstance(element, cst.StarredElement):
                raise Lost("starred")
            index = [each is element for each in display.elements].index(True)
            self.flow(kit, display, (index, *path))
        elif isinstance(display, cst.Tuple | cst.List | cst.Set):
            starred = isinstance(element, cst.StarredElement)
            self._up(kit, display, path if starred else ("*", *path))
        else:
            raise Lost("display")

    def _is_row(self, kit: Kit, display: cst.Tuple) -> bool:
        """Whether all items of a tuple are such objects: then it is one like a list."""
        match kit.parent(display):
            case cst.For(iter=iterated) | cst.CompFor(iter=iterated):
                return iterated is display
        items = [element.value for element in display.elements]
        return len(items) > 1 and all(
            isinstance(item, cst.Call) and self.makes(kit, item) for item in items
        )

    def _spent(self, kit: Kit, node: cst.CSTNode, above: cst.CSTNode | None) -> None:
        """The object itself is used here: now the function is called."""
        match above:
            case cst.Lambda(params=params) if not _takes_something(params):
                self.settled = True
                self.note(kit, [kit.replace(above, kit.text(node))])
            case cst.Await() | cst.Return() | cst.Lambda() | cst.Yield() | cst.From():
                self.call(kit, node)
            case cst.For(iter=iterated, asynchronous=asynchronous):
                if iterated is not node or asynchronous is None:
                    raise Lost("for")
                self.call(kit, node)
            case cst.CompFor(iter=iterated, asynchronous=asynchronous):
                if iterated is not node or asynchronous is None:
                    raise Lost("for")
                self.call(kit, node)
            case _:
                raise Lost(type(above).__name__)

    def call(self, kit: Kit, node: cst.CSTNode) -> None:
        """Calls what an expression gives."""
        if not isinstance(node, cst.Name | cst.Attribute | cst.Subscript | cst.Call):
            raise Lost(type(node).__name__)
        self.settled = True
        _, end = kit.span(node)
        self.note(kit, [Edit(end, end, "()")])

    def called_each(self, kit: Kit, node: cst.CSTNode) -> None:
        """Calls each of what an expression gives."""
        if not isinstance(node, cst.BaseExpression):
            raise Lost(type(node).__name__)
        self.settled = True
        text = kit.text(node)
        item = free_name(kit.unit.node, names=("job", "make", "item"))
        edit = replace_by_atom(kit, node, f"[{item}() for {item} in {text}]")
        if edit is None:
            raise Lost("f-string")
        self.note(kit, [edit])

    def bind(self, kit: Kit, target: cst.CSTNode, path: Path) -> None:
        """A target of an assignment, or of a loop, is bound to what holds functions."""
        match target:
            case cst.Name() | cst.Attribute():
                self.hold(kit, target, path)
            case cst.Subscript(value=value):
                self.hold(kit, value, (self.step(kit, target), *path))
            case cst.Tuple(elements=elements) | cst.List(elements=elements) if path:
                step, *rest = path
                for index, element in enumerate(elements):
                    if isinstance(element, cst.StarredElement):
                        if step == "*":
                            self.bind(kit, element.value, path)
                    elif step in (index, "*"):
                        self.bind(kit, element.value, tuple(rest))
            case _:
                raise Lost(type(target).__name__)

    def _gone_through(
        self, kit: Kit, node: cst.CSTNode, above: cst.CSTNode | None, path: Path
    ) -> None:
        """A container is iterated, looked into, or asked for something."""
        step, *rest = path
        inner = tuple(rest)
        match above:
            case cst.For(iter=iterated, target=target, asynchronous=None) if iterated is node:
                if step == "*":
                    self.bind(kit, target, inner)
                elif step != "v":
                    raise Lost("for")
            case cst.CompFor(iter=iterated, target=target, asynchronous=None) if iterated is node:
                if step == "*":
                    self.bind(kit, target, inner)
                elif step != "v":
                    raise Lost("for")
            case cst.Subscript(value=value) if value is node:
                self._looked_up(kit, above, step, path)
            case cst.Attribute(value=value) if value is node:
                self.method(kit, above, path)
            case cst.Return():
                raise Lost("returned")
            case cst.BinaryOperation():
                self._up(kit, above, path)
            case cst.Index() | cst.Slice():
                raise Lost("key")
            case _:
                raise Lost(type(above).__name__)

    def _looked_up(self, kit: Kit, node: cst.Subscript, step: str | int, path: Path) -> None:
        """`table[key]`, be it read, bound or deleted."""
        target = kit.parent(node)
        inner = path[1:]
        if isinstance(node.slice[0].slice, cst.Slice):
            self.flow(kit, node, path)
        elif isinstance(target, cst.AssignTarget):
            statement = kit.parent(target)
            if isinstance(statement, cst.Assign):
                self.become(kit, statement.value, inner)
        elif isinstance(target, cst.Del):
            return
        elif isinstance(step, int):
            if self.step(kit, node) == step:
                self.flow(kit, node, inner)
        else:
            self.flow(kit, node, inner)

    @staticmethod
    def step(kit: Kit, node: cst.Subscript) -> str | int:
        """The step that a subscript makes in a container that is a mapping, or else a tuple."""
        del kit
        index = node.slice[0].slice
        if isinstance(index, cst.Index) and isinstance(index.value, cst.Integer):
            return int(index.value.value)
        return "v"


def _takes_something(params: cst.Parameters) -> bool:
    named = (*params.params, *params.posonly_params, *params.kwonly_params)
    starred = isinstance(params.star_arg, cst.Param) or params.star_kwarg is not None
    return bool(named) or starred


def _is_asked(kit: Kit, node: cst.CSTNode) -> bool:
    """Whether an expression is only asked for its truth."""
    match kit.parent(node):
        case cst.If(test=test) | cst.While(test=test) | cst.IfExp(test=test):
            return test is node
        case cst.BooleanOperation() as above:
            return _is_asked(kit, above)
    return False
