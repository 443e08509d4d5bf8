"""From options to what the engine is given."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asynclint.cli.codes import codes
from asynclint.cli.progress import Progress
from asynclint.report.outcome import STDIN

if TYPE_CHECKING:
    from asynclint.engine.cache.cached import Cache
    from asynclint.engine.run import Manner
    from asynclint.engine.settings import Settings


@dataclass(frozen=True)
class Inputs:
    """The options of `check` and `fix` that decide what is looked at, as they were given."""

    paths: tuple[str, ...]
    stdin_filename: str | None
    config: str | None
    isolated: bool
    force_exclude: bool
    jobs: int | None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] | None = None
    no_cache: bool = True
    cache_dir: str | None = None

    def __post_init__(self) -> None:
        if self.config is not None and self.isolated:
            raise click.UsageError("--config and --isolated exclude one another")
        if STDIN in self.paths and len(self.paths) > 1:
            raise click.UsageError("standard input (-) cannot be checked along with other paths")
        if self.stdin_filename is not None and self.paths and not self.from_stdin:
            raise click.UsageError("--stdin-filename goes with the path - only")

    @property
    def from_stdin(self) -> bool:
        """Whether standard input is looked at; a name for it says so, too."""
        return self.paths == (STDIN,) or (not self.paths and self.stdin_filename is not None)

    @property
    def targets(self) -> tuple[str, ...]:
        """The files and folders to look at."""
        return self.paths or (".",)

    @property
    def stdin_path(self) -> str:
        """What standard input is called."""
        from asynclint.source.paths import shown

        return STDIN if self.stdin_filename is None else shown(self.stdin_filename)

    @property
    def manner(self) -> Manner:
        """How the files are gone through."""
        from asynclint.engine.run import Manner

        return Manner(self.jobs, self.force_exclude, Progress())

    def settings(self) -> Settings:
        """The settings: defaults, then the configuration, then the options.

        Raises click.ClickException where the configuration or an option cannot be used.
        """
        configured = self._configured()
        if self.select is None and not self.ignore and not self.extend_select:
            return configured
        from asynclint.engine.choice import Choice

        select = codes(self.select, "--select")
        ignore = codes(self.ignore, "--ignore") or ()
        extend_select = codes(self.extend_select, "--extend-select") or ()
        return Choice(select, ignore, extend_select).over(configured)

    def cache(self) -> Cache | None:
        """What earlier runs with the same options found; None where that is not wanted.

        Nothing is said of a configuration that cannot be read: `settings` does.
        """
        from asynclint.engine.cache.cached import Cache
        from asynclint.engine.cache.folder import NAME
        from asynclint.engine.cache.key import key_of
        from asynclint.engine.config_files import root_of

        if self.no_cache:
            return None
        given = asdict(self)
        for each in ("jobs", "cache_dir"):
            del given[each]
        try:
            files = self._files()
            folder = root_of(files) / NAME if self.cache_dir is None else Path(self.cache_dir)
            return Cache.of_user(folder, key_of(given, files))
        except OSError:
            return None

    def _files(self) -> dict[Path, bytes]:
        """What the files hold that may configure the run."""
        from asynclint.engine.config_files import common_folder, files_around

        if self.isolated:
            return {}
        if self.config is not None:
            return {Path(self.config).absolute(): Path(self.config).read_bytes()}
        return files_around(common_folder(self.targets))

    def _configured(self) -> Settings:
        if self.isolated:
            from asynclint.engine.settings import Settings

            return Settings.defaults()
        from asynclint.engine.config import ConfigError, find_settings, load_settings
        from asynclint.engine.config_files import common_folder

        try:
            if self.config is not None:
                return load_settings(Path(self.config))
            inside = [self.stdin_filename or "."] if self.from_stdin else self.targets
            return find_settings(common_folder(inside))
        except ConfigError as error:
            raise click.ClickException(str(error)) from error

    def leaves_out_stdin(self, settings: Settings) -> bool:
        """Whether the name of standard input is excluded, and that is to count."""
        from asynclint.engine.patterns import Patterns

        excluded = Patterns(settings.exclude, settings.root)
        return self.force_exclude and excluded.match(self.stdin_path)
