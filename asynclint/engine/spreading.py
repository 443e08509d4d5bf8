"""Applies fixes that edit several files: in all of them, or in none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from asynclint.engine.check import check_source
from asynclint.engine.compiling import damage
from asynclint.engine.fixing import edited, fix_source, identity
from asynclint.engine.newfindings import Checked, brought
from asynclint.engine.parsing import parse
from asynclint.engine.workspace import Workspace
from asynclint.findings import Applicability, Finding
from asynclint.fixes.edits import in_order
from asynclint.source.encode import CannotEncode, changed_source
from asynclint.source.noqa import Suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from asynclint.engine.settings import Settings
    from asynclint.findings import Edit, Fix
    from asynclint.source.text import Source

    Read = Callable[[str], Source | None]

#: Far more than any program has of them: an end for fixes that lead to each other in a circle.
MOST = 1000


@dataclass
class Spread:
    """Files as fixes of several files leave them.

    texts: those that were looked at, by their paths. findings: what remains in each that was
    analysed. applied: number of fixes by the file of their finding. together: sets of paths that
    one fix has edited: they are to be written all or not at all. notes: a line for each fix that
    could not be applied, with the reason.
    """

    texts: dict[str, Source]
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    together: list[frozenset[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def spread(
    files: Mapping[str, Source],
    findings: Mapping[str, Iterable[Finding]],
    settings: Settings,
    *,
    unsafe: bool,
    read: Read,
) -> Spread:
    """Applies the fixes of several files among the findings, and what fixes of one file follow.

    files: texts as they are to be from here on, by path. findings: what is found in them. read:
    gives a file that a fix edits and that is not among `files`; None where it must not be touched.
    A fix that does harm in any file is taken back in all, and what it has as `otherwise` is done.
    Nothing is written. Raises what `check_source` raises.
    """
    outcome = Spread(dict(files), {path: list(found) for path, found in findings.items()})
    run = _Run(outcome, settings, unsafe, read)
    for _ in range(MOST):
        offered = next(run.offered(), None)
        if offered is None:
            break
        run.take(*offered)
    outcome.notes += run.notes()
    return outcome


@dataclass
class _Run:
    """What holds while fixes are tried one after the other."""

    outcome: Spread
    settings: Settings
    unsafe: bool
    read: Read
    files: Workspace = field(init=False)
    #: Why a fix was not applied, by its identity.
    refused: dict[object, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.files = Workspace(self.settings)

    def offered(self) -> Iterator[tuple[Finding, Fix]]:
        """The fixes of several files that have not been tried, in order of file and place."""
        levels = Applicability.applied(unsafe=self.unsafe)
        for path in sorted(self.outcome.findings):
            for finding in self.outcome.findings[path]:
                fix = finding.fix
                if fix is None or not fix.spreads or fix.applicability not in levels:
                    continue
                if self._identity(finding, fix) not in self.refused:
                    yield finding, fix

    def take(self, finding: Finding, fix: Fix) -> None:
        """Applies a fix if it does no harm, else remembers why it does."""
        by_path = _by_path(finding, fix)
        after = self._attempt(finding, by_path)
        if isinstance(after, str):
            self.refused[self._identity(finding, fix)] = after
            self._settle({finding.path})
            return
        for path, checked in after.items():
            self.outcome.texts[path] = checked.source
            self.outcome.findings[path] = list(checked.findings)
        self._count(finding.path, 1)
        self.outcome.together.append(frozenset(by_path))
        self._settle(self._around(by_path.keys()))

    def _settle(self, paths: set[str]) -> None:
        """Applies what fixes of one file are left in files around which something has changed."""
        for path in sorted(paths):
            source = self.outcome.texts[path]
            fixed = fix_source(source, self.settings, unsafe=self.unsafe, check=self._check)
            if fixed.text != source.text:
                self.outcome.texts[path] = changed_source(source, fixed.text)
                self._count(path, fixed.applied)
            self.outcome.findings[path] = list(fixed.findings)

    def _around(self, edited_paths: Collection[str]) -> set[str]:
        """These files, and those whose findings have to do with them."""
        return {*edited_paths} | {
            path
            for path, findings in self.outcome.findings.items()
            if not _paths(findings).isdisjoint(edited_paths)
        }

    def _count(self, path: str, applied: int) -> None:
        self.outcome.applied[path] = self.outcome.applied.get(path, 0) + applied

    def notes(self) -> list[str]:
        """What was refused of the fixes that are left."""
        lines: list[str] = []
        for path in sorted(self.outcome.findings):
            for each in self.outcome.findings[path]:
                if each.fix is None or not each.fix.spreads:
                    continue
                if reason := self.refused.get(self._identity(each, each.fix)):
                    lines.append(_note(each, reason))
        return lines

    # one fix ------------------------------------------------------------------------------------

    def _attempt(
        self, finding: Finding, by_path: Mapping[str, tuple[Edit, ...]]
    ) -> dict[str, Checked] | str:
        """The edited files after a fix, or why it must not be made."""
        before: dict[str, Source] = {}
        texts: dict[str, Source] = {}
        for path, edits in by_path.items():
            source = self._source(path)
            if source is None:
                return f"it would change {path} too, which is not among the files of this run"
            try:
                texts[path] = edited(source, edits)
            except ValueError as error:
                return str(error)
            except CannotEncode as error:
                return f"{path}: {error.reason}"
            if reason := damage(source, texts[path]):
                return f"{path}: {reason}"
            before[path] = source
        old, new = self._checked(before), self._checked(texts)
        for path, edits in by_path.items():
            cured = [
                each
                for each in old[path].findings
                if each.fix is not None and _by_path(each, each.fix) == by_path
            ]
            if reason := brought(old[path], cured, edits, new[path]):
                return reason if path == finding.path else f"{path}: {reason}"
        return new

    # texts ----------------------------------------------------------------------------------------

    def _source(self, path: str) -> Source | None:
        if path not in self.outcome.texts:
            source = self.read(path)
            if source is None:
                return None
            self.outcome.texts[path] = source
        return self.outcome.texts[path]

    def _checked(self, texts: Mapping[str, Source]) -> dict[str, Checked]:
        """What is found in files that have certain texts, in the program as it is by now."""
        found: dict[str, Checked] = {}
        space = self._space(texts)
        for path, source in texts.items():
            hidden = Suppressions.of(source).hides
            findings = check_source(source, self.settings, workspace=space)
            visible = [each for each in findings if not hidden(each.code, each.start.row)]
            found[path] = Checked(source, visible)
        return found

    def _check(self, source: Source, settings: Settings) -> list[Finding]:
        """What is found in a file; of fixes that were refused, the next best is shown."""
        space = self._space({source.path: source})
        return [
            self._with_next_best(source, each)
            for each in check_source(source, settings, workspace=space)
        ]

    def _with_next_best(self, source: Source, finding: Finding) -> Finding:
        fix = finding.fix
        if fix is None or fix.otherwise is None or not fix.spreads:
            return finding
        known = {**self.outcome.texts, source.path: source}
        refused = _identity(finding, fix, known.get) in self.refused
        return replace(finding, fix=fix.otherwise) if refused else finding

    def _space(self, texts: Mapping[str, Source]) -> Workspace:
        """The program as it is by now, but for these texts."""
        space = self.files.anew()
        for source in {**self.outcome.texts, **texts}.values():
            tree = parse(source)
            if not isinstance(tree, Finding):
                space.project.revise(source, tree)
        return space

    def _identity(self, finding: Finding, fix: Fix) -> object:
        return _identity(finding, fix, self.outcome.texts.get)


def _paths(findings: Iterable[Finding]) -> set[str]:
    """The files in which findings have places, or fixes have edits."""
    found: set[str] = set()
    for each in findings:
        found.update(place.path for place in each.related)
        if each.root is not None:
            found.add(each.root.path)
        if each.fix is not None:
            found.update(edit.path for edit in each.fix.edits)
    return found


def _by_path(finding: Finding, fix: Fix) -> dict[str, tuple[Edit, ...]]:
    """The edits of a fix by the files that they change, each as an edit of its own file."""
    paths: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        paths.setdefault(edit.path or finding.path, []).append(replace(edit, path=""))
    return {path: in_order(paths[path]) for path in sorted(paths)}


def _identity(finding: Finding, fix: Fix, texts: Callable[[str], Source | None]) -> object:
    """What a fix is known by, though its places move; that of files nobody read is their places."""
    parts: list[object] = []
    for path, edits in _by_path(finding, fix).items():
        source = texts(path)
        parts.append((path, identity(source, edits) if source is not None else edits))
    return tuple(parts)


def _note(finding: Finding, reason: str) -> str:
    place = f"{finding.path}:{finding.start.row}:{finding.start.column}"
    return f"{place}: the fix of {finding.code} was taken back: {reason}"
