"""Has all that holds a coroutine object, on its whole way through a project, hold a function.

`job = work(1)` becomes `job = partial(work, 1)`, and `await job` becomes `await job()`; and so does
all that lies between: attributes, arguments, containers, the variables of loops. A path tells where
in a value the object is: `()` the value itself, `("*",)` each element of it, `("v",)` each value of
a mapping, `(1,)` the second item of a tuple, `("*", 1)` that of each element.
"""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.annotating import as_factory
from asynclint.fixes.deferred_calls import Path
from asynclint.fixes.deferred_uses import Uses
from asynclint.fixes.factory import as_function
from asynclint.fixes.holders import Attribute, Holder, Holders, Lost, Variable
from asynclint.fixes.kit import Kit
from asynclint.model.declared import Function
from asynclint.model.fields import fields_of
from asynclint.model.values import ASYNC_GENERATOR, COROUTINE

_MOST = 200  # places that are looked at
_EMPTY_MAKERS = frozenset(
    {"list", "dict", "set", "tuple", "deque", "defaultdict", "OrderedDict", "Queue", "field"}
    | {"LifoQueue", "SimpleQueue"}
)


class Deferring(Uses):
    """Follows an object along its way, and collects the edits; each step may raise Lost."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.holders = Holders(kit)
        self.edits: dict[Edit, None] = {}
        self._paths: dict[Holder, Path] = {}
        self._seen: set[tuple[int, Path, str]] = set()
        self.settled = False
        self._makers = 0

    def edits_from(self, kit: Kit, node: cst.CSTNode, path: Path) -> tuple[Edit, ...] | None:
        """All edits for what an expression holds at a path; None where its way is not clear."""
        try:
            self.become(kit, node, path)
            self.flow(kit, node, path)
        except (Lost, RecursionError, KeyError):
            return None
        return tuple(self.edits) if self.settled and self._makers else None

    def is_held(self, holder: Holder) -> bool:
        """Whether a holder is known to hold functions now."""
        return holder in self._paths

    def note(self, kit: Kit, edits: Iterable[Edit]) -> None:
        """Takes edits of a kit's file."""
        self.edits.update(dict.fromkeys(self.kit.taken(kit, edits)))

    def is_new(self, node: cst.CSTNode, path: Path, way: str) -> bool:
        """Whether a place is new; raises Lost where there are too many."""
        key = (id(node), path, way)
        if key in self._seen:
            return False
        self._seen.add(key)
        if len(self._seen) > _MOST:
            raise Lost("too many places")
        return True

    # holders ----------------------------------------------------------------------------------

    def hold(self, kit: Kit, node: cst.CSTNode, path: Path) -> None:
        """What a name or an attribute means now holds functions, wherever it is read or bound."""
        holder = self.holders.of(kit, node)
        self.hold_at(holder, path)

    def hold_at(self, holder: Holder, path: Path) -> None:
        """As `hold`, of a holder."""
        if holder in self._paths:
            if not _covers(self._paths[holder], path):
                raise Lost(holder.name)
            return
        self._paths[holder] = path
        if isinstance(holder, Variable):
            self._callers(holder, path)
        else:
            self._fields(holder, path)
        for kit, node in list(self.holders.mentions(holder)):
            self._mention(kit, node, path)

    def _mention(self, kit: Kit, node: cst.Name | cst.Attribute, path: Path) -> None:
        """One place that reads or binds a holder."""
        target, inner = self._target(kit, node, path)
        match kit.parent(target):
            case cst.AssignTarget() as above:
                statement = kit.parent(above)
                if isinstance(statement, cst.Assign):
                    self.become(kit, statement.value, inner)
            case cst.AnnAssign(target=bound, value=value) as statement if bound is target:
                self._annotation(kit, statement.annotation)
                if value is not None:
                    self.become(kit, value, inner)
            case cst.AugAssign(target=bound, value=value) if bound is target:
                self.become(kit, value, inner)
            case cst.For(target=bound, iter=iterated) if bound is target:
                self._iterated(kit, iterated, inner)
            case cst.CompFor(target=bound, iter=iterated) if bound is target:
                self._iterated(kit, iterated, inner)
            case cst.NamedExpr(target=bound, value=value) if bound is target:
                self.become(kit, value, inner)
            case cst.Param(name=bound) if bound is target:
                pass
            case cst.Del() | cst.Global() | cst.Nonlocal() | cst.NameItem():
                pass
            case cst.AsName():
                raise Lost("with")
            case _:
                self.flow(kit, node, path)

    def _iterated(self, kit: Kit, iterated: cst.BaseExpression, inner: Path) -> None:
        if isinstance(iterated, cst.Tuple | cst.List) and inner:
            for element in iterated.elements:
                self.become(kit, element.value, inner)
            return
        self.become(kit, iterated, ("*", *inner))

    @staticmethod
    def _target(kit: Kit, node: cst.CSTNode, path: Path) -> tuple[cst.CSTNode, Path]:
        """The whole target in which a name stands, and the path in what is bound to that."""
        while True:
            element = kit.parent(node)
            display = kit.parent(element) if isinstance(element, cst.Element) else None
            if not isinstance(display, cst.Tuple | cst.List) or not _is_target(kit, display):
                return node, path
            path = ([each is element for each in display.elements].index(True), *path)
            node = display

    def _annotation(self, kit: Kit, annotation: cst.Annotation | None) -> None:
        edits = as_factory(kit, annotation)
        if edits is None:
            raise Lost("annotation")
        self.note(kit, edits)

    # parameters and fields ----------------------------------------------------------------------

    def _callers(self, holder: Variable, path: Path) -> None:
        """Where a variable is a parameter, all callers give functions."""
        function = self.function_of(holder)
        parameter = (
            next((each for each in function.parameters if each.name == holder.name), None)
            if function is not None
            else None
        )
        if function is None or parameter is None:
            return
        unit = self.kit.program.unit(function)
        if unit is None or not isinstance(unit.node, cst.FunctionDef):
            raise Lost(function.name)
        kit = self.holders.kit_of(unit)
        params = unit.node.params
        every = [*params.posonly_params, *params.params, *params.kwonly_params]
        if isinstance(params.star_arg, cst.Param):
            every.append(params.star_arg)
        for param in every:
            if param.name.value == holder.name:
                self._annotation(kit, param.annotation)
                if param.default is not None:
                    self.become(kit, param.default, path)
        self.callers(function, parameter, path)

    def function_of(self, holder: Variable) -> Function | None:
        """The function whose scope binds a variable."""
        for function in holder.scope.module.functions:
            if function.scope is holder.scope:
                return function
        return None

    def _fields(self, holder: Attribute, path: Path) -> None:
        """Where an attribute is a field, all that make instances give functions."""
        fields = fields_of(self.kit.program.resolver, holder.cls)
        decorated = holder.name in holder.cls.annotations and holder.cls.decorators
        if decorated or (fields is not None and holder.name in fields.positional):
            self.makers(holder.cls, holder.name, path)

    # backwards --------------------------------------------------------------------------------

    def become(self, kit: Kit, node: cst.CSTNode, path: Path) -> None:
        """What an expression gives must hold a function at a path."""
        if not self.is_new(node, path, "become"):
            return
        match node:
            case cst.Name(value="None"):
                return
            case cst.Name() | cst.Attribute():
                self.hold(kit, node, path)
            case cst.IfExp(body=one, orelse=other):
                self.become(kit, one, path)
                self.become(kit, other, path)
            case cst.BooleanOperation(left=one, right=other):
                self.become(kit, one, path)
                self.become(kit, other, path)
            case cst.NamedExpr(value=value, target=target):
                self.become(kit, value, path)
                self.hold(kit, target, path)
            case cst.Call() if not path and self.makes(kit, node):
                edits = as_function(kit, node, lazily=_is_waited_for(kit, node))
                if edits is None:
                    raise Lost("arguments")
                self._makers += 1
                self.note(kit, edits)
            case cst.Await(expression=cst.Call() as call):
                self.taken_from(kit, call, path)
            case cst.Subscript(value=value):
                self.become(kit, value, (self.step(kit, node), *path))
            case _ if path:
                self._contain(kit, node, path)
            case cst.Call():
                self.taken_from(kit, node, path)
            case _:
                raise Lost(type(node).__name__)

    def makes(self, kit: Kit, call: cst.Call) -> bool:
        """Whether a call makes an object here: not a call that only leads to one."""
        for life in kit.story.lives:
            subject = life.subject
            if subject.made is call and subject.cls in (COROUTINE, ASYNC_GENERATOR):
                return subject.origin == "made"
        return False

    def _contain(self, kit: Kit, node: cst.CSTNode, path: Path) -> None:
        """A container that an expression makes must hold functions."""
        step, *rest = path
        inner = tuple(rest)
        match node:
            case cst.Tuple(elements=elements) | cst.List(elements=elements) if isinstance(
                step, int
            ):
                if step >= len(elements) or any(
                    isinstance(each, cst.StarredElement) for each in elements
                ):
                    raise Lost("tuple")
                self.become(kit, elements[step].value, inner)
            case cst.Tuple() | cst.List() | cst.Set():
                for element in node.elements:
                    starred = isinstance(element, cst.StarredElement)
                    self.become(kit, element.value, path if starred else inner)
            case cst.Dict():
                for entry in node.elements:
                    starred = isinstance(entry, cst.StarredDictElement)
                    self.become(kit, entry.value, path if starred else inner)
            case cst.ListComp(elt=elt) | cst.SetComp(elt=elt) | cst.GeneratorExp(elt=elt):
                self.become(kit, elt, inner)
            case cst.DictComp(value=value):
                self.become(kit, value, inner)
            case cst.BinaryOperation(left=left, right=right, operator=cst.Add() | cst.BitOr()):
                self.become(kit, left, path)
                self.become(kit, right, path)
            case cst.Call():
                if not _is_empty(node):
                    self.taken_from(kit, node, path)
            case _:
                raise Lost(type(node).__name__)


