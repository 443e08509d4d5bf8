"""Frames: one application of a function, with what its names stand for in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from asynclint.model.declared import Function
from asynclint.model.memory import Memory
from asynclint.model.values import Value


@dataclass(slots=True, eq=False)
class Frame:
    """A function as it is applied to arguments.

    names: what its parameters, and free names of functions around it, stand for. locals: what was
    found about the names that its body binds, which may depend on each other in circles.
    """

    function: Function
    names: Mapping[str, Value]
    locals: Memory[str, Value] = field(default_factory=Memory)


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call; `complete` unless some may have been left out (`*args`)."""

    positional: Sequence[Value] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict)
    complete: bool = True
