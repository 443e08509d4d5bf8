"""From results to standard output and standard error."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import click

from asynclint.report.outcome import Outcome
from asynclint.report.registry import writer
from asynclint.report.safe_text import one_line

if TYPE_CHECKING:
    from asynclint.engine.result import RunResult


@dataclass(frozen=True)
class Output:
    """The options that decide how results are written."""

    output_format: str
    color: str
    quiet: bool

    def findings(self, result: RunResult, *, err: bool = False) -> None:
        """Writes the findings; `err`: to standard error, because standard output is taken."""
        stream = sys.stderr if err else sys.stdout
        self.text(writer(self.output_format)(self.outcome(result, stream)), stream)

    def outcome(self, result: RunResult, stream: TextIO) -> Outcome:
        """What a writer is given for that stream."""
        return Outcome(
            result.findings,
            result.sources,
            colour=wants_colour(self.color, stream),
            # "All checks passed" would be no true word about a run that failed.
            summary=not self.quiet and bool(result.findings or not result.failures),
        )

    def text(self, text: str, stream: TextIO) -> None:
        """Writes text as it is, whatever the stream can encode."""
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        click.echo(text, nl=False, file=stream, color=wants_colour(self.color, stream))

    def remark(self, text: str) -> None:
        """A line on standard error that says how the run went."""
        if not self.quiet:
            self.text(f"{one_line(text)}\n", sys.stderr)

    def notes(self, result: RunResult) -> None:
        """What was left out of the analysis, on standard error; no status tells of it."""
        for note in result.notes:
            self.remark(f"note: {note}")

    def failures(self, result: RunResult) -> None:
        """What went wrong with the run itself, on standard error."""
        for failure in result.failures:
            line = f"error: {failure.path}: {failure.message}"
            self.text(f"{one_line(line)}\n", sys.stderr)


def wants_colour(choice: str, stream: TextIO) -> bool:
    """Whether to colour what goes to a stream; the variables count in CPython's order.

    See `Lib/_colorize.py:can_colorize` (3.13).
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def write_bytes(data: bytes) -> None:
    """Writes bytes to standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
