"""Findings and texts as plain lists, for JSON, and back."""

from __future__ import annotations

from typing import Any

from asynclint.findings import Applicability, Edit, Finding, Fix, Place, Position
from asynclint.source.text import Source


def finding_to(finding: Finding) -> list[Any]:
    """A finding as a list."""
    return [
        *(finding.code, finding.name, finding.message, finding.path),
        *_range(finding.start, finding.end),
        [_place_to(each) for each in finding.related],
        None if finding.fix is None else _fix_to(finding.fix),
        None if finding.root is None else _place_to(finding.root),
    ]


def finding_from(told: list[Any]) -> Finding:
    """The finding in a list."""
    code, name, message, path, row, column, last_row, last_column, related, fix, root = told
    return Finding(
        *(code, name, message, path, Position(row, column), Position(last_row, last_column)),
        tuple(_place_from(each) for each in related),
        None if fix is None else _fix_from(fix),
        None if root is None else _place_from(root),
    )


def source_to(source: Source) -> list[str] | None:
    """A text as a list; None where its bytes do not follow from it."""
    try:
        data = source.bom + source.text.encode(source.encoding)
    except ValueError:
        return None
    if data != source.data:
        return None
    return [source.path, source.text, source.encoding, source.bom.decode("latin-1")]


def source_from(told: list[str]) -> Source:
    """The text in a list."""
    path, text, encoding, mark = told
    bom = mark.encode("latin-1")
    return Source(path, bom + text.encode(encoding), text, encoding, bom)


def _range(start: Position, end: Position) -> list[int]:
    return [start.row, start.column, end.row, end.column]


def _place_to(place: Place) -> list[Any]:
    return [place.path, *_range(place.start, place.end), place.message]


def _place_from(told: list[Any]) -> Place:
    path, row, column, last_row, last_column, message = told
    return Place(path, Position(row, column), Position(last_row, last_column), message)


def _fix_to(fix: Fix) -> list[Any]:
    edits = [[each.start, each.end, each.text, each.path] for each in fix.edits]
    otherwise = None if fix.otherwise is None else _fix_to(fix.otherwise)
    return [fix.applicability.value, fix.message, edits, otherwise]


def _fix_from(told: list[Any]) -> Fix:
    applicability, message, edits, otherwise = told
    return Fix(
        Applicability(applicability),
        message,
        tuple(Edit(*each) for each in edits),
        None if otherwise is None else _fix_from(otherwise),
    )
