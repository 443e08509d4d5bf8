"""flake8 and the command line say the same of every fixture, however its file is written."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parent / "fixtures"
SECONDS = 600.0

_LINE = re.compile(r"(.+?):(\d+):(\d+): (ASL\d{3}) .*")
_MARK = re.compile(r"# ! (ASL\d{3})")

#: Path, 1-based row, 1-based column, code.
Report = tuple[str, int, int, str]


def run(folder: Path, *arguments: str) -> str:
    """Standard output of a module of this interpreter, run in a folder; it found something."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )
    assert (done.returncode, done.stderr) == (1, b""), done.stderr.decode()
    return done.stdout.decode()


def by_flake8(folder: Path, *paths: str) -> Counter[Report]:
    """What the plugin reports on paths: of a folder in one go, of files one by one."""
    options = ("--isolated", "--select", "ASL", "--asynclint-no-cache")
    lines = run(folder, "flake8", *options, *paths).splitlines()
    matches = [_LINE.fullmatch(line) for line in lines]
    assert all(matches), lines
    return Counter(
        (Path(m[1]).as_posix(), int(m[2]), int(m[3]), m[4]) for m in matches if m is not None
    )


def by_command_line(folder: Path) -> Counter[Report]:
    """What `asynclint check` reports."""
    findings = json.loads(
        run(folder, "asynclint", "check", "--isolated", "--no-cache", "--output-format=json", ".")
    )
    return Counter(
        (
            Path(each["filename"]).relative_to(folder).as_posix(),
            each["location"]["row"],
            each["location"]["column"],
            each["code"],
        )
        for each in findings
    )


def as_windows_writes(text: str, _: Iterator[str]) -> bytes:
    """With a byte order mark and CRLF."""
    return text.replace("\n", "\r\n").encode("utf-8-sig")


def in_other_columns(text: str, _: Iterator[str]) -> bytes:
    """With letters of two bytes, in a codec where each is one: columns count characters."""
    header, newline, program = text.partition("\n")
    words = re.sub(r"\bmain\b", "déjà", program)
    return f"# -*- coding: latin-1 -*-\n{header}{newline}{words}".encode("latin-1", "replace")


def with_suppressions(text: str, comments: Iterator[str]) -> bytes:
    """With comments behind the statements at fault, in turn."""
    lines = text.split("\n")
    for row, code in [(n, m[1]) for n, line in enumerate(lines, 1) if (m := _MARK.search(line))]:
        last = _last_row(ast.parse(text), row)
        lines[last - 1] += next(comments).format(code=code)
    return "\n".join(lines).encode()


#: A code, all codes, another code, the beginning of a code, another kind of comment.
COMMENTS = (
    "  # noqa: {code}",
    "  # NOQA",
    "  # noqa: E501",
    "  # noqa:E501,ASL",
    "  # noqa : {code} E501",
    "  # type: ignore",
    "",
    "\n# flake8: noqa: {code}\n",
)


def _last_row(tree: ast.Module, row: int) -> int:
    """Where the smallest statement around a row ends: a comment there counts for all its rows."""
    around = [
        (node.end_lineno - node.lineno, node.end_lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and node.end_lineno is not None
        and node.lineno <= row <= node.end_lineno
    ]
    return min(around)[1]


def test_files_as_they_stand() -> None:
    told = by_command_line(FIXTURES)
    assert by_flake8(FIXTURES, ".") == told
    assert len({code for *_, code in told}) > 20


@pytest.mark.parametrize("write", [as_windows_writes, in_other_columns, with_suppressions])
def test_files_written_otherwise(
    write: Callable[[str, Iterator[str]], bytes], tmp_path: Path
) -> None:
    """Every third program that has a fault, so that each rule is among them, with its modules."""
    comments = cycle(COMMENTS)
    programs = sorted(FIXTURES.glob("*/raises_*.py"))[::3]
    folders = sorted(path for path in FIXTURES.glob("*/raises_*") if path.is_dir())[::3]
    for file in (*programs, *(module for folder in folders for module in folder.rglob("*.py"))):
        target = tmp_path / file.relative_to(FIXTURES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(write(file.read_text(encoding="utf-8"), comments))
    told = by_command_line(tmp_path)
    files = [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*.py"))]
    assert by_flake8(tmp_path, *files) == told
    assert len({code for *_, code in told}) > 10
    assert {path.count("/") for path, *_ in told} >= {1, 2}
