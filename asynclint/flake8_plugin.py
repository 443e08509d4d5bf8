"""The flake8 plugin: the same engine, and so the same findings, behind flake8.

flake8 decides what is shown (`select`, `ignore`, `per-file-ignores`, `# noqa`); the engine hands it
everything that is on by default, and the rules that are off by default where flake8's `select` or
`extend-select` names their full code.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from flake8.exceptions import ExecutionError  # type: ignore[import-untyped]

from asynclint import __version__
from asynclint.engine.collector import seldom_collected
from asynclint.engine.examine import examine
from asynclint.engine.patterns import problem
from asynclint.engine.python_version import from_name
from asynclint.engine.reading import from_source_error
from asynclint.engine.result import Examined
from asynclint.engine.settings import Settings
from asynclint.engine.troubles import INTERNAL_ERROR
from asynclint.engine.workspace import Workspace
from asynclint.report.safe_text import one_line
from asynclint.source.text import SourceError, decode, from_text

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator, Sequence

    from flake8.options.manager import OptionManager  # type: ignore[import-untyped]

    from asynclint.engine.ahead import Ahead
    from asynclint.findings import Finding

    Line = tuple[int, int, str, type["Plugin"]]

_PREFIX = "ASL"
_OPTION = "--asynclint-target-version"
_NO_CACHE = "--asynclint-no-cache"


class Plugin:
    """What flake8 makes for each file that parses; `run` gives its findings."""

    name = "asynclint"
    version = __version__
    settings: ClassVar[Settings | None] = None
    #: Whether flake8 shows anything of what is found.
    is_shown: ClassVar[bool] = True
    #: What the files of one round share in this process, and the names of those that have come.
    around: ClassVar[tuple[Workspace, set[str]] | None] = None
    #: What a run over all files found before flake8 handed out the first of them.
    ahead: ClassVar[Ahead | None] = None

    def __init__(self, tree: ast.Module, filename: str, lines: Sequence[str]) -> None:
        """tree: that of the lines. lines: decoded, with line feeds and no byte order mark."""
        self._tree = tree
        self._filename = filename
        self._text = "".join(lines)

    @staticmethod
    def add_options(manager: OptionManager) -> None:
        """Registers the plugin's option, on the command line and in flake8's configuration."""
        manager.add_option(
            _OPTION,
            parse_from_config=True,
            metavar="VERSION",
            help="The oldest Python that the code must run on, such as py311 or 3.11.",
        )
        manager.add_option(
            _NO_CACHE,
            action="store_true",
            parse_from_config=True,
            help="Neither use nor keep what asynclint has found in runs over folders.",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Takes over what flake8 was told."""
        settings = replace(Settings.defaults(), noqa=False)  # flake8 sees to comments itself
        if options.asynclint_target_version is not None:
            target = _version(options.asynclint_target_version)
            settings = replace(settings, target_version=target)
        chosen = (*(options.select or ()), *(options.extend_select or ()))
        paths = options.filenames or ([os.curdir] if _is_command() else [])
        # A program that uses flake8 gives it paths, and may change its options, later.
        cls.is_shown = not paths or not options.select or any(map(_is_ours, chosen))
        # Of these, only full codes of rules that are off by default change anything.
        codes = tuple(code for code in chosen if code.startswith(_PREFIX))
        cls.settings = replace(settings, extend_select=codes)
        cls.around = None
        cls.ahead = _ahead(paths, options, cls.settings) if cls.is_shown else None

    def run(self) -> Iterator[Line]:
        """Each finding as flake8 takes it: 1-based row, 0-based column, text, this class."""
        examined = self._examined()
        for finding in examined.findings:
            text = f"{finding.code} {_message(finding)}"
            yield finding.start.row, finding.start.column - 1, one_line(text), type(self)
        if examined.failure is not None:
            text = f"{INTERNAL_ERROR.code} {examined.failure.message}"
            yield 1, 0, one_line(text), type(self)

    def _examined(self) -> Examined:
        if not type(self).is_shown:
            return Examined(self._filename)
        if (trouble := self._undecodable()) is not None:
            return Examined(self._filename, (trouble,))
        settings = type(self).settings or replace(Settings.defaults(), noqa=False)
        space = self._workspace(settings)
        known = type(self).ahead
        examined = None if known is None else known.of(self._filename)
        if examined is not None:
            return examined
        source = from_text(self._text, self._filename)
        with seldom_collected():
            return examine(source, settings, tree=self._tree, workspace=space)

    def _workspace(self, settings: Settings) -> Workspace:
        """The program around the file.

        Programs that keep flake8 running (`flake8.api.legacy`) check files again after they were
        changed: a file that comes for the second time begins a new round.
        """
        cls = type(self)
        if cls.around is not None and self._filename in cls.around[1]:
            cls.around = cls.ahead = None
        if cls.around is None:
            cls.around = Workspace(settings), set()
        space, names = cls.around
        names.add(self._filename)
        return space

    def _undecodable(self) -> Finding | None:
        """ASL002 where flake8 read as Latin-1 a file that it could not decode.

        See `processor.py:read_lines_from_filename` (flake8 7.5). What an editor sends by standard
        input is told from the file of that name by comparing the two.
        """
        if self._text.isascii() and "coding" not in self._text:
            return None
        try:
            data = Path(self._filename).read_bytes()
        except (OSError, ValueError):  # no such file, or a name that cannot be one
            return None
        try:
            decode(data, self._filename)
        except SourceError as error:
            same = _universal(data.decode("latin-1")) == self._text
            return from_source_error(error) if same else None
        return None


