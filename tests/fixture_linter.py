"""The linter as the fixtures' harness sees it: one text or a folder of them in, findings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from asynclint.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The modules of one program: what each file holds, by its path in the folder, with slashes.
Texts = Mapping[str, str]


class Linter(Protocol):
    """What the harness asks of the tool; rows count from each program's first line."""

    def check(self, path: Path, program: str, /) -> Sequence[Finding]:
        """Findings of one file."""

    def fix(self, path: Path, program: str, /, *, unsafe: bool) -> str:
        """The file's text after `asynclint fix`, with `--unsafe-fixes` where `unsafe` says so."""

    def check_folder(self, texts: Texts, /) -> Sequence[Finding]:
        """Findings of all files of a folder, with paths as `texts` has them."""

    def fix_folder(self, texts: Texts, /, *, unsafe: bool) -> Texts:
        """The texts of all files of a folder after `asynclint fix`."""


class Asynclint:
    """The linter under test, with its default settings.

    The engine is imported at the first call: the fixtures can be run without it.
    """

    def check(self, path: Path, program: str, /) -> Sequence[Finding]:
        """Findings of one file."""
        from asynclint.engine.check import check_source
        from asynclint.engine.settings import Settings
        from asynclint.source.text import decode

        return check_source(decode(program.encode(), str(path)), Settings.defaults())

    def fix(self, path: Path, program: str, /, *, unsafe: bool) -> str:
        """The file's text after all fixes."""
        from asynclint.engine.fixing import fix_source
        from asynclint.engine.settings import Settings
        from asynclint.source.text import decode

        source = decode(program.encode(), str(path))
        return fix_source(source, Settings.defaults(), unsafe=unsafe).text

    def check_folder(self, texts: Texts, /) -> Sequence[Finding]:
        """Findings of all files: the folder is checked as a project of its own."""
        from asynclint.engine.run import Manner, check_paths
        from asynclint.engine.settings import Settings

        with _written(texts) as folder:
            result = check_paths([str(folder)], Settings.defaults(str(folder)), Manner(jobs=1))
        assert not result.failures, result.failures
        return [_inside(folder, finding) for finding in result.findings]

    def fix_folder(self, texts: Texts, /, *, unsafe: bool) -> Texts:
        """The texts of all files after all fixes."""
        from asynclint.engine.repaired import How
        from asynclint.engine.run import Manner
        from asynclint.engine.run_fix import fix_paths
        from asynclint.engine.settings import Settings

        with _written(texts) as folder:
            how = How(unsafe=unsafe, write=True)
            settings = Settings.defaults(str(folder))
            result = fix_paths([str(folder)], settings, how, Manner(jobs=1))
            assert not result.remaining.failures, result.remaining.failures
            return {name: folder.joinpath(name).read_bytes().decode() for name in texts}


@contextmanager
def _written(texts: Texts) -> Iterator[Path]:
    """A folder that holds the texts."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in texts.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        yield folder


def _inside(folder: Path, finding: Finding) -> Finding:
    """A finding with all paths relative to a folder."""

    def name(path: str) -> str:
        return Path(path).absolute().relative_to(folder).as_posix()

    related = tuple(replace(place, path=name(place.path)) for place in finding.related)
    return replace(finding, path=name(finding.path), related=related)
