"""A run over all files before another program asks for them one by one, as flake8 does.

Each process of such a program would have to read the whole of the analysed program for itself; a
run of our own reads it once, and starts from what the last one found.
"""

# Paths are strings here, as in the discovery.
# ruff: noqa: PTH100

from __future__ import annotations

import multiprocessing
import os
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asynclint.engine.cache.cached import Cache
from asynclint.engine.cache.folder import NAME
from asynclint.engine.cache.key import key_of
from asynclint.engine.cache.signatures import UNKNOWN, Signature, signature
from asynclint.engine.config_files import common_folder, files_around, root_of
from asynclint.engine.discovery import discover
from asynclint.engine.result import Examined, RunResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asynclint.engine.settings import Settings
    from asynclint.findings import Finding


@dataclass(frozen=True)
class Ahead:
    """What a run found, by absolute path, and how the files looked before it."""

    told: dict[str, Examined]
    signatures: dict[str, Signature]

    def of(self, path: str) -> Examined | None:
        """What became of a file; None where it was not of the run, or has changed since."""
        absolute = os.path.abspath(path)
        known = self.signatures.get(absolute, UNKNOWN)
        if known == UNKNOWN or signature(absolute) != known:
            return None
        return self.told.get(absolute) or Examined(path)


def run_ahead(
    paths: Sequence[str], settings: Settings, jobs: int | None, *, cached: bool
) -> Ahead | None:
    """Checks files and folders; None where that is left to those who ask for single files.

    jobs: number of processes, None to decide by the size of the files. cached: whether to start
    from what the last such run found, and to keep what this one does. A process that was started to
    do part of the work only looks whether that was kept.
    """
    found = [os.path.abspath(each.path) for each in discover(paths, settings).files]
    signatures = {path: signature(path) for path in found}
    cache = _cache(paths, settings) if cached else None
    result = None if cache is None else cache.unchanged()
    if result is None:
        if multiprocessing.parent_process() is not None:
            return None
        from asynclint.engine.run import Manner, check_paths

        result = check_paths(paths, settings, Manner(jobs), cache)
    return Ahead(_by_file(result), signatures)


def _cache(paths: Sequence[str], settings: Settings) -> Cache | None:
    given = {"ahead": list(paths), "settings": repr(settings)}
    try:
        folder = root_of(files_around(common_folder(paths))) / NAME
        return Cache.of_user(folder, key_of(given, {}))
    except OSError:
        return None


def _by_file(result: RunResult) -> dict[str, Examined]:
    findings: dict[str, list[Finding]] = defaultdict(list)
    for finding in result.findings:
        findings[finding.path].append(finding)
    failures = {failure.path: failure for failure in result.failures}
    return {
        os.path.abspath(path): Examined(path, tuple(findings[path]), failures.get(path))
        for path in findings.keys() | failures.keys()
    }
