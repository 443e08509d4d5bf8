"""`asynclint fix`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from asynclint.cli.inputs import Inputs
from asynclint.cli.options import shared
from asynclint.cli.output import Output, write_bytes
from asynclint.cli.status import FAILED, FOUND, status_of
from asynclint.report.summary import plural

if TYPE_CHECKING:
    from asynclint.engine.repaired import How
    from asynclint.engine.run_fix import FixResult


@click.command()
@shared
@click.option("--unsafe-fixes", is_flag=True, help="Apply fixes that may change behaviour, too.")
@click.option("--diff", is_flag=True, help="Write no file; show what would change.")
def fix(
    *,
    output_format: str,
    color: str,
    quiet: bool,
    exit_zero: bool,
    unsafe_fixes: bool,
    diff: bool,
    **given: Any,  # noqa: ANN401 - the options of Inputs
) -> int:
    """Repair files, and the Python files of folders, then report what remains.

    With the path `-`, the repaired text of standard input goes to standard output, and the report
    to standard error. With --diff, `patch -p1` and `git apply` take what is written.

    Exit status: 0 nothing remains, 1 something remains, 2 the run itself failed. With --diff,
    0 and 1 tell whether anything would change.
    """
    # Imported here: the other commands need nothing of it.
    from asynclint.engine.repaired import How

    output = Output(output_format, color, quiet)
    inputs = Inputs(**given)
    how = How(unsafe=unsafe_fixes, write=not diff)
    result = _from_stdin(inputs, how) if inputs.from_stdin else _from_files(inputs, how)
    if diff:
        _show_diff(result)
    elif not inputs.from_stdin:
        output.findings(result.remaining)
    else:
        output.findings(result.remaining, err=True)
    for note in result.notes:
        output.remark(note)
    output.notes(result.remaining)
    _tell(result, output, verb="Would fix" if diff else "Fixed")
    output.failures(result.remaining)
    if diff:
        changed = FOUND if result.changes and not exit_zero else 0
        return FAILED if result.remaining.failures else changed
    return status_of(result.remaining, exit_zero=exit_zero)


def _from_files(inputs: Inputs, how: How) -> FixResult:
    from asynclint.engine.run_fix import fix_paths

    return fix_paths(inputs.targets, inputs.settings(), how, inputs.manner)


def _from_stdin(inputs: Inputs, how: How) -> FixResult:
    """Repairs standard input; unless a diff is wanted, what came in goes out, repaired or not."""
    from asynclint.engine.result import RunResult
    from asynclint.engine.run_fix import FixResult, fix_stdin

    settings = inputs.settings()
    data = sys.stdin.buffer.read()
    if inputs.leaves_out_stdin(settings):
        result = FixResult(RunResult())
    else:
        result = fix_stdin(data, inputs.stdin_path, settings, how)
    if how.write:
        write_bytes(result.changes[0].after if result.changes else data)
    return result


def _show_diff(result: FixResult) -> None:
    from asynclint.engine.diff import unified_diff_bytes

    for change in result.changes:
        path = change.path.replace("\\", "/") if sys.platform == "win32" else change.path
        write_bytes(unified_diff_bytes(change.before, change.after, path))


def _tell(result: FixResult, output: Output, *, verb: str) -> None:
    if result.applied:
        files = plural(len(result.changes), "file")
        output.remark(f"{verb} {plural(result.applied, 'error')} in {files}.")
