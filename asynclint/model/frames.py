"""Frames: one application of a function, with what its names stand for in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from asynclint.model.declared import Function
from asynclint.model.values import Value


@dataclass(slots=True, eq=False)
class Frame:
    """A function as it is applied to arguments.

    names: what its parameters, and free names of functions around it, stand for. busy: local names
    that are being looked up.
    """

    function: Function
    names: Mapping[str, Value]
    busy: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call; `complete` unless some may have been left out (`*args`)."""

    positional: Sequence[Value] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict)
    complete: bool = True
