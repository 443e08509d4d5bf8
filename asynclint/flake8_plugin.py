"""The flake8 plugin: the same engine, and so the same findings, behind flake8.

flake8 decides what is shown (`select`, `ignore`, `per-file-ignores`, `# noqa`); the engine hands it
everything that is on by default, and the rules that are off by default where flake8's `select` or
`extend-select` names their full code.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from flake8.exceptions import ExecutionError  # type: ignore[import-untyped]

from asynclint import __version__
from asynclint.engine.collector import seldom_collected
from asynclint.engine.examine import examine
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

    from asynclint.findings import Finding

    Line = tuple[int, int, str, type["Plugin"]]

_OPTION = "--asynclint-target-version"


class Plugin:
    """What flake8 makes for each file that parses; `run` gives its findings."""

    name = "asynclint"
    version = __version__
    settings: ClassVar[Settings | None] = None
    #: What the files of one round share in this process, and the names of those that have come.
    around: ClassVar[tuple[Workspace, set[str]] | None] = None

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

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Takes over what flake8 was told."""
        settings = Settings.defaults()
        if options.asynclint_target_version is not None:
            target = _version(options.asynclint_target_version)
            settings = replace(settings, target_version=target)
        # Of these, only full codes of rules that are off by default change anything.
        chosen = (*(options.select or ()), *(options.extend_select or ()))
        cls.settings = replace(settings, extend_select=chosen)
        cls.around = None

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
        if (trouble := self._undecodable()) is not None:
            return Examined(self._filename, (trouble,))
        source = from_text(self._text, self._filename)
        settings = type(self).settings or Settings.defaults()
        space = self._workspace(settings)
        # flake8 heeds the comments itself, unless it was given `--disable-noqa`.
        with seldom_collected():
            return examine(source, settings, tree=self._tree, noqa=False, workspace=space)

    def _workspace(self, settings: Settings) -> Workspace:
        """The program around the file.

        Programs that keep flake8 running (`flake8.api.legacy`) check files again after they were
        changed: a file that comes for the second time begins a new round.
        """
        cls = type(self)
        if cls.around is None or self._filename in cls.around[1]:
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
