"""Cures reuse where a call cannot move: the variable holds a function that makes the object."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.calling import is_maker, meanings, uses_up
from asynclint.fixes.imports import reach
from asynclint.fixes.iterators import holds_iterator, makes_iterator
from asynclint.fixes.kit import Kit
from asynclint.fixes.multiplied import put_call
from asynclint.fixes.variables import goes_into_container, held, is_consumed
from asynclint.fixes.wrapper import value_of


def called_later(kit: Kit, call: cst.Call) -> Fix | None:
    """`job = fetch(url)` becomes `job = functools.partial(fetch, url)`, and `job` becomes `job()`.

    The arguments are evaluated when and as often as before. None unless all that the variable is
    assigned are such calls, and all its uses consume the object or put it into a container.
    """
    variable = held(kit, call)
    if variable is None or not variable.loads:
        return None
    calls = [statement.value for statement in variable.statements]
    known = [made for made in calls if isinstance(made, cst.Call) and is_maker(kit, made)]
    plain = all(isinstance(statement, cst.Assign) for statement in variable.statements)
    if len(known) < len(calls) or not plain:
        return None
    parts = [as_function(kit, made) for made in known]
    own = frozenset({variable.name})
    for load in variable.loads:
        consumed = any(is_consumed(kit, made, load.node) for made in known)
        if not consumed and not goes_into_container(kit, load.node):
            return None
        edit = put_call(kit, load.node, f"{variable.name}()", own)
        parts.append((edit,) if edit is not None else None)
    edits = [part for part in parts if part is not None]
    if len(edits) < len(parts):
        return None
    message = f"Call `{variable.name}()` anew each time; unsafe, as it does its work again"
    return Fix(Applicability.UNSAFE, message, tuple(dict.fromkeys(sum(edits, ()))))


def as_function(kit: Kit, call: cst.Call, *, lazily: bool = False) -> tuple[Edit, ...] | None:
    """Turns a call into what makes it when it is called without arguments.

    lazily: the names in it may as well be read then; so a lambda will do where it gives the same.
    Else the arguments are evaluated where they stand.
    """
    if uses_up(kit, call) or call.func.lpar:
        return None
    callee = kit.text(call.func)
    if not call.args:
        return (kit.replace(call, callee),)
    if lazily and meanings(kit, call) is not None:
        return (kit.insert_before(call, "lambda: "),)
    if any(_is_used_up(kit, arg.value) for arg in call.args if not arg.star):
        return None
    if _takes_awaitables(kit, call) and any(isinstance(arg.value, cst.Call) for arg in call.args):
        return None  # what the inner call makes is used up by the first of the outer ones
    row = kit.range(call)[0].row
    reached = reach(kit.source, kit.tree, "functools.partial", line=row)
    if reached.spelling is None:
        return None
    arguments = kit.source.text[kit.span(call.func)[1] : kit.span(call)[1]].lstrip()[1:]
    gap = "" if arguments[:1].isspace() else " "
    edit = kit.replace(call, f"{reached.spelling}({callee},{gap}{arguments}")
    return (edit, *reached.edits)


def _is_used_up(kit: Kit, argument: cst.BaseExpression) -> bool:
    """Whether an argument is an object that can be used up, made here or before."""
    if makes_iterator(kit, argument) or holds_iterator(kit, argument):
        return True
    return isinstance(argument, cst.Call) and is_maker(kit, argument)


def _takes_awaitables(kit: Kit, call: cst.Call) -> bool:
    """Whether a library's function is called that uses up an argument: `wait_for(job, 1)`."""
    facts = [kit.program.resolver.fact_of(thing) for thing in value_of(kit, call.func)]
    return any(fact is not None and fact.consumes for fact in facts)
