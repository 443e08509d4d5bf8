"""Arguments to parameters: what the names of a function hold when a call enters it."""

from __future__ import annotations

import libcst as cst

from asynclint.flow.file import Unit
from asynclint.flow.given import Given
from asynclint.flow.known_calls import KnownCalls
from asynclint.flow.sites import of_parameter
from asynclint.flow.state import Record
from asynclint.model.declared import Function, Parameter
from asynclint.model.values import (
    UNKNOWN,
    Code,
    Const,
    Func,
    Inst,
    Klass,
    Made,
    Obj,
    Thing,
    Value,
    one,
)
from asynclint.visitor import ops


class Binding(KnownCalls):
    """Binds the arguments of calls."""

    def bound(self, unit: Unit, thing: Thing, op: ops.Call) -> dict[str, Value] | None:
        """What parameters and free names of a callee hold; None where it cannot be told."""
        given = self.arguments_of(op)
        env: dict[str, Value] = dict(unit.env)
        if isinstance(thing, (Code, Func)):
            env.update(thing.env)
        if isinstance(unit.node, cst.Lambda):
            for index, param in enumerate(unit.node.params.params):
                known = index < len(given.positional)
                value = given.positional[index] if known else UNKNOWN
                env[param.name.value] = given.keywords.get(param.name.value, value)
            return env
        function = unit.function
        if function is None:
            return None
        if isinstance(thing, Func) and thing.bound and function.parameters:
            given.positional.insert(0, self._receiver(thing, function))
        self._to_parameters(function, given, env)
        return env

    def _receiver(self, thing: Func, function: Function) -> Value:
        first = function.parameters[0]
        value = self.resolver.name(first.name, function.scope)
        on_class = any(isinstance(t, Klass) for t in value)
        return one(thing.this) if thing.this is not None and not on_class else value

    def _to_parameters(self, function: Function, given: Given, env: dict[str, Value]) -> None:
        values = given.positional
        named = [p for p in function.parameters if p.kind == "position"]
        for index, parameter in enumerate(function.parameters):
            name = parameter.name
            if parameter.kind == "args":
                extra: dict[object, Value] = dict(enumerate(values[len(named) :]))
                env[name] = self._collected_in("tuple", index, extra, given)
            elif parameter.kind == "kwargs":
                known = {p.name for p in function.parameters if p.kind in ("position", "keyword")}
                extra_names: dict[object, Value] = {
                    key: value for key, value in given.keywords.items() if key not in known
                }
                env[name] = self._collected_in("dict", index, extra_names, given)
            elif parameter in named and named.index(parameter) < len(values):
                env[name] = values[named.index(parameter)]
            elif name in given.keywords:
                env[name] = given.keywords[name]
            else:
                env[name] = self._default(function, parameter, given)
            env[name] = self._annotated(function, parameter, env[name])

    def constants_of(self, function: Function, op: ops.Call, *, bound: bool) -> dict[str, Const]:
        """The parameters of a function that hold constants at a call; bound: without the first."""
        given = self.arguments_of(op)
        given.positional[:0] = [UNKNOWN] * bound
        named = [p.name for p in function.parameters if p.kind == "position"]
        values = {**dict(zip(named, given.positional, strict=False)), **given.keywords}
        found: dict[str, Const] = {}
        for parameter in function.parameters:
            if parameter.kind in ("args", "kwargs"):
                continue
            value = values.get(parameter.name)
            if value is None:
                value = self._default(function, parameter, given)
            match tuple(value):
                case (Const() as const,):
                    found[parameter.name] = const
        return found

    def _collected_in(
        self, kind: str, index: int, held: dict[object, Value], given: Given
    ) -> Value:
        """The tuple or dict that takes the arguments which no parameter names."""
        if given.open:
            return UNKNOWN
        items = frozenset(t for value in held.values() for t in value if isinstance(t, Obj))
        record = Record(kind, origin="container", items=items, keyed=tuple(held.items()))
        return one(self.state.make(of_parameter(self.depth + 1, index), record))

    def _default(self, function: Function, parameter: Parameter, given: Given) -> Value:
        if given.open or parameter.default is None:
            return UNKNOWN
        home = function.scope.parent or function.scope
        value = self.resolver.shape(parameter.default, home)
        return UNKNOWN if any(isinstance(t, Made) for t in value) else value

    def _annotated(self, function: Function, parameter: Parameter, value: Value) -> Value:
        """An argument that nothing is known of is at least what the parameter is declared to be."""
        if value != UNKNOWN or parameter.kind in ("args", "kwargs"):
            return value
        declared = self.resolver.name(parameter.name, function.scope)
        plain = all(isinstance(t, (Inst, Klass, Const)) for t in declared)
        return declared if plain else UNKNOWN
