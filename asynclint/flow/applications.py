"""Wrappers of decorators, as they run for the functions that they wrap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from asynclint.flow.file import Unit
from asynclint.flow.program import Program
from asynclint.model.declared import Function, Module
from asynclint.model.shapes import CallShape, Member, Ref, Shape
from asynclint.model.values import Func, Thing


def applications(program: Program, module: Module) -> Iterator[Unit]:
    """The units of a module's wrappers, with what their free names stand for.

    Each wrapper comes once for each kind of function that it wraps anywhere in the program: what it
    does to a coroutine function may be right, and wrong for an async generator function.
    """
    seen: set[object] = set()
    for function in _decorated(program, module):
        waiting: list[Thing] = sorted(program.resolver.declared(function), key=repr)
        while waiting:
            thing = waiting.pop(0)
            if not isinstance(thing, Func) or not thing.env:
                continue
            waiting.extend(inner for _, value in thing.env for inner in value)
            key = (thing.function, tuple((name, _kinds(value)) for name, value in thing.env))
            if key in seen or thing.function.scope.module is not module:
                continue
            seen.add(key)
            unit = program.unit(thing.function)
            if unit is not None:
                yield replace(unit, env=thing.env)


def _kinds(value: frozenset[Thing]) -> frozenset[object]:
    """What tells functions apart here."""
    return frozenset(
        thing.function.kind if isinstance(thing, Func) else type(thing) for thing in value
    )


def _decorated(program: Program, module: Module) -> Iterator[Function]:
    """The functions of the program to which decorators of a module are applied."""
    makers = [f for f in module.functions if _hands_out(f)]
    names = {f.owner.name if f.owner is not None else f.name for f in makers}
    near: dict[Module, None] = {module: None}
    for name in sorted(names):
        near.update(dict.fromkeys(program.project.holders(name, module)))
    for other in near:
        for function in other.functions:
            if any(_last_name(shape) in names for shape in function.decorators):
                yield function


def _hands_out(function: Function) -> bool:
    """Whether a function, that others can name, returns one that is defined in it."""
    home = function.scope.parent
    if home is None or home.kind == "function" or not function.parameters:
        return False
    returned = (shape.parts[0] for shape in function.results if isinstance(shape, Ref))
    bound = function.scope.bindings
    return any(isinstance(b, Function) for name in returned for b in bound.get(name, ()))


def _last_name(shape: Shape) -> str:
    if isinstance(shape, CallShape):
        return _last_name(shape.callee)
    if isinstance(shape, Ref):
        return shape.parts[-1]
    return shape.name if isinstance(shape, Member) else ""
