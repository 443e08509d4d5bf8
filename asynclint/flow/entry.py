"""What the names of a function hold when it is looked at by itself, whoever calls it."""

from __future__ import annotations

import libcst as cst

from asynclint.facts import Kind
from asynclint.flow.file import Unit
from asynclint.flow.instances import INSTANCE
from asynclint.flow.registries import Registries
from asynclint.flow.sites import of_parameter
from asynclint.flow.state import Record
from asynclint.model.declared import Class, Function, Parameter
from asynclint.model.resolve import Resolver
from asynclint.model.values import (
    COROUTINE,
    LIMIT,
    UNKNOWN,
    Func,
    Inst,
    Klass,
    Made,
    Obj,
    Thing,
    Unknown,
    Value,
    one,
    ordered,
)

Entry = tuple[dict[str, Value], dict[Obj, Record]]


def entry(unit: Unit, resolver: Resolver, registries: Registries) -> Entry:
    """The values of names, and the objects among them, with which a body begins."""
    env: dict[str, Value] = dict(unit.env)
    heap: dict[Obj, Record] = {}
    if isinstance(unit.node, cst.Lambda):
        for param in unit.node.params.params:
            env[param.name.value] = UNKNOWN
    if unit.function is None:
        return env, heap
    for index, parameter in enumerate(unit.function.parameters):
        env[parameter.name] = _argument(unit, parameter, index, heap, resolver)
    if len(unit.function.parameters) == 1 and unit.function.owner is None:
        env.update(_decorated(unit.function, registries))
    return env, heap


def _decorated(function: Function, registries: Registries) -> dict[str, Value]:
    """A decorator's parameter, where it is only ever used on coroutine functions."""
    if not registries.names_one(function):
        return {}
    found = registries.decorated_with(function)
    if not found or len(found) > LIMIT or any(f.kind is not Kind.COROUTINE for f in found):
        return {}
    return {function.parameters[0].name: frozenset(Func(each) for each in found)}


def _argument(
    unit: Unit, parameter: Parameter, index: int, heap: dict[Obj, Record], resolver: Resolver
) -> Value:
    if parameter.kind in ("args", "kwargs"):
        return UNKNOWN
    home = unit.scope.parent or unit.scope
    default = resolver.shape(parameter.default, home) if parameter.default else UNKNOWN
    obj = Obj(of_parameter(0, index))
    for thing in default:
        if isinstance(thing, Made) and thing.cls == COROUTINE:
            heap[obj] = Record(COROUTINE, thing.by, origin="default", escaped=True)
            return one(obj)
    value = resolver.name(parameter.name, unit.scope)
    if value == frozenset({Unknown()}):
        heap[obj] = Record("parameter", None, origin="parameter", escaped=True)
        return one(obj)
    found: set[Thing] = set()
    for thing in ordered(value):
        if isinstance(thing, Made):
            heap[obj] = Record(thing.cls, None, origin="parameter", escaped=True)
            found.add(obj)
        elif index == 0 and len(value) == 1 and _is_receiver(unit, thing):
            assert isinstance(thing, Inst)
            assert isinstance(thing.of, Class)
            heap[obj] = Record(INSTANCE, Klass(thing.of), origin="self", escaped=True)
            found.add(Inst(thing.of, at=obj))
        else:
            found.add(thing)
    return frozenset(found)


def _is_receiver(unit: Unit, thing: Thing) -> bool:
    owner = unit.function.owner if unit.function is not None else None
    return owner is not None and isinstance(thing, Inst) and thing.of is owner
