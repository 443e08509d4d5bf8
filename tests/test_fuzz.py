"""The fuzz run in small: what it counts is seen, and a few dozen programs break nothing."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from asynclint.engine import check

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "fuzz.py"
SOURCE = ROOT / "tests" / "fixtures" / "never-awaited"


@pytest.fixture
def fuzz(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("fuzz")


@pytest.fixture
def programs(fuzz: ModuleType) -> Any:  # noqa: ANN401 - of a module not on the path
    """The programs of the first seed."""
    del fuzz
    return importlib.import_module("fuzz_programs").Programs(1, [SOURCE])


def test_some_programs_break_nothing_and_the_run_goes_on_where_it_ended(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = [sys.executable, str(SCRIPT), "--source", str(SOURCE), "--log", str(log)]
    for count in ("4", "40"):
        done = subprocess.run(
            [*command, "--count", count], capture_output=True, text=True, check=False, timeout=300
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert done.stdout.startswith(f"{count} programs (")
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert [row["number"] for row in rows] == list(range(40))
    assert {row["kind"] for row in rows} == {"grown", "mutated", "bytes", "hypothesmith"}
    assert sum(row["parsed"] for row in rows) > 20
    assert sum(row["fixes"] for row in rows) > 5


def test_a_program_is_decided_by_its_number(programs: Any) -> None:  # noqa: ANN401 - as above
    first = [programs.program(number) for number in range(12)]
    assert [programs.program(number) for number in reversed(range(12))] == first[::-1]
    assert len({data for _, data in first}) == 12


def test_what_breaks_is_counted(fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(check, "check_source", fails)
    row = fuzz.examine(7, "grown", b"async def f():\n    pass\n")
    assert row["errors"][0].startswith("internal error KeyError: 'lost'")
    slow = {"number": 8, "kind": "bytes", "seconds": 12.0, "errors": []}
    told = fuzz.summary([row, slow])
    assert "internal errors: 1; above 10 s: 1" in told
    assert told[-1] == "8 bytes: 12.0 s"
