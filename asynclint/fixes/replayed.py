"""Cures helpers that await an argument again: they take a function, and all callers give one."""

from __future__ import annotations

from itertools import chain

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.annotating import as_factory
from asynclint.fixes.calling import is_maker, meanings
from asynclint.fixes.callsites import Site, sites
from asynclint.fixes.factory import as_function
from asynclint.fixes.kit import Kit
from asynclint.fixes.placing import moved
from asynclint.fixes.removing import removal
from asynclint.fixes.variables import Held, held, loads_of_parameter
from asynclint.flow.story import Consumption


def given_function(kit: Kit, entry: Consumption) -> Fix | None:
    """`await job` becomes `await job()` in the helper, and callers give it `lambda: work(1)`.

    None unless every mention of the helper in the project is a call, and what is given there can be
    made a function. Unsafe: callers outside of the project have to do the same.
    """
    function = kit.unit.function
    if function is None:
        return None
    for parameter in function.parameters:
        inside = _inside(kit, parameter.name, entry.node)
        if inside is not None:
            break
    else:
        return None
    known: list[tuple[Edit, ...]] = []
    for site in sites(kit, function) or ():
        given = _given(site, parameter.name)
        if given is None:
            return None
        known.append(kit.taken(site.kit, given))
    if not any(known):
        return None
    message = (
        f"Take a function as `{parameter.name}`; unsafe, as its work is then done again, "
        "and callers outside of the project must give a function too"
    )
    edits = tuple(dict.fromkeys((*inside, *chain(*known))))
    return Fix(Applicability.UNSAFE, message, edits)


# in the helper ------------------------------------------------------------------------------------


def _inside(kit: Kit, name: str, consumed: cst.BaseExpression) -> tuple[Edit, ...] | None:
    """The edits of the helper; None unless a parameter is what is consumed, and can be called."""
    param = _param(kit, name)
    loads = loads_of_parameter(kit, name)
    if param is None or loads is None or not _is_absent(param.default):
        return None
    spent = _spent(kit, loads)
    annotated = as_factory(kit, param.annotation)
    if spent is None or annotated is None or all(node is not consumed for node in spent):
        return None
    ends = [kit.span(node)[1] for node in spent]
    return (*(Edit(end, end, "()") for end in ends), *annotated)


def _param(kit: Kit, name: str) -> cst.Param | None:
    node = kit.unit.node
    if not isinstance(node, cst.FunctionDef):
        return None
    params = (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params)
    return next((param for param in params if param.name.value == name), None)


def _is_absent(default: cst.BaseExpression | None) -> bool:
    return default is None or (isinstance(default, cst.Name) and default.value == "None")


def _spent(kit: Kit, loads: tuple[cst.Name, ...]) -> list[cst.Name] | None:
    """The loads that consume the object, aliases followed; None if it is used in another way."""
    found: list[cst.Name] = []
    for node in loads:
        if any(entry.node is node for entry in kit.story.consumptions):
            found.append(node)
            continue
        if _is_looked_at(kit, node):
            continue
        alias = held(kit, node)
        if alias is None or len(alias.statements) > 1:
            return None
        more = _spent(kit, tuple(load.node for load in alias.loads))
        if more is None:
            return None
        found += more
    return found


def _is_looked_at(kit: Kit, node: cst.Name) -> bool:
    """Whether it is only asked whether there is something: `job is None`, `if job:`."""
    above = kit.parent(node)
    if isinstance(above, cst.Comparison) and len(above.comparisons) == 1:
        return isinstance(above.comparisons[0].operator, cst.Is | cst.IsNot)
    return isinstance(above, cst.If) and above.test is node


# in its callers -----------------------------------------------------------------------------------


def _given(site: Site, name: str) -> tuple[Edit, ...] | None:
    """The edits of one caller; () where it gives nothing."""
    try:
        argument = site.argument(name)
    except LookupError:
        return None
    if argument is None or _is_absent(argument.value):
        return ()
    kit, value = site.kit, argument.value
    if isinstance(value, cst.Call):
        made = is_maker(kit, value)
        return as_function(kit, value, lazily=site.is_waited_for) if made else None
    variable = _variable(kit, value)
    if variable is None or len(variable.statements) > 1 or len(variable.loads) > 1:
        return None
    call = variable.statements[0].value
    if not isinstance(call, cst.Call):
        return None
    read = meanings(kit, call)
    gone = removal(kit, variable.statements[0])
    if read is None or gone is None or not read.isdisjoint(variable.loads[0].changed):
        return as_function(kit, call)
    text = moved(kit, call, value)
    if text is None or not site.is_waited_for:
        return as_function(kit, call)
    return (kit.replace(value, f"lambda: {text}" if call.args else kit.text(call.func)), gone)


def _variable(kit: Kit, node: cst.BaseExpression) -> Held | None:
    """The variable that is read at a node, where it holds a coroutine object."""
    for life in kit.story.lives:
        made = life.subject.made
        variable = held(kit, made) if isinstance(made, cst.Call) and is_maker(kit, made) else None
        if variable is not None and any(load.node is node for load in variable.loads):
            return variable
    return None
