"""A run that starts from what an earlier one found."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from asynclint.engine.cache.folder import Entry, Folder
from asynclint.engine.cache.kept import Grounds, Outcome
from asynclint.engine.cache.seal import Seal
from asynclint.engine.environment import editable_folders, site_folders
from asynclint.engine.result import RunResult

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from asynclint.engine.cache.again import Known
    from asynclint.engine.run import Manner
    from asynclint.engine.settings import Settings


class Cache:
    """The results of earlier runs with the same options and configuration."""

    def __init__(self, folder: Folder, key: str) -> None:
        self._folder = folder
        self._key = key
        self._entry: Entry | None = folder.read(key)
        self._outcome = None if self._entry is None else Outcome.from_bytes(self._entry.first)

    @classmethod
    def of_user(cls, folder: Path, key: str) -> Cache | None:
        """The user's own results in a folder; None where there is no place for the user's seal."""
        seal = Seal.of_user()
        return None if seal is None else cls(Folder(folder, seal), key)

    def unchanged(self) -> RunResult | None:
        """The result of the last run, if nothing changed since; None otherwise.

        Files and folders are only asked for their status.
        """
        outcome = self._outcome
        if outcome is None or not _stands(outcome.environment) or not outcome.stands():
            return None
        result = RunResult()
        for examined in outcome.examined():
            result.add(examined)
        result.files = outcome.files
        result.sort()
        return result

    def check(self, paths: Iterable[str], settings: Settings, manner: Manner) -> RunResult:
        """Checks files and folders as `check_paths` does; what still holds is not done again."""
        # Imported here: it takes with it what a run needs in which nothing changed.
        from asynclint.engine.cache.again import check_again

        environment = _environment(settings)
        known = self._known(environment)
        began = self._folder.prepare()
        result, record = check_again(paths, settings, manner, known)
        if began is not None and record is not None:
            self._folder.write(self._key, *record.parts(began, environment))
        return result

    def _known(self, environment: list[Any]) -> Known | None:
        from asynclint.engine.cache.again import Known

        if self._entry is None or self._outcome is None:
            return None
        second = self._entry.second()
        if second is None or self._outcome.environment != environment:
            return None
        return Known(self._outcome, Grounds.from_bytes(second))


def _environment(settings: Settings) -> list[Any]:
    """The project's folder, where packages were looked for, and what was found."""
    return _found_now(settings.root, settings.python)


def _found_now(root: str, python: str) -> list[Any]:
    site = site_folders(python, root, os.environ)
    return [root, python, list(site), list(editable_folders(site, root))]


def _stands(environment: list[Any]) -> bool:
    root, python, *_ = environment
    return _found_now(root, python) == environment
