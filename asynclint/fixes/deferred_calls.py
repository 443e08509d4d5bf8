"""Calls on the way of an object that is to be made later: arguments, methods of containers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.findings import Edit
from asynclint.fixes.holders import Attribute, Holder, Holders, Lost, Variable
from asynclint.fixes.kit import Kit
from asynclint.model.values import UNKNOWN, Func, Klass, Lib, Method, Thing

if TYPE_CHECKING:
    from asynclint.model.declared import Class, Function, Parameter

Path = tuple[str | int, ...]

#: Methods that put an argument into a container, and its position.
_FILLING = {"append": 0, "appendleft": 0, "add": 0, "put_nowait": 0, "put": 0, "insert": 1}
#: Methods of containers that tell nothing of their elements, or only remove some.
_ASKING = frozenset(
    {"keys", "clear", "remove", "discard", "qsize", "empty", "full", "task_done", "join", "sort"}
    | {"reverse", "count", "index", "isdisjoint", "__len__", "__contains__", "move_to_end"}
)
_TAKING = frozenset({"get", "pop", "popleft", "get_nowait"})
_SAME = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "deque"})
#: What goes through a mapping has its keys.
_OF_KEYS = _SAME | {"enumerate", "zip", "len", "any", "all", "min", "max"}
_TESTS = frozenset({"isawaitable", "iscoroutine", "iscoroutinefunction", "callable", "isfunction"})


@dataclass(frozen=True, slots=True)
class _Calling:
    """A call of a function. bound: how many of its parameters are given otherwise."""

    kit: Kit
    call: cst.Call
    function: Function
    bound: int


class Calls:
    """What happens to the object where it is given to something that is called."""

    kit: Kit
    holders: Holders
    settled: bool  # somebody calls what it is given, or can do with functions

    def become(self, kit: Kit, node: cst.CSTNode, path: Path) -> None:
        """What an expression gives must hold a function at a path."""
        raise NotImplementedError

    def flow(self, kit: Kit, node: cst.CSTNode, path: Path) -> None:
        """What an expression gives holds a function at a path now."""
        raise NotImplementedError

    def is_new(self, node: cst.CSTNode, path: Path, way: str) -> bool:
        """Whether a place has not been looked at yet; raises Lost where there are too many."""
        raise NotImplementedError

    def makes(self, kit: Kit, call: cst.Call) -> bool:
        """Whether a call makes an object here: not a call that only leads to one."""
        raise NotImplementedError

    def call(self, kit: Kit, node: cst.CSTNode) -> None:
        """Calls what an expression gives."""
        raise NotImplementedError

    def called_each(self, kit: Kit, node: cst.CSTNode) -> None:
        """Calls each of what an expression gives."""
        raise NotImplementedError

    def hold(self, kit: Kit, node: cst.CSTNode, path: Path) -> None:
        """What a name or an attribute means now holds functions."""
        raise NotImplementedError

    def hold_at(self, holder: Holder, path: Path) -> None:
        """As `hold`, of a holder."""
        raise NotImplementedError

    def is_held(self, holder: Holder) -> bool:
        """Whether a holder is known to hold functions now."""
        raise NotImplementedError

    def note(self, kit: Kit, edits: Iterable[Edit]) -> None:
        """Takes edits of a kit's file."""
        raise NotImplementedError

    # arguments ----------------------------------------------------------------------------------

    def given(self, kit: Kit, argument: cst.Arg, node: cst.CSTNode, path: Path) -> None:
        """It is an argument of a call."""
        call = kit.parent(argument)
        if not isinstance(call, cst.Call):
            raise Lost("argument")
        value = self.holders.value(kit, call.func)
        (thing, *others) = value
        if value == UNKNOWN and isinstance(call.func, cst.Attribute):
            thing = self._only_method(kit, call.func.attr.value) or thing
        if isinstance(thing, Func | Klass) and not others:
            self._into(kit, thing, call, argument, path)
        elif self._is_consumed(kit, thing, node):
            self._consumed(kit, argument, node, path)
        else:
            self._by_name(kit, call, argument, path)

    @staticmethod
    def _is_consumed(kit: Kit, thing: Thing, node: cst.CSTNode) -> bool:
        """Whether a library's function consumes what it is given."""
        if any(entry.node is node for entry in kit.story.consumptions):
            return True
        fact = kit.program.resolver.fact_of(thing) if isinstance(thing, Lib | Method) else None
        return fact is not None and bool(fact.consumes)

    def _only_method(self, kit: Kit, name: str) -> Thing | None:
        """The one method of a name in the module and in those that it imports."""
        modules = (kit.module, *kit.program.project.imports(kit.module))
        found = [f for module in modules for f in module.functions if f.name == name]
        if len(found) != 1 or found[0].owner is None:
            return None
        return Func(found[0], bound=True)

    def _consumed(self, kit: Kit, argument: cst.Arg, node: cst.CSTNode, path: Path) -> None:
        """A library's function consumes it, or each of the elements."""
        if not path and not argument.star:
            self.call(kit, node)
        elif path == ("*",):
            self.called_each(kit, node)
        else:
            raise Lost("consumed")

    def _by_name(self, kit: Kit, call: cst.Call, argument: cst.Arg, path: Path) -> None:
        """A function is called of which only the name tells what it does."""
        name = _last_name(call.func)
        index = [arg is argument for arg in call.args].index(True)
        owner = call.func.value if isinstance(call.func, cst.Attribute) else None
        if name == "partial" and index and not argument.star:
            (thing, *others) = self.holders.value(kit, call.args[0].value)
            if others or not isinstance(thing, Func | Klass):
                raise Lost("partial")
            self._into(kit, thing, call, argument, path, skipped=1)
        elif path[:1] == ("v",) and name in _OF_KEYS:
            return
        elif owner is not None and _FILLING.get(name) == index:
            self.hold(kit, owner, ("*", *path))
        elif owner is not None and name == "setdefault" and index == 1:
            self.hold(kit, owner, ("v", *path))
            self.flow(kit, call, path)
        elif owner is not None and name in ("extend", "update") and path:
            self.hold(kit, owner, path)
        elif name in _SAME and path and index == 0:
            self.flow(kit, call, path)
        elif name == "enumerate" and path[:1] == ("*",) and index == 0:
            self.flow(kit, call, ("*", 1, *path[1:]))
        elif name == "zip" and path[:1] == ("*",):
            self.flow(kit, call, ("*", index, *path[1:]))
        elif name == "cast" and index == 1:
            self.flow(kit, call, path)
        elif name not in ("len", "isinstance") or not path:
            raise Lost(name)

    def _into(  # noqa: PLR0913 - a call has as many parts
        self,
        kit: Kit,
        thing: Thing,
        call: cst.Call,
        argument: cst.Arg,
        path: Path,
        *,
        skipped: int = 0,
    ) -> None:
        """It is given to a parameter of a function of the project, or to a class."""
        if isinstance(thing, Klass):
            function = kit.program.resolver.classes.inherited(thing.cls, "__init__")
            if function is None:
                self.hold_at(Attribute(thing.cls, _field(thing.cls, call, argument)), path)
                return
            bound = 1
        elif isinstance(thing, Func):
            function, bound = thing.function, int(thing.bound)
        else:
            raise Lost("callee")
        index = [arg is argument for arg in call.args].index(True) - skipped + bound
        parameter, into = _parameter(function, argument, index)
        inner = ("*", *path) if into and not argument.star else path
        if not path and not into and self._is_told_apart(function, parameter.name):
            self.settled = True
            return  # it takes functions, too
        holder = Variable(function.scope, parameter.name)
        once = not path and not into and self._is_spent_once(function, parameter.name)
        if once and not self.is_held(holder):
            self.call(kit, argument.value)
        else:
            self.hold_at(holder, inner)

    def _is_told_apart(self, function: Function, name: str) -> bool:
        """Whether a function asks if what it is given is awaitable, and can do with functions."""
        unit = self.kit.program.unit(function)
        node = unit.node if unit is not None else None
        waiting: list[cst.CSTNode] = [node] if node is not None else []
        while waiting:
            each = waiting.pop()
            waiting.extend(each.children)
            if not isinstance(each, cst.Call) or _last_name(each.func) not in _TESTS:
                continue
            if len(each.args) == 1 and _is_name(each.args[0].value, name):
                return True
        return False

    def _is_spent_once(self, function: Function, name: str) -> bool:
        """Whether a function consumes what it is given, and does so once."""
        unit = self.kit.program.unit(function)
        if unit is None:
            return False
        kit = self.holders.kit_of(unit)
        loads = [
            node
            for there, node in self.holders.mentions(Variable(function.scope, name))
            if not isinstance(there.parent(node), cst.Param | cst.Comparison | cst.If)
        ]
        entries = [
            entry for entry in kit.story.consumptions if any(entry.node is node for node in loads)
        ]
        return len(entries) == len(loads) == 1 and not entries[0].again

    # methods of containers ----------------------------------------------------------------------

    def method(self, kit: Kit, attribute: cst.Attribute, path: Path) -> None:
        """A method of the container that holds it."""
        call = kit.parent(attribute)
        name, (step, *rest) = attribute.attr.value, path
        inner = tuple(rest)
        if not isinstance(call, cst.Call) or call.func is not attribute:
            raise Lost(name)
        if name == "values" and step == "v":
            self.flow(kit, call, ("*", *inner))
        elif name == "items" and step == "v":
            self.flow(kit, call, ("*", 1, *inner))
        elif name in _FILLING and len(call.args) > _FILLING[name]:
            self.become(kit, call.args[_FILLING[name]].value, inner)
        elif name == "setdefault" and len(call.args) > 1:
            self.become(kit, call.args[1].value, inner)
            self.flow(kit, call, inner)
        elif name in ("extend", "update") and call.args:
            self.become(kit, call.args[0].value, path)
        elif name == "copy":
            self.flow(kit, call, path)
        elif name in _TAKING:
            for default in call.args[1:]:
                self.become(kit, default.value, inner)
            waits = kit.parent(call)
            is_queue = name == "get" and not call.args and isinstance(waits, cst.Await)
            self.flow(kit, waits if is_queue and waits is not None else call, inner)
        elif name not in _ASKING:
            raise Lost(name)

    def taken_from(self, kit: Kit, call: cst.Call, path: Path) -> None:
        """What a call gives must hold functions: it takes it out of a container."""
        name = _last_name(call.func)
        owner = call.func.value if isinstance(call.func, cst.Attribute) else None
        step = path[0] if path else ""
        if owner is not None and name in _TAKING:
            by_key = bool(call.args) and name in ("get", "pop")
            self.become(kit, owner, ("v" if by_key else "*", *path))
        elif owner is not None and name == "setdefault":
            self.become(kit, owner, ("v", *path))
        elif owner is not None and name == "values" and step == "*":
            self.become(kit, owner, ("v", *path[1:]))
        elif owner is not None and name == "items" and path[:2] == ("*", 1):
            self.become(kit, owner, ("v", *path[2:]))
        elif owner is not None and name == "copy":
            self.become(kit, owner, path)
        elif name in _SAME and step == "*" and call.args:
            self.become(kit, call.args[0].value, path)
        elif name == "enumerate" and path[:2] == ("*", 1) and call.args:
            self.become(kit, call.args[0].value, ("*", *path[2:]))
        elif name == "zip" and step == "*" and len(path) > 1 and isinstance(path[1], int):
            self.become(kit, call.args[path[1]].value, ("*", *path[2:]))
        elif name == "cast" and len(call.args) > 1:
            self.become(kit, call.args[1].value, path)
        else:
            raise Lost(name)

    # callers ------------------------------------------------------------------------------------

    def callers(self, function: Function, parameter: Parameter, path: Path) -> None:
        """All that call a function give it functions."""
        if function.name == "__init__" and function.owner is not None:
            index = [each is parameter for each in function.parameters].index(True) - 1
            self.makers(function.owner, parameter.name, path, index)
            return
        if function.decorators:
            raise Lost(function.name)
        for kit, node in self.holders.named(function.scope.module, function.name):
            value = self.holders.value(kit, node)
            own = [t for t in value if isinstance(t, Func) and t.function is function]
            if not own:
                continue
            call = kit.parent(node)
            bound = int(own[0].bound)
            if len(value) > 1 or not isinstance(call, cst.Call | cst.Arg):
                raise Lost(function.name)
            if isinstance(call, cst.Arg):
                call = self._partial(kit, call)
                bound -= 1
            elif call.func is not node:
                raise Lost(function.name)
            self._argument(_Calling(kit, call, function, bound), parameter, path)

    @staticmethod
    def _partial(kit: Kit, argument: cst.Arg) -> cst.Call:
        """The call of `functools.partial` that a function is given to."""
        call = kit.parent(argument)
        if not isinstance(call, cst.Call) or call.args[0] is not argument:
            raise Lost("handed on")
        if _last_name(call.func) != "partial":
            raise Lost("handed on")
        return call

    def _argument(self, calling: _Calling, parameter: Parameter, path: Path) -> None:
        """What one call gives for a parameter becomes functions."""
        kit, parameters = calling.kit, calling.function.parameters
        positions = [each.name for each in parameters if each.kind == "position"]
        for index, arg in enumerate(calling.call.args):
            place = index + calling.bound
            if parameter.kind == "args":
                if arg.keyword is None and place >= len(positions):
                    self.become(kit, arg.value, path if arg.star else path[1:])
                continue
            if arg.star:
                raise Lost("star")
            named = arg.keyword is not None and arg.keyword.value == parameter.name
            at = arg.keyword is None and positions[place : place + 1] == [parameter.name]
            if named or (at and place >= 0):
                self.become(kit, arg.value, path)

    def makers(self, cls: Class, name: str, path: Path, index: int | None = None) -> None:
        """All that make instances of a class give functions for a field, or for a parameter.

        index: the position of the parameter; that of the field by default.
        """
        place = list(cls.annotations).index(name) if index is None else index
        for kit, node in self.holders.named(cls.scope.module, cls.name):
            value = self.holders.value(kit, node)
            if not any(isinstance(t, Klass) and t.cls is cls for t in value):
                continue
            call = kit.parent(node)
            if not isinstance(call, cst.Call) or call.func is not node:
                continue
            for at, arg in enumerate(call.args):
                if arg.star:
                    raise Lost("star")
                named = arg.keyword is not None and arg.keyword.value == name
                if named or (arg.keyword is None and at == place):
                    self.become(kit, arg.value, path)


def _parameter(function: Function, argument: cst.Arg, index: int) -> tuple[Parameter, bool]:
    """The parameter that takes an argument, and whether it takes several."""
    positions = [each for each in function.parameters if each.kind == "position"]
    if argument.keyword is not None:
        for each in function.parameters:
            if each.name == argument.keyword.value:
                return each, False
    elif not argument.star and index < len(positions):
        return positions[index], False
    else:
        for each in function.parameters:
            if each.kind == "args" and argument.star != "**":
                return each, True
    raise Lost("parameter")


def _field(cls: Class, call: cst.Call, argument: cst.Arg) -> str:
    """The field of a dataclass that takes an argument."""
    names = list(cls.annotations)
    if argument.star or not cls.decorators:
        raise Lost("field")
    if argument.keyword is not None:
        return argument.keyword.value
    index = [arg is argument for arg in call.args].index(True)
    if index >= len(names):
        raise Lost("field")
    return names[index]


def _last_name(function: cst.BaseExpression) -> str:
    name = function.attr if isinstance(function, cst.Attribute) else function
    if isinstance(name, cst.Subscript):
        name = name.value
    return name.value if isinstance(name, cst.Name) else ""


def _is_name(node: cst.BaseExpression, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name
