"""The entry point: the commands, and what becomes of errors that none of them catches."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asynclint import __version__
from asynclint.cli.status import FAILED, INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Sequence


#: Each stands in the module of its name.
_COMMANDS = ("check", "clean", "fix", "rule")


class _Commands(click.Group):
    """Imports a command when it is called for: a hook that checks should not wait for `fix`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click prescribes it
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"asynclint.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Find, explain and repair faults in asyncio programs."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command line (by default the process's own) and exits with its status."""
    _open_streams()
    sys.exit(_run(arguments))


def _open_streams() -> None:
    """Gives the process the streams that it was started without (`>&-`).

    In their order, so that no file that is opened later gets the number of one of them.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - stays open


def _run(arguments: Sequence[str] | None) -> int:
    try:
        status = cli.main(arguments, prog_name="asynclint", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return FAILED
    except click.Abort:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python would complain again at exit, see the note
        # on SIGPIPE in the documentation of the module `signal`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception:  # noqa: BLE001 - status 1 would mean that something was found
        if not _has_folder():
            click.echo("error: the working folder does not exist any more", err=True)
            return FAILED
        import traceback

        click.echo(f"error: internal error, please report it:\n{traceback.format_exc()}", err=True)
        return FAILED
    return status if isinstance(status, int) else 0


def _has_folder() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True
