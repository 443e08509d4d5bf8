"""The README's promises: two commands that run as they stand, and examples that are reported."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT.joinpath("README.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"# (ASL\d{3})$")


def blocks(language: str, text: str = README) -> list[str]:
    """The contents of the fenced blocks in that language, in order."""
    return [body for found, body in FENCED.findall(text) if found == language]


def section(title: str) -> str:
    """The text of the README between that heading and the next of the same level."""
    _, _, rest = README.partition(f"\n## {title}\n")
    assert rest, title
    return rest.partition("\n## ")[0]


@pytest.mark.parametrize("number", [0, 1])
def test_first_commands_are_one_line_each(number: int) -> None:
    command = blocks("sh")[number]
    assert command.count("\n") == 1
    assert command.startswith("python3 -m venv .venv && ")


def test_second_command_ends_in_the_test_command() -> None:
    assert blocks("sh")[1].endswith(" -m pytest\n")


def test_links_lead_to_files() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not ROOT.joinpath(target).exists()] == []


@pytest.mark.parametrize("program", blocks("python", section("What it finds")))
def test_example_is_reported_as_marked(program: str, tmp_path: Path) -> None:
    wanted = {
        (row, mark[1])
        for row, line in enumerate(program.splitlines(), start=1)
        if (mark := MARK.search(line))
    }
    assert wanted
    tmp_path.joinpath("program.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-m", "asynclint", "check", "--output-format", "concise"]
    done = subprocess.run(
        [*command, "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    found = re.findall(r"^program\.py:(\d+):\d+: (ASL\d{3}) ", done.stdout, flags=re.MULTILINE)
    assert {(int(row), code) for row, code in found} == wanted, done.stdout + done.stderr


@pytest.mark.parametrize(("page", "least"), [("README.md", 5), ("SECURITY.md", 11)])
def test_each_promise_names_a_test_that_exists(page: str, least: int) -> None:
    """A row of a table that ends in the names of tests."""
    text = ROOT.joinpath(page).read_text(encoding="utf-8")
    rows = [line for line in text.split("\n") if line.startswith("| ") and "test_" in line]
    promises = [row for row in rows if ".py::" in row]
    assert len(promises) >= least
    assert [row for row in rows if row not in promises and "the test that" not in row] == []
    for file, test in re.findall(r"`(\w+\.py)::(\w+)`", "\n".join(promises)):
        code = ROOT.joinpath("tests", file).read_text(encoding="utf-8")
        assert re.search(rf"^def {test}\(", code, flags=re.MULTILINE), f"{file}::{test}"
