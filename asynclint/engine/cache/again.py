"""Checks what changed since the last run, and what rests on it; makes what the next run is told."""

# Paths are strings here, as in the discovery.
# ruff: noqa: PTH100

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from asynclint.engine.cache.changes import Changes, changes
from asynclint.engine.cache.findings_json import finding_to, source_to
from asynclint.engine.cache.kept import Grounds, Outcome
from asynclint.engine.cache.signatures import UNKNOWN, settled_signature
from asynclint.engine.discovery import discover
from asynclint.engine.result import Examined
from asynclint.engine.run import check_file, lost, start_of_run
from asynclint.engine.workspace import Workspace
from asynclint.model.asked import UNREAD, UNSETTLED, Asked, Notes, settled
from asynclint.model.finder import Finder, Roots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asynclint.engine.discovery import Candidate, Discovered
    from asynclint.engine.result import RunResult
    from asynclint.engine.run import Manner
    from asynclint.engine.settings import Settings


@dataclass(frozen=True)
class Known:
    """What an earlier run of the same settings left."""

    outcome: Outcome
    grounds: Grounds


def check_again(
    paths: Iterable[str], settings: Settings, manner: Manner, known: Known | None
) -> tuple[RunResult, Record | None]:
    """The result of a run, and what is to be kept of it; nothing where a path is missing."""
    found = discover(paths, settings, force_exclude=manner.force_exclude)
    result = start_of_run(found, settings)
    changed = Changes()
    roots = Roots(settings.root, settings.src, settings.site)
    if known is not None:
        changed = changes(known.outcome, known.grounds, roots)
    held = _held(known, changed)
    files = [each for each in found.files if each.path not in held]
    work = partial(_check_and_note, settings=settings, workspace=Workspace(settings, asked=Asked()))
    notes = Notes()
    for examined, new in manner.each(work, files, _lost):
        held[examined.path] = examined
        notes.add(new)
    done = [held[each.path] for each in found.files]
    for examined in done:
        result.add(examined)
    result.sort()
    if found.failures or found.findings:
        return result, None
    grounds = _grounds(known, changed, notes)
    before = Grounds() if known is None else known.grounds
    is_library = Finder(roots).is_library
    grounds.old = before.old.now(grounds.texts, before.texts, lambda path: not is_library(path))
    return result, Record(done, grounds, _folders(known, found, notes))


@dataclass
class Record:
    """What is to be kept of a run: what became of each file, and on what that rests."""

    done: list[Examined]
    grounds: Grounds
    folders: list[str]

    def parts(self, began: int, environment: list[Any]) -> tuple[bytes, bytes]:
        """Both parts as they are written; began: when the run did, in ns."""
        grounds = self.grounds
        told: list[list[Any]] = []
        for examined in self.done:
            text = None if examined.source is None else source_to(examined.source)
            if examined.failure is not None or (text is None and examined.source is not None):
                grounds.texts[os.path.abspath(examined.path)] = UNSETTLED
                continue
            grounds.checked.append(examined.path)
            if examined.findings or examined.notes:
                findings = [finding_to(each) for each in examined.findings]
                told.append([examined.path, findings, text, examined.notes])
        texts = list(grounds.texts)
        signatures: list[int] = []
        for path, digest in grounds.texts.items():
            sure = digest != UNSETTLED
            signatures += settled_signature(path, began) if sure else UNKNOWN
        for folder in self.folders:
            signatures += settled_signature(folder, began)
        files = len(self.done)
        outcome = Outcome(environment, texts, self.folders, signatures, told, files)
        return outcome.to_bytes(), grounds.to_bytes()


def _held(known: Known | None, changed: Changes) -> dict[str, Examined]:
    """What became of the files of which the last run's results still hold, by path."""
    if known is None:
        return {}
    gone = changed.stale | changed.again
    checked = (p for p in known.grounds.checked if os.path.abspath(p) not in gone)
    held = {path: Examined(path) for path in checked}
    told = (each for each in known.outcome.examined() if each.path in held)
    held.update((each.path, each) for each in told)
    return held


def _check_and_note(
    candidate: Candidate, settings: Settings, workspace: Workspace
) -> tuple[Examined, Notes]:
    asked = workspace.asked
    if asked is None:
        raise ValueError(workspace)
    examined = check_file(candidate, settings, workspace)
    return examined, asked.take()


def _lost(candidate: Candidate) -> tuple[Examined, Notes]:
    return lost(candidate), Notes()


def _grounds(known: Known | None, changed: Changes, notes: Notes) -> Grounds:
    """On what the results rest now: what still holds of the last run's, and what this one asked."""
    grounds = Grounds()
    if known is not None:
        old, stale = known.grounds, changed.stale
        grounds.texts = {**old.texts, **changed.texts}
        for path in changed.texts:
            if changed.texts[path] == UNREAD:  # most likely it is gone
                del grounds.texts[path]
        grounds.leads = {path: set(led) for path, led in old.leads.items() if path not in stale}
        for question, askers in old.askers.items():
            if remaining := askers - stale:
                grounds.askers[question] = remaining
                answer = changed.answers.get(question, old.answers[question])
                grounds.answers[question] = answer
        gone = stale | changed.again
        grounds.bodies = {path: read for path, read in old.bodies.items() if path not in gone}
    grounds.bodies.update(notes.bodies)
    for path, digest in notes.texts.items():
        grounds.texts[path] = settled(grounds.texts.get(path, UNREAD), digest)
    for path, other in notes.leads:
        grounds.leads.setdefault(path, set()).add(other)
    for question, answer in notes.answers.items():
        if grounds.answers.setdefault(question, answer) != answer:
            grounds.answers[question] = UNSETTLED
    for question, asker in notes.askers:
        grounds.askers.setdefault(question, set()).add(asker)
    return grounds


def _folders(known: Known | None, found: Discovered, notes: Notes) -> list[str]:
    before = () if known is None else known.outcome.folders
    return list(dict.fromkeys((*before, *found.folders, *sorted(notes.folders))))
