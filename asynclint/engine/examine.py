"""One file through the whole engine: gate, parser, rules, suppressions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from asynclint.engine.depth import DEEP, room_for_depth
from asynclint.engine.failures import failure_of, ran_out_of_stack
from asynclint.engine.parsing import depth_trouble, no_warnings, parse
from asynclint.engine.result import Examined
from asynclint.engine.select import shows_trouble
from asynclint.engine.workspace import Workspace
from asynclint.findings import Finding
from asynclint.source.noqa import Suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asynclint.engine.settings import Settings
    from asynclint.source.text import Source


def examine(
    source: Source,
    settings: Settings,
    *,
    tree: ast.Module | None = None,
    gate: bool = True,
    workspace: Workspace | None = None,
) -> Examined:
    """All that is to be reported of one file; raises nothing, an internal error is a Failure.

    tree: the file's tree where the caller has it. gate: whether a file without any word of async
    code is passed over even unparsed. workspace: the program around it, where it is shared with
    other files.
    """
    space = workspace if workspace is not None else Workspace(settings)
    if gate and not space.gate(source):
        return Examined(source.path)
    return attempt(
        source,
        settings,
        tree,
        lambda parsed: _checked(source, settings, parsed, space),
        space,
    )


def attempt(
    source: Source,
    settings: Settings,
    tree: ast.Module | None,
    analyse: Callable[[ast.Module], Examined],
    space: Workspace,
) -> Examined:
    """What an analysis gives, or why it could not be done; nothing is raised.

    A file without any word of async code is not analysed.
    """
    parsed = parse(source) if tree is None else tree
    if isinstance(parsed, Finding):
        return troubled(parsed, settings, source)
    if not space.gate(source):
        return Examined(source.path)
    if trouble := depth_trouble(source, parsed):
        return troubled(trouble, settings, source)
    try:
        with room_for_depth(), no_warnings():
            return analyse(parsed)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic in libcst's native part is no Exception
        if ran_out_of_stack(error) and (trouble := depth_trouble(source, parsed, DEEP)):
            return troubled(trouble, settings, source)
        return Examined(source.path, failure=failure_of(error, source.path))


def troubled(trouble: Finding, settings: Settings, source: Source | None = None) -> Examined:
    """The result for a file that could not be analysed; comments do not hide that."""
    shown = shows_trouble(trouble.code, settings, trouble.path)
    return Examined(trouble.path, (trouble,) if shown else (), source=source if shown else None)


def visible(findings: Iterable[Finding], source: Source) -> tuple[Finding, ...]:
    """The findings that no `noqa` comment hides, in order of place."""
    hidden = Suppressions.of(source).hides
    shown = (each for each in findings if not hidden(each.code, each.start.row))
    return tuple(sorted(shown, key=lambda finding: finding.sort_key))


def _checked(source: Source, settings: Settings, tree: ast.Module, space: Workspace) -> Examined:
    # Imported here, because it takes libcst with it: most runs of a hook never come this far.
    from asynclint.engine.check import RuleError, check_source

    failure = None
    try:
        found = check_source(source, settings, tree, space)
    except RuleError as error:
        found, failure = error.findings, failure_of(error, source.path)
    shown = visible(found, source) if settings.noqa else tuple(found)
    notes = space.omissions.of(source.path)
    return Examined(source.path, shown, failure, source if shown else None, notes)
