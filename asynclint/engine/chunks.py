"""Cuts the files of a run into pieces of work of about the same size."""

# Paths are strings here, as in the discovery.
# ruff: noqa: PTH202

from __future__ import annotations

import os
from collections.abc import Sequence

#: Chunks for each process: enough that none waits long for the others at the end.
_FOR_EACH = 8
#: Bytes of a chunk: to be interrupted, a run waits for those that have begun.
_LARGEST = 250_000


def sizes_of(paths: Sequence[str]) -> list[int]:
    """The size of each file in bytes; 0 where it is not known."""
    return [_size(path) for path in paths]


def chunks(sizes: Sequence[int], processes: int) -> list[range]:
    """Ranges of indices that cover all items, the largest first.

    Neighbours stay together: files of one folder use one another, and what a process knows of a
    file it need not find out again.
    """
    most = min(_LARGEST, sum(sizes) // (processes * _FOR_EACH))
    made: list[range] = []
    start = weight = 0
    for index, size in enumerate(sizes):
        if weight and weight + size > most:
            made.append(range(start, index))
            start, weight = index, 0
        weight += size + 1  # an empty file is some work, too
    if start < len(sizes):
        made.append(range(start, len(sizes)))
    return sorted(made, key=lambda each: sum(sizes[i] for i in each), reverse=True)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except (OSError, ValueError):
        return 0
