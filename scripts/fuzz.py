"""Runs the analysis and all its fixes over programs that nobody wrote, and counts what breaks.

    python scripts/fuzz.py --count 20000 --log fuzz.jsonl    again, it goes on where the log ends
    python scripts/fuzz.py --only 1234                       one program, to be looked at

Programs are grown from the words that the analysis listens for, made of real files (of the standard
library and of `--source` folders) by moving lines or bytes about, and made by hypothesmith. All is
decided by the seed and the program's number. Each is repaired with every fix, safe or not, and what
remains is written in every format; one process does it all, and another takes over where it dies.

Counted are internal errors, programs that take more than 10 s of the processor, and deaths of the
process; the largest size of the process is told.

Exit status: 0 nothing broke; 1 something did, and its numbers are told.
"""
# ruff: noqa: INP001 - a script, not a module of a package

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import click
from fuzz_programs import Programs

from asynclint.engine.repaired import How
from asynclint.engine.run_fix import fix_stdin
from asynclint.engine.settings import Settings
from asynclint.report.outcome import Outcome
from asynclint.report.registry import names, writer

SLOW = 10.0
_HANGS = 60.0

Row = dict[str, Any]


def examine(number: int, kind: str, data: bytes) -> Row:
    """What became of one program."""
    settings = Settings.defaults()
    start = time.process_time()
    result = fix_stdin(data, "fuzzed.py", settings, How(unsafe=True, write=True))
    remaining = result.remaining
    for name in names():
        writer(name)(Outcome(remaining.findings, remaining.sources))
    seconds = time.process_time() - start
    troubles = any(finding.code.startswith("ASL0") for finding in remaining.findings)
    return {
        "number": number,
        "kind": kind,
        "seconds": round(seconds, 3),
        "parsed": not troubles,
        "findings": len(remaining.findings),
        "fixes": result.applied,
        "errors": [failure.message for failure in remaining.failures],
    }


def _work(pipe: Connection, seed: int, folders: list[Path], numbers: range) -> None:
    """Does the programs one by one, in an empty folder: nothing else is part of them."""
    programs = Programs(seed, folders)
    folder = tempfile.TemporaryDirectory()
    os.chdir(folder.name)
    for number in numbers:
        kind, data = programs.program(number)
        pipe.send({"number": number, "kind": kind})
        try:
            row = examine(number, kind, data)
        except Exception as error:  # noqa: BLE001 - what a format raises counts, too
            row = {"number": number, "kind": kind, "errors": [f"{type(error).__name__}: {error}"]}
        row["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        pipe.send(row)


def run(seed: int, folders: list[Path], numbers: range) -> Iterator[Row]:
    """A row for each program; one on which the process dies or hangs has an error."""
    while numbers:
        mine, theirs = multiprocessing.Pipe()
        arguments = (theirs, seed, folders, numbers)
        process = multiprocessing.Process(target=_work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        last: Row = {"number": numbers[0], "kind": "unknown"}
        broken = ""
        while numbers and not broken:
            try:
                if not mine.poll(_HANGS):
                    broken = f"nothing came for {_HANGS:.0f} s"
                    continue
                last = mine.recv()
            except EOFError:
                broken = "the process died"
                continue
            if "errors" in last:
                yield last
                numbers = numbers[1:]
        process.kill()
        process.join()
        if broken:
            yield {**last, "errors": [broken]}
            numbers = numbers[1:]


def summary(rows: list[Row]) -> list[str]:
    """The figures."""
    kinds = Counter(row["kind"] for row in rows)
    slow = [row for row in rows if row.get("seconds", 0) > SLOW]
    broken = [row for row in rows if row["errors"]]
    longest = max((row.get("seconds", 0) for row in rows), default=0)
    analysed = sum(row.get("parsed", False) for row in rows)
    found, fixed = (sum(row.get(what, 0) for row in rows) for what in ("findings", "fixes"))
    largest = max((row.get("megabytes", 0) for row in rows), default=0)
    lines = [
        f"{len(rows)} programs ({', '.join(f'{n} {kind}' for kind, n in kinds.most_common())})",
        f"{analysed} were analysed: {fixed} fixes were made, {found} findings remained",
        f"internal errors: {len(broken)}; above {SLOW:.0f} s: {len(slow)}",
        f"the longest took {longest:.1f} s; largest process: {largest} MB",
    ]
    lines += [f"{row['number']} {row['kind']}: {row['errors'][0]}" for row in broken]
    return lines + [f"{row['number']} {row['kind']}: {row['seconds']} s" for row in slow]


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--count", default=1000, show_default=True, help="Number of programs.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other programs.")
@click.option("--log", type=click.Path(path_type=Path), help="Rows of programs that are done.")
@click.option("--only", type=int, help="Write this program to standard output, and its row.")
@click.option("--minutes", type=float, help="End after that time.")
@click.option(
    "--source", type=click.Path(path_type=Path), multiple=True, help="Instead of Python's."
)
def main(  # noqa: PLR0913, PLR0917 - one parameter an option
    count: int,
    seed: int,
    log: Path | None,
    only: int | None,
    minutes: float | None,
    source: tuple[Path, ...],
) -> None:
    """Runs and counts."""
    folders = [each.absolute() for each in source] or [Path(sysconfig.get_path("stdlib"))]
    if only is not None:
        kind, data = Programs(seed, folders).program(only)
        sys.stdout.buffer.write(data)
        os.chdir(tempfile.mkdtemp())
        click.echo(json.dumps(examine(only, kind, data)), err=True)
        return
    known = log.read_text(encoding="utf-8").splitlines() if log is not None and log.exists() else []
    rows: list[Row] = [json.loads(line) for line in known]
    first = max((row["number"] for row in rows), default=-1) + 1
    until = time.monotonic() + minutes * 60 if minutes is not None else float("inf")
    for row in run(seed, folders, range(first, count)):
        rows.append(row)
        if log is not None:
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(row)}\n")
        if time.monotonic() > until:
            break
    for line in summary(rows):
        click.echo(line)
    sys.exit(1 if any(row["errors"] or row.get("seconds", 0) > SLOW for row in rows) else 0)


if __name__ == "__main__":
    main()
