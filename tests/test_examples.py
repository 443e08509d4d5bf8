"""The programs in examples/: each shows its fault when it runs, and is reported for it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
GROUPS = {
    "retry.py": "ASL1",
    "stream.py": "ASL2",
    "nested.py": "ASL3",
    "loops.py": "ASL4",
    "door.py": "ASL5",
}


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What this interpreter did with the arguments, run in the project's folder."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def test_every_example_has_its_group() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.suffix == ".py"} == set(GROUPS)


@pytest.mark.parametrize("name", GROUPS)
def test_example_shows_its_fault(name: str) -> None:
    program = EXAMPLES / name
    header = program.read_text(encoding="utf-8").partition("\n")[0]
    assert header.startswith("# shows: ")
    done = python("-X", "dev", str(program))
    assert re.search(header.removeprefix("# shows: "), done.stdout + done.stderr)


@pytest.mark.parametrize(("name", "group"), GROUPS.items())
def test_example_is_reported(name: str, group: str) -> None:
    done = python("-m", "asynclint", "check", "--output-format", "json", f"examples/{name}")
    assert (done.returncode, done.stderr) == (1, "")
    codes = {finding["code"] for finding in json.loads(done.stdout)}
    assert {code[:4] for code in codes} == {group}
