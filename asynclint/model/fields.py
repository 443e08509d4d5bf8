"""Fields of data classes and named tuples: what their generated constructors take.

library reference: dataclasses, "Module contents"; typing, `NamedTuple`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asynclint.model.declared import Assigned, Class
from asynclint.model.shapes import CallShape, Generic, Literal, Ref, Shape

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_DATACLASS = "dataclasses.dataclass"
_KEYWORDS_FROM_HERE = "KW_ONLY"
_NO_FIELD = ("ClassVar", "InitVar", _KEYWORDS_FROM_HERE)


@dataclass(frozen=True, slots=True)
class Fields:
    """What a constructor takes: names in order, and those that go by keyword only."""

    positional: tuple[str, ...]
    keyword: tuple[str, ...] = ()


def fields_of(resolver: Resolver, cls: Class) -> Fields | None:
    """The fields that the constructor of a class sets as they are; None if it is not generated.

    None, too, where a base is not known, or `__post_init__` may set them anew.
    """
    line = resolver.classes.line(cls)
    own = [each for each in line if isinstance(each, Class)]
    makers = ("__init__", "__new__", "__post_init__")
    if any(name in each.scope.bindings for each in own for name in makers):
        return None
    if "typing.NamedTuple" in line[1:2] and len(own) == 1:
        return _joined([_declared(cls)])
    if any(each is None or (isinstance(each, str) and not _says_nothing(each)) for each in line):
        return None
    if not _is_dataclass(resolver, cls):
        return None
    return _joined([_declared(each) for each in reversed(own) if _is_dataclass(resolver, each)])


def _says_nothing(base: str) -> bool:
    return base.startswith(("typing.", "abc.", "builtins.object"))


def _is_dataclass(resolver: Resolver, cls: Class) -> bool:
    home = cls.scope.parent or cls.scope
    for shape in cls.decorators:
        names = [fact.name for fact in resolver.decorator_facts_of(shape, home)]
        keywords = dict(shape.keywords) if isinstance(shape, CallShape) else {}
        if names == [_DATACLASS] and not keywords.keys() & {"init", "kw_only"}:
            return True
    return False


def _declared(cls: Class) -> list[tuple[str, bool]]:
    """The fields that a class body declares, with whether they go by keyword only."""
    found: list[tuple[str, bool]] = []
    keyword_only = False
    for name, bindings in cls.scope.bindings.items():
        first = bindings[0]
        if not isinstance(first, Assigned) or first.annotation is None:
            continue
        note = _last_name(first.annotation)
        keyword_only |= note == _KEYWORDS_FROM_HERE
        given = dict(first.shape.keywords) if isinstance(first.shape, CallShape) else {}
        if note not in _NO_FIELD and given.get("init") != Literal(False):
            found.append((name, keyword_only or given.get("kw_only") == Literal(True)))
    return found


def _joined(declared: list[list[tuple[str, bool]]]) -> Fields:
    """Those of all classes, the bases first; a field that is declared again keeps its place."""
    every: dict[str, bool] = {}
    for fields in declared:
        every.update(fields)
    positional = tuple(name for name, by_keyword in every.items() if not by_keyword)
    return Fields(positional, tuple(name for name, by_keyword in every.items() if by_keyword))


def _last_name(shape: Shape) -> str:
    base = shape.base if isinstance(shape, Generic) else shape
    return base.parts[-1] if isinstance(base, Ref) else ""