def _covers(path: Path, other: Path) -> bool:
    """Whether what lies at a path includes what lies at another: `*` is any index or key."""
    pairs = zip(path, other, strict=False)
    return len(path) == len(other) and all(one in (two, "*") for one, two in pairs)


def _is_target(kit: Kit, display: cst.CSTNode) -> bool:
    """Whether a display is what an assignment or a loop binds."""
    match kit.parent(display):
        case cst.AssignTarget():
            return True
        case cst.For(target=target) | cst.CompFor(target=target):
            return target is display
        case cst.Element() as element:
            outer = kit.parent(element)
            return outer is not None and _is_target(kit, outer)
    return False


def _is_empty(call: cst.Call) -> bool:
    """Whether a call makes an empty container."""
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    if not isinstance(name, cst.Name) or name.value not in _EMPTY_MAKERS:
        return False
    return all(
        not isinstance(arg.value, cst.Call | cst.List | cst.ListComp | cst.Tuple | cst.GeneratorExp)
        for arg in call.args
    ) and (
        not call.args or call.args[0].keyword is not None or name.value in ("defaultdict", "Queue")
    )


def _is_waited_for(kit: Kit, call: cst.Call) -> bool:
    """Whether a call is an argument of one that is awaited: no name changes until that is done."""
    argument = kit.parent(call)
    outer = kit.parent(argument) if isinstance(argument, cst.Arg) else None
    return isinstance(outer, cst.Call) and isinstance(kit.parent(outer), cst.Await)
