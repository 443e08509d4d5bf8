"""JSON in ruff's shape, so that what reads ruff reads us; `related` and `group` are ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asynclint.engine.troubles import TROUBLE_GROUP
from asynclint.report.outcome import absolute
from asynclint.source.noqa import Suppressions

if TYPE_CHECKING:
    from asynclint.findings import Edit, Finding, Fix, Place, Position
    from asynclint.report.outcome import Outcome
    from asynclint.source.text import Source


def render(outcome: Outcome) -> str:
    """A list with one object a finding."""
    comments = {path: Suppressions.of(source) for path, source in outcome.sources.items()}
    objects = [
        _finding(each, outcome.sources.get(each.path), comments.get(each.path))
        for each in outcome.findings
    ]
    return json.dumps(objects, indent=2) + "\n"


def _finding(
    finding: Finding, source: Source | None, comments: Suppressions | None
) -> dict[str, Any]:
    return {
        "cell": None,
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "filename": absolute(finding.path),
        "location": _position(finding.start),
        "end_location": _position(finding.end),
        "url": finding.url,
        "fix": None if finding.fix is None or source is None else _fix(finding.fix, source),
        "related": [_place(each) for each in finding.related],
        "group": _group(finding),
        "noqa_row": _noqa_row(finding, comments),
    }


def _group(finding: Finding) -> str:
    """The place of the cause, `path:row:column`: the same for findings that are one story."""
    path, start = finding.cause
    return f"{absolute(path)}:{start.row}:{start.column}"


def _noqa_row(finding: Finding, comments: Suppressions | None) -> int | None:
    """The row where a `# noqa` would hide the finding; None where no comment can."""
    if comments is None or finding.code.startswith(TROUBLE_GROUP):
        return None
    return comments.comment_row(finding.start.row)


def _position(position: Position) -> dict[str, int]:
    return {"row": position.row, "column": position.column}


def _fix(fix: Fix, source: Source) -> dict[str, Any]:
    """A fix; of one that edits other files too their names, and no edits: half of it does harm."""
    told: dict[str, Any] = {"applicability": fix.applicability.value, "message": fix.message}
    if fix.spreads:
        files = sorted({absolute(each.path or source.path) for each in fix.edits})
        return {**told, "edits": [], "files": files}
    return {**told, "edits": [_edit(each, source) for each in fix.edits]}


def _edit(edit: Edit, source: Source) -> dict[str, Any]:
    return {
        "content": edit.text,
        "location": _position(source.position(edit.start)),
        "end_location": _position(source.position(edit.end)),
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "message": place.message,
        "filename": absolute(place.path),
        "location": _position(place.start),
        "end_location": _position(place.end),
    }
