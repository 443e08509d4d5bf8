"""The options that `check` and `fix` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from asynclint.report.registry import names

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


_CODES: dict[str, Any] = {"multiple": True, "metavar": "CODES"}
_FILE = click.Path(dir_okay=False)

_SHARED = (
    click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path()),
    click.option("--select", **_CODES, help="Run these rules only: ASL, ASL1, ASL101 or a name."),
    click.option("--ignore", **_CODES, help="Do not run these rules."),
    click.option("--extend-select", **_CODES, help="Run these rules, too."),
    click.option(
        "--output-format",
        type=click.Choice(names()),
        default="full",
        show_default=True,
        help="How findings are written.",
    ),
    click.option("--config", type=_FILE, metavar="FILE", help="Read [tool.asynclint] from FILE."),
    click.option("--isolated", is_flag=True, help="Read no configuration."),
    click.option(
        "--stdin-filename", metavar="FILE", help="What standard input is called (PATH is `-`)."
    ),
    click.option("--force-exclude", is_flag=True, help="Exclude files that are named, too."),
    click.option(
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Number of processes; by default as many as the run is worth.",
    ),
    click.option(
        "--exit-zero", is_flag=True, help="Exit with status 0 also if there are findings."
    ),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colours; auto: on a terminal, heeding NO_COLOR and FORCE_COLOR.",
    ),
    click.option(
        "-q", "--quiet", is_flag=True, help="Write findings and errors, and nothing else."
    ),
)


def shared(command: Command) -> Command:
    """Adds the options that `check` and `fix` share, in the order in which help shows them."""
    for option in reversed(_SHARED):
        command = option(command)
    return command
