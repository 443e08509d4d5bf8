"""Holds the positions and names that a fact gives against the parameters that a callable has."""
# ruff: noqa: INP001 - stands beside the scripts that use it

from __future__ import annotations

import ast
from collections.abc import Iterator
from inspect import Parameter

from asynclint.facts import DECORATED, Calls, Consumes, Fact


def of_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[Parameter]:
    """The parameters of a `def`, all of them."""
    named = node.args.args
    found = [Parameter(a.arg, Parameter.POSITIONAL_ONLY) for a in node.args.posonlyargs]
    found += [Parameter(a.arg, Parameter.POSITIONAL_OR_KEYWORD) for a in named]
    if node.args.vararg is not None:
        found.append(Parameter(node.args.vararg.arg, Parameter.VAR_POSITIONAL))
    found += [Parameter(a.arg, Parameter.KEYWORD_ONLY) for a in node.args.kwonlyargs]
    if node.args.kwarg is not None:
        found.append(Parameter(node.args.kwarg.arg, Parameter.VAR_KEYWORD))
    return found


def parameter_complaints(fact: Fact, known: list[Parameter]) -> Iterator[str]:
    """What the parameters, without `self`, say against the positions and names of a fact."""
    entries: tuple[Consumes | Calls, ...] = (*fact.consumes, *fact.calls)
    for entry in entries:
        yield from _entry_complaints(entry, known)
    places = (*fact.iterates, *fact.elements, *fact.stores, *fact.reads)
    for at in (*places, fact.argument) if fact.returns == "argument" else places:
        if _at(at, known) is None:
            yield f"has no parameter {at}"


def _entry_complaints(entry: Consumes | Calls, known: list[Parameter]) -> Iterator[str]:
    if entry.at == DECORATED:
        return
    if entry.at < 0:
        keywords = [p for p in known if p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD)]
        if not any(p.name == entry.name or p.kind is p.VAR_KEYWORD for p in keywords):
            yield f"has no keyword-only parameter {entry.name}"
        return
    parameter = _at(entry.at, known)
    if parameter is None:
        yield f"has no parameter {entry.at}"
    elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
        if parameter.name != entry.name:
            yield f"parameter {entry.at} is called {parameter.name}, not {entry.name!r}"
    elif entry.name:
        yield f"parameter {entry.at} cannot be given as {entry.name}="
    among_args = parameter is not None and parameter.kind is parameter.VAR_POSITIONAL
    if isinstance(entry, Consumes):
        starts = among_args and known.index(parameter) == entry.at if parameter else False
        if starts != (entry.spread == "args"):
            yield f"has no *args at {entry.at}" if not starts else f"{entry.at} is *args"
    elif among_args and parameter and known.index(parameter) != entry.at:
        yield f"parameter {entry.at} is one of *args"
    if isinstance(entry, Calls) and entry.arguments >= 0:
        passed = _at(entry.arguments, known)
        if entry.packed and (passed is None or passed.name != entry.packed):
            yield f"parameter {entry.arguments} is not {entry.packed}"
        if not entry.packed and (passed is None or passed.kind is not passed.VAR_POSITIONAL):
            yield f"has no *args at {entry.arguments}"


def _at(position: int, known: list[Parameter]) -> Parameter | None:
    """The parameter that takes the argument at a position (-1: any), None if none does."""
    if position < 0:
        return known[0] if known else None
    named = [p for p in known if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if position < len(named):
        return named[position]
    return next((p for p in known if p.kind is p.VAR_POSITIONAL), None)
