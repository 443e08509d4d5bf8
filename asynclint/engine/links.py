"""Which files a run of `fix` may write: no file that nobody gave is reached through a link."""

# Paths are strings here, as in `discovery`.
# ruff: noqa: PTH114

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asynclint.engine.discovery import Candidate


def written_and_read(files: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """The files that may be written, and those that are only looked at; the order stays.

    A symbolic link that was named stands for its target. One that was met in a folder is only
    looked at: its target may lie anywhere, or be excluded. Of several paths that lead to one file
    the first one counts, and the file's own rather than a link's; the others are in neither list,
    as what was repaired under one path has changed underfoot for the next.
    """
    links = [each for each in files if os.path.islink(each.path)]
    met = {each.path for each in links if not each.named}
    linked = {each.path for each in links}
    kept: dict[str, Candidate] = {}
    for each in sorted(files, key=lambda file: (file.path in linked, file.path in met)):
        kept.setdefault(os.path.realpath(each.path), each)
    paths = {each.path for each in kept.values()}
    ours = [each for each in files if each.path in paths]
    return [e for e in ours if e.path not in met], [e for e in ours if e.path in met]
