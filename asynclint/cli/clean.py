"""`asynclint clean`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("path", default=".", metavar="[PATH]", type=click.Path())
@click.option(
    "--cache-dir",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="The folder that runs were given; by default .asynclint_cache in the project.",
)
def clean(*, path: str, cache_dir: str | None) -> None:
    """Remove what runs have kept of the project in the current folder, or that around PATH.

    Nothing is removed that asynclint did not put there.
    """
    from asynclint.engine.cache.folder import NAME, clean_folder
    from asynclint.engine.config_files import common_folder, files_around, root_of

    try:
        around = root_of(files_around(common_folder([path])))
        folder = around / NAME if cache_dir is None else Path(cache_dir)
        if clean_folder(folder):
            click.echo(f"Removed what was kept in {folder}")
    except OSError as error:
        raise click.ClickException(f"cannot clean: {error}") from error