def _ahead(paths: Sequence[str], options: argparse.Namespace, settings: Settings) -> Ahead | None:
    """A run over all that flake8 is about to look at, if folders are among it."""
    if options.bug_report or not any(map(os.path.isdir, paths)):
        return None
    exclude = (*settings.exclude, *_excluded(options, settings.root))
    jobs = None if options.jobs.is_auto else max(1, options.jobs.n_jobs)
    cached = not options.asynclint_no_cache
    # Imported here: the cache comes with it, and most processes check single files.
    from asynclint.engine.ahead import run_ahead

    return run_ahead(paths, replace(settings, exclude=exclude), jobs, cached=cached)


def _is_command() -> bool:
    """Whether this process is flake8 itself: without paths, it looks at the working folder.

    A program that uses flake8 (`get_style_guide` of `flake8.api.legacy`) gives paths later.
    """
    main = Path(sys.argv[0])
    return main.stem == "flake8" or main.parts[-2:] == ("flake8", "__main__.py")


def _excluded(options: argparse.Namespace, root: str) -> Iterator[str]:
    """flake8's `exclude` as patterns of ours; what cannot be one is looked at in vain."""
    for pattern in (*options.exclude, *options.extend_exclude):
        ours = pattern
        if Path(pattern).is_absolute():  # flake8 makes patterns with a slash so
            if not Path(pattern).is_relative_to(root):
                continue
            ours = f"/{Path(pattern).relative_to(root).as_posix()}"
        if not problem(ours):
            yield ours


def _is_ours(selected: str) -> bool:
    """Whether a code or prefix of codes selects any of ours."""
    return selected.startswith(_PREFIX) or _PREFIX.startswith(selected)


def _universal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _version(text: str) -> tuple[int, int]:
    """Checked here, as flake8 converts options of the command line only, not those of its files."""
    if (version := from_name(text)) is None:
        raise ExecutionError(f"{_OPTION}: {text!r} is no Python version such as py311 or 3.11")
    return version


def _message(finding: Finding) -> str:
    """The message, and the last of the steps that led to the fault: flake8 has one line."""
    if not finding.related:
        return finding.message
    last = finding.related[-1]
    where = (
        f"line {last.start.row}" if last.path == finding.path else f"{last.path}:{last.start.row}"
    )
    return f"{finding.message} [{where}: {last.message}]"
