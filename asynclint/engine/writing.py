"""Writes repaired files: those that one fix has edited all together, or none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.engine.repaired import Repaired
from asynclint.engine.result import Examined
from asynclint.findings import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def write_repaired(
    repaired: Sequence[Repaired], together: Iterable[frozenset[str]]
) -> list[Repaired]:
    """Writes what has changed; a file that could not be written is a Failure, and as it was.

    together: sets of paths that belong together. The result is in the order of `repaired`.
    """
    changed = {each.change.path: each for each in repaired if each.change is not None}
    failures: dict[str, Failure] = {}
    for group in _groups(changed, together):
        failures.update(_write([changed[path] for path in group]))
    return [
        Repaired(Examined(each.examined.path, failure=failure))
        if (failure := failures.get(each.examined.path))
        else each
        for each in repaired
    ]


def _groups(paths: Iterable[str], together: Iterable[frozenset[str]]) -> list[list[str]]:
    """The paths in groups: what several sets share brings these together."""
    group_of: dict[str, set[str]] = {path: {path} for path in paths}
    for linked in together:
        merged = set[str]().union(*(group_of[path] for path in linked if path in group_of))
        for path in merged:
            group_of[path] = merged
    groups = {id(group): group for group in group_of.values()}
    return [sorted(group) for group in groups.values()]


def _write(group: Sequence[Repaired]) -> dict[str, Failure]:
    """Writes the files of one group; why they are not, by path, if one of them cannot be."""
    # Imported here, as a run that repairs nothing does without it.
    from asynclint.source.write import NotWritten, write_together

    texts = [(each.before, each.after.text) for each in group if each.before and each.after]
    try:
        write_together(texts)
    except NotWritten as error:
        return {source.path: _failure(source.path, error.path, error.reason) for source, _ in texts}
    return {}


def _failure(path: str, culprit: str, reason: str) -> Failure:
    because = reason if path == culprit else f"{culprit} {reason}"
    return Failure(path, f"not fixed: {because}")
