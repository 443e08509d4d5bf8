"""The pages of docs/field-reports are sessions that run: programs, and what commands print.

A page is played from its top in a folder of its own. A block of Python names its file; the first
one of a name writes the file, a later one shows what the file holds by then. A block of `console`
has commands behind `$ ` and what they print; a row `...` stands for any rows, and `...` in a row
for any text. `python` is each interpreter in turn, `asynclint` the one under test.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixture_harness import STUBS
from fixture_runs import Interpreter, available, elected
from front_ends import asynclint

FOLDER = Path(__file__).parents[1] / "docs" / "field-reports"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
SECTIONS = ["The fault", "What asynclint reports", "After the fix", "Measured", "Its advice"]
EVERYWHERE = os.environ.get("ASYNCLINT_ALL_PYTHONS") == "1"
_FENCE = re.compile(r"^```(python|console)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)

every_page = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


def commands(page: Path) -> Iterator[tuple[str, str]]:
    """The commands of a page, each with what it prints."""
    for kind, _, body in _FENCE.findall(page.read_text(encoding="utf-8")):
        if kind == "console":
            yield from _COMMAND.findall(body)


def run(command: str, interpreter: Interpreter) -> str:
    """What a command of a page prints in the current folder, both streams."""
    program, *arguments = shlex.split(command)
    if program == "asynclint":
        linted = asynclint(*arguments)
        return linted.out + linted.err
    assert program == "python"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [interpreter.executable, *arguments],
        env=kept | {"PYTHONPATH": str(STUBS), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    return done.stdout


def is_as_told(printed: str, told: str) -> bool:
    """Whether a command printed what the page says, but for blank rows around it."""
    rows = told.strip("\n").split("\n")
    pieces = ["(.*\n)*" if row == "..." else f"{_row(row)}\n" for row in rows]
    return re.fullmatch("".join(pieces), printed.strip("\n") + "\n") is not None


def _row(told: str) -> str:
    return ".*".join(map(re.escape, told.split("...")))


TURNS = [
    pytest.param(page, interpreter, id=f"{page.stem}-{interpreter.name}")
    for page in PAGES
    for interpreter in elected(page.stem, available(), everywhere=EVERYWHERE)
]


@pytest.mark.parametrize(("page", "interpreter"), TURNS)
def test_page_runs_as_it_says(
    page: Path, interpreter: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for kind, name, body in _FENCE.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            file = Path(name)
            if file.exists():
                assert file.read_text(encoding="utf-8") == body
            file.write_text(body, encoding="utf-8")
            continue
        for command, told in _COMMAND.findall(body):
            printed = run(command, interpreter)
            assert is_as_told(printed, told), f"$ {command}\n{printed}"


@every_page
def test_page_has_its_sections(page: Path) -> None:
    assert _HEADING.findall(page.read_text(encoding="utf-8")) == SECTIONS


@every_page
def test_page_shows_the_fault_the_finding_and_the_cure(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    parts = dict(zip(SECTIONS, _HEADING.split(text)[2::2], strict=True))
    program = re.findall(r"^```python (\S+)$", parts["The fault"], re.MULTILINE)[0]
    assert "$ python" in parts["The fault"]
    assert f"$ asynclint check {program}\n" in parts["What asynclint reports"]
    assert "ASL" in parts["What asynclint reports"]
    assert f"$ asynclint fix --unsafe-fixes {program}\n" in parts["After the fix"]
    assert f"```python {program}\n" in parts["After the fix"]
    assert "$ python -X dev -W error" in parts["After the fix"] + parts["Measured"]


def test_index_names_every_page() -> None:
    index = FOLDER.joinpath("README.md").read_text(encoding="utf-8")
    assert {*re.findall(r"\]\(([\w-]+\.md)\)", index)} == {page.name for page in PAGES}


def test_what_is_printed_must_be_told() -> None:
    assert is_as_told("one\ntwo\nthree\n", "one\n...\nthree\n")
    assert is_as_told("a <object at 0x1f>\n", "a <object at ...>\n")
    assert not is_as_told("one\ntwo\n", "one\n")
    assert not is_as_told("one\n", "one\n...\ntwo\n")
