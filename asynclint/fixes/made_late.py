"""Cures a coroutine object that is lost on some path: makes it only where it is consumed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Kind
from asynclint.findings import Applicability, Fix
from asynclint.fixes.fresh_call import calls_in_place
from asynclint.fixes.kit import Kit
from asynclint.model.values import Func

if TYPE_CHECKING:
    from asynclint.flow.story import Life

_FIXED = (cst.Name, cst.BaseNumber, cst.SimpleString)


def made_where_consumed(kit: Kit, life: Life) -> Fix | None:
    """Moves the call that makes the object from a variable to the places that consume it.

    Safe where the call is one of a coroutine function of this file, by its name, with names and
    constants for arguments: until it is awaited, it does nothing.
    """
    call = life.op.node
    fix = calls_in_place(kit, call) if isinstance(call, cst.Call) else None
    if fix is None or not isinstance(call, cst.Call):
        return None
    by = life.subject.by
    plain = isinstance(by, Func) and by.function.kind is Kind.COROUTINE
    known = plain and isinstance(call.func, cst.Name) and _are_fixed(call)
    message = "Make the coroutine object where it is consumed"
    if known:
        return replace(fix, applicability=Applicability.SAFE, message=message)
    return replace(fix, message=f"{message}; unsafe, as its arguments are then evaluated later")


def _are_fixed(call: cst.Call) -> bool:
    """Whether the arguments are the same objects whenever the call is made."""
    return all(isinstance(arg.value, _FIXED) for arg in call.args)
