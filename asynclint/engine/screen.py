"""Which functions could hold a finding, and which lead to one: what their names stand for decides.

A body is analysed if it has a coroutine object, an async generator or an event loop at hand, or
calls what starts a loop. A coroutine function that is called and awaited on the spot is none of
that: most of a program is passed over here, and its text is not even parsed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from asynclint.engine.reach import Reach
from asynclint.engine.sight import Look, Sight
from asynclint.engine.telling import Telling
from asynclint.facts import DECORATED, Kind
from asynclint.model.components import components
from asynclint.model.declared import Function, Module, Scope
from asynclint.model.loose import MODULE, Loose, Place, loose_names
from asynclint.model.project import parsed
from asynclint.model.resolve import Resolver
from asynclint.model.values import Func, Made, Value


class Screen:
    """Looks at bodies, and at what they call, once each."""

    def __init__(self, resolver: Resolver, reach: Reach) -> None:
        self._resolver = resolver
        self._reach = reach
        self._telling = Telling(resolver)
        self._loose: dict[Module, dict[Place, Loose]] = {}
        self._sights: dict[Function, Sight] = {}
        self._starts: dict[Function, bool] = {}
        self._spends: dict[Function, bool] = {}
        self._keeps: dict[Function, bool] = {}

    # answers ----------------------------------------------------------------------------------

    def may_hold(self, function: Function) -> bool:
        """Whether a function could hold a finding."""
        return self._declares(function) or self._shows(self._sight(function))

    def body_may_hold(self, module: Module) -> bool:
        """Whether the module's own statements could."""
        loose = self._names(module).get(MODULE)
        return loose is None or self._shows(self._look(loose, module.scope))

    def leads(self, function: Function) -> bool:
        """Whether callers have to know what a function does."""
        return self._starts_loop(function) or self._spends_given(function) or self._leaves(function)

    def _shows(self, sight: Sight) -> bool:
        return (
            sight.holds
            or any(map(self._starts_loop, sight.runs))
            or any(map(self._spends_given, sight.given))
            or any(map(self._leaves, sight.calls))
        )

    def _leaves(self, function: Function) -> bool:
        return self._reaches(function, self._keeps, lambda s: s.keeps, lambda s: s.calls)

    def _starts_loop(self, function: Function) -> bool:
        return self._reaches(function, self._starts, lambda s: s.starts, lambda s: s.runs)

    def _spends_given(self, function: Function) -> bool:
        return self._reaches(function, self._spends, lambda s: s.spends, lambda s: s.passes)

    def _reaches(
        self,
        start: Function,
        known: dict[Function, bool],
        wanted: Callable[[Sight], bool],
        followed: Callable[[Sight], Iterable[Function]],
    ) -> bool:
        """Whether a function, or one that it leads to, is such a one."""

        def callees(function: Function) -> Iterable[Function]:
            return followed(self._sight(function))

        if start not in known:
            for group in components(start, callees, known):
                found = any(
                    wanted(self._sight(each)) or any(known.get(f, False) for f in callees(each))
                    for each in group
                )
                known.update(dict.fromkeys(group, found))
        return known[start]

    # declarations -----------------------------------------------------------------------------

    def _declares(self, function: Function) -> bool:
        """Whether the declaration itself could be wrong, or make of the function what counts."""
        resolver = self._resolver
        home = function.scope.parent or function.scope
        for parameter in function.parameters:
            default = parameter.default
            if default is not None and self._makes(resolver.shape(default, home)):
                return True
        if function.decorators:
            outcome = resolver.decoration(function)
            wrapped = any(isinstance(t, Func) and t.function is not function for t in outcome.value)
            if outcome.cached_by or wrapped or self._is_handed_over(function):
                return True
        if function.owner is None:
            return False
        if function.kind is Kind.COROUTINE and resolver.hooks.plain_caller(function):
            return True
        return bool(resolver.protocols.makes(function)) and (
            function.name == "__aiter__" or resolver.protocols.mismatch(function) is not None
        )

    def _is_handed_over(self, function: Function) -> bool:
        """Whether a decorator hands a coroutine function to somebody who calls it."""
        if function.kind is not Kind.COROUTINE:
            return False
        facts = self._resolver.decorator_facts(function)
        return any(calls.at == DECORATED for fact in facts for calls in fact.calls)

    @staticmethod
    def _makes(value: Value) -> bool:
        return any(isinstance(thing, Made) for thing in value)

    # bodies -----------------------------------------------------------------------------------

    def _sight(self, function: Function) -> Sight:
        if function not in self._sights:
            self._sights[function] = Sight()
            module = function.scope.module
            if not module.library:
                loose = self._names(module).pop((function.def_line, function.column), None)
                if loose is not None:
                    self._sights[function] = self._look(loose, function.scope, function)
        return self._sights[function]

    def know(self, module: Module, tree: ast.Module) -> None:
        """Takes the tree of a module that is going to be asked about."""
        if module not in self._loose:
            self._loose[module] = loose_names(tree)

    def _names(self, module: Module) -> dict[Place, Loose]:
        if module not in self._loose:
            tree = parsed(self._resolver.project.source(module))
            self._loose[module] = loose_names(tree) if tree is not None else {}
        return self._loose[module]

    def _look(self, loose: Loose, scope: Scope, function: Function | None = None) -> Sight:
        return Look(self._resolver, self._reach, self._telling, scope, function).at(loose)
