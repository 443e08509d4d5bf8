"""`--timings` tells where the time goes, and changes nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asynclint.cli import timings
from front_ends import asynclint, write

FAULTY = """\
import asyncio


async def load():
    await asyncio.sleep(0)


async def main():
    request = load()
    await request
    await request
"""
LINE = re.compile(r"(\w+) +(\d+\.\d{3})(?: +(\d+\.\d)%(?: +(\d+))?)?")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"a.py": FAULTY, "b.py": "from a import load\n\nload()\n", "c.py": "x = 1\n"})


def functions() -> list[object]:
    """What stands in the places that are watched."""
    return [
        getattr(*timings._place(name))  # noqa: SLF001 - the way to what it replaces
        for names in timings.STAGES.values()
        for name in names
    ]


@pytest.mark.parametrize("more", [[], ["--output-format", "json"], ["--jobs", "2"]])
def test_changes_nothing_else(more: list[str]) -> None:
    before = functions()
    plain = asynclint("check", "--isolated", "-q", ".", *more)
    told = asynclint("check", "--isolated", "-q", ".", "--timings", *more)
    assert plain.status == 1
    assert (told.status, told.out) == (plain.status, plain.out)
    assert told.err.startswith(plain.err)
    assert functions() == before


def test_each_stage_is_seen() -> None:
    head, *lines = asynclint("check", "--isolated", "-q", ".", "--timings").err.splitlines()
    assert head.split() == ["stage", "seconds", "share", "calls"]
    matches = [LINE.fullmatch(line) for line in lines]
    assert [m and m[1] for m in matches] == ["import", *timings.STAGES, "other", "total"]
    calls = {m[1]: int(m[4] or 0) for m in matches if m is not None}
    unseen = [stage for stage in timings.STAGES if not calls[stage]]
    # Facts are read once in a process, so another test may have had them read.
    assert set(unseen) <= {"facts"}


def test_the_seconds_of_stages_are_those_of_the_whole() -> None:
    lines = asynclint("check", "--isolated", "-q", ".", "--timings").err.splitlines()[1:]
    *stages, total = (float(match[2]) for line in lines if (match := LINE.fullmatch(line)))
    # What the lines lose by rounding.
    assert abs(sum(stages) - total) <= 0.0005 * (len(stages) + 1)


def test_standard_input() -> None:
    done = asynclint("check", "--isolated", "-q", "-", "--timings", stdin=FAULTY.encode())
    assert "ASL101" in done.out
    assert re.search(r"^read .* 1$", done.err, flags=re.MULTILINE)
