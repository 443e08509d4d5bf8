"""The part of a run of `fix` in which fixes edit several files: in this process, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asynclint.engine.depth import room_for_depth
from asynclint.engine.examine import visible
from asynclint.engine.failures import failure_of
from asynclint.engine.parsing import no_warnings
from asynclint.engine.reading import read
from asynclint.engine.repaired import Repaired
from asynclint.engine.result import Examined
from asynclint.findings import Applicability, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asynclint.engine.discovery import Candidate
    from asynclint.engine.repaired import How
    from asynclint.engine.settings import Settings
    from asynclint.engine.spreading import Spread
    from asynclint.source.text import Source

Together = list[frozenset[str]]


def repair_across(
    repaired: Sequence[Repaired], files: Iterable[Candidate], settings: Settings, how: How
) -> tuple[list[Repaired], Together]:
    """What becomes of files by the fixes that edit several of them, and which belong together.

    repaired: what fixes of single files have made of them. files: those that may be edited; no
    other is. An internal error is a Failure of the first file that has such a fix, and leaves all
    as `repaired` has it.
    """
    levels = Applicability.applied(unsafe=how.unsafe)
    waiting = [each for each in repaired if _spreads(each, levels)]
    if not waiting:
        return list(repaired), []
    # Imported here, because it takes libcst with it.
    from asynclint.engine.spreading import spread

    allowed = {each.path: each for each in files}
    originals = {each.before.path: each.before for each in repaired if each.before is not None}

    def more(path: str) -> Source | None:
        found = read(allowed[path]) if path in allowed else None
        if found is None or isinstance(found, Finding):
            return None
        originals[path] = found
        return found

    known = [each for each in repaired if each.after is not None]
    texts = {each.examined.path: each.after for each in known if each.after is not None}
    findings = {each.examined.path: each.examined.findings for each in known}
    try:
        with room_for_depth(), no_warnings():
            outcome = spread(texts, findings, settings, unsafe=how.unsafe, read=more)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic in libcst's native part is no Exception
        path = waiting[0].examined.path
        failed = Repaired(Examined(path, failure=failure_of(error, path)))
        return [failed if each is waiting[0] else each for each in repaired], []
    spread_out = [_with(each, outcome, originals) for each in repaired]
    return [*spread_out[:-1], _noted(spread_out[-1], outcome.notes)], outcome.together


def _spreads(repaired: Repaired, levels: frozenset[Applicability]) -> bool:
    fixes = (finding.fix for finding in repaired.examined.findings)
    return any(fix is not None and fix.spreads and fix.applicability in levels for fix in fixes)


def _with(repaired: Repaired, outcome: Spread, originals: dict[str, Source]) -> Repaired:
    """What became of a file in the end."""
    path = repaired.examined.path
    if path not in outcome.findings:
        return repaired
    after = outcome.texts[path]
    shown = visible(outcome.findings[path], after)
    notes = repaired.examined.notes
    examined = Examined(path, shown, source=after if shown else None, notes=notes)
    applied = repaired.applied + outcome.applied.get(path, 0)
    return Repaired(examined, originals[path], after, applied, repaired.notes)


def _noted(repaired: Repaired, notes: Iterable[str]) -> Repaired:
    return Repaired(
        repaired.examined,
        repaired.before,
        repaired.after,
        repaired.applied,
        (*repaired.notes, *notes),
    )
