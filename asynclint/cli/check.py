"""`asynclint check`."""

from __future__ import annotations

import sys
from typing import Any

import click

from asynclint.cli.inputs import Inputs
from asynclint.cli.options import shared
from asynclint.cli.output import Output
from asynclint.cli.status import status_of
from asynclint.engine.result import RunResult


@click.command()
@shared
@click.option("--no-cache", is_flag=True, help="Neither use nor keep what runs have found.")
@click.option(
    "--cache-dir",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Where runs keep what they found; by default .asynclint_cache in the project.",
)
@click.option("--statistics", is_flag=True, help="Count findings by rule, instead of listing them.")
@click.option(
    "--timings",
    is_flag=True,
    help="Write where the time goes to standard error; the run has one process then.",
)
def check(
    *,
    output_format: str,
    color: str,
    quiet: bool,
    exit_zero: bool,
    statistics: bool,
    timings: bool,
    **given: Any,  # noqa: ANN401 - the options of Inputs
) -> int:
    """Report faults in files, and in the Python files of folders (by default the current one).

    Exit status: 0 nothing found, 1 something found, 2 the run itself failed.
    """
    if statistics:
        _check_format(output_format)
    output = Output(output_format, color, quiet)
    if not timings:
        return _run(Inputs(**given), output, statistics=statistics, exit_zero=exit_zero)
    from asynclint.cli.timings import Timings

    inputs = Inputs(**{**given, "jobs": 1})
    with Timings() as clock:
        status = _run(inputs, output, statistics=statistics, exit_zero=exit_zero)
    output.text(clock.table(), sys.stderr)
    return status


def _run(inputs: Inputs, output: Output, *, statistics: bool, exit_zero: bool) -> int:
    """Checks, writes what came of it, and returns the exit status."""
    result = _result(inputs, output)
    if statistics:
        from asynclint.report.statistics import statistics as counted

        text = counted(output.outcome(result, sys.stdout), output.output_format)
        output.text(text, sys.stdout)
    else:
        output.findings(result)
    output.notes(result)
    output.failures(result)
    return status_of(result, exit_zero=exit_zero)


def _check_format(output_format: str) -> None:
    from asynclint.report.statistics import FORMATS

    if output_format not in FORMATS:
        raise click.UsageError(f"--statistics goes with the formats {', '.join(FORMATS)}")


def _result(inputs: Inputs, output: Output) -> RunResult:
    if inputs.from_stdin:
        return _of_stdin(inputs)
    cache = inputs.cache()
    result = None if cache is None else cache.unchanged()
    if result is None:
        # Imported here: where nothing changed, nothing of it is needed.
        from asynclint.engine.run import check_paths

        result = check_paths(inputs.targets, inputs.settings(), inputs.manner, cache)
    if not result.files and not result.findings and not result.failures:
        output.remark("warning: no Python files found under the given paths")
    return result


def _of_stdin(inputs: Inputs) -> RunResult:
    from asynclint.engine.run import check_stdin

    settings = inputs.settings()
    if inputs.leaves_out_stdin(settings):
        return RunResult()
    return check_stdin(sys.stdin.buffer.read(), inputs.stdin_path, settings)
