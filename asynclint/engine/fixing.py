"""Applies the fixes of one file in rounds, and takes back what would do harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from asynclint.engine.check import check_source
from asynclint.engine.compiling import damage, parse_error
from asynclint.engine.newfindings import Checked, brought
from asynclint.engine.settings import Settings
from asynclint.engine.workspace import Workspace
from asynclint.findings import Applicability, Edit, Finding, Fix
from asynclint.fixes.edits import apply_edits, choose, in_order
from asynclint.source.encode import CannotEncode, changed_source
from asynclint.source.noqa import Suppressions
from asynclint.source.text import Source

Check = Callable[[Source, Settings], list[Finding]]

ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Fixed:
    """A file after its fixes.

    text: what it is to hold. findings: what remains, with places in that text. applied: number of
    fixes made. notes: a line for each remaining finding whose fix was taken back, with the reason.
    """

    text: str
    findings: tuple[Finding, ...]
    applied: int = 0
    notes: tuple[str, ...] = ()


def fix_source(
    source: Source, settings: Settings, *, unsafe: bool, check: Check | None = None
) -> Fixed:
    """Applies safe fixes, and unsafe ones if asked, until no more can be applied.

    A fix whose result is no valid Python, cannot be encoded, leaves its own finding or brings one
    that was not there is taken back, alone, and not tried again. What `noqa` comments hide is
    neither repaired nor among what remains. A file that does not parse is left alone, and fixes
    that edit other files are not looked at. check: `check_source` by default. Nothing is written.
    Raises what `check` raises.
    """
    run = _Run(settings, check or _checks(settings), unsafe)
    state = run.checked(source)
    if parse_error(source):
        return Fixed(source.text, tuple(state.findings))
    for _ in range(ROUNDS):
        if taken := run.offered(state):
            state = run.advance(state, taken)
    notes = run.notes(state)
    if run.offered(state):
        notes += (f"{source.path}: stopped after {ROUNDS} rounds, though there are fixes left",)
    return Fixed(state.source.text, tuple(state.findings), run.applied, notes)


def _checks(settings: Settings) -> Check:
    """Checks of one text after another, in a program that does not change."""
    files = Workspace(settings)
    return lambda source, _: check_source(source, settings, workspace=files.anew())


@dataclass(slots=True)
class _Run:
    """What holds for all rounds."""

    settings: Settings
    check: Check
    unsafe: bool
    applied: int = 0
    #: Why a fix was taken back, by its identity.
    refused: dict[tuple[object, ...], str] = field(default_factory=dict)

    def checked(self, source: Source) -> Checked:
        """A source with what is found in it and not hidden."""
        hidden = Suppressions.of(source).hides
        found = self.check(source, self.settings)
        return Checked(source, [each for each in found if not hidden(each.code, each.start.row)])

    def offered(self, state: Checked) -> tuple[Fix, ...]:
        """The fixes that can be tried together."""
        levels = Applicability.applied(unsafe=self.unsafe)
        fixes = [finding.fix for finding in state.findings if finding.fix is not None]
        return choose(
            fix
            for fix in fixes
            if fix.applicability in levels
            and not fix.spreads
            and identity(state.source, fix.edits) not in self.refused
        )[0]

    def advance(self, state: Checked, fixes: tuple[Fix, ...]) -> Checked:
        """The state with as many of the fixes as do no harm; the others are refused."""
        best = state
        kept: tuple[Fix, ...] = ()
        groups = [fixes]
        # Of a group that does harm, the halves are tried one after the other.
        while groups:
            group = groups.pop()
            outcome = self._attempt(state, (*kept, *group))
            if isinstance(outcome, Checked):
                best, kept = outcome, (*kept, *group)
            elif len(group) > 1:
                middle = len(group) // 2
                groups += (group[middle:], group[:middle])
            else:
                self._refuse(state, group[0], outcome, alone=not kept)
        self.applied += len({in_order(fix.edits) for fix in kept})
        return best

    def notes(self, state: Checked) -> tuple[str, ...]:
        """What was refused of the fixes of a state."""
        reasons = [
            (finding, self.refused.get(identity(state.source, finding.fix.edits)))
            for finding in state.findings
            if finding.fix is not None and not finding.fix.spreads
        ]
        return tuple(
            f"{finding.path}:{finding.start.row}:{finding.start.column}:"
            f" the fix of {finding.code} was taken back: {reason}"
            for finding, reason in reasons
            if reason is not None
        )

    def _refuse(self, state: Checked, fix: Fix, reason: str, *, alone: bool) -> None:
        """Refuses a fix for good, unless it is only its company that it does not go with."""
        if not alone:
            outcome = self._attempt(state, (fix,))
            if isinstance(outcome, Checked):
                return  # the next round has it, if it still is one
            reason = outcome
        self.refused[identity(state.source, fix.edits)] = reason

    def _attempt(self, state: Checked, fixes: tuple[Fix, ...]) -> Checked | str:
        """The state with these fixes applied, or why it must not be."""
        edits = in_order(edit for fix in fixes for edit in fix.edits)
        try:
            source = edited(state.source, edits)
        except ValueError as error:
            return str(error)
        except CannotEncode as error:
            return error.reason
        if source.text == state.source.text:
            return "it changes nothing"
        if reason := damage(state.source, source):
            return reason
        outcome = self.checked(source)
        return brought(state, _cured(state, fixes), edits, outcome) or outcome


def _cured(state: Checked, fixes: Iterable[Fix]) -> list[Finding]:
    """The findings whose fixes these are; one fix can be that of several."""
    edits = {in_order(fix.edits) for fix in fixes}
    return [each for each in state.findings if each.fix and in_order(each.fix.edits) in edits]


def edited(source: Source, edits: Iterable[Edit]) -> Source:
    """A file after edits; raises ValueError where they overlap, and CannotEncode."""
    return changed_source(source, apply_edits(source.text, edits))


def identity(source: Source, edits: Iterable[Edit]) -> tuple[object, ...]:
    """What edits are known by once offsets have moved: the lines they change, and into what."""
    return tuple(
        (
            source.line(source.position(edit.start).row),
            source.text[edit.start : edit.end],
            edit.text,
        )
        for edit in in_order(edits)
    )
