"""Cures in shapes that the fixtures do not have; the results run.

The cases stand in tests/cures/*.txt: under each heading a program (`python before`), what
`asynclint fix --unsafe-fixes` makes of it (`python after`; without it: nothing), and what that
prints (`text prints`). `python after safe` says that `asynclint fix` does the same unasked,
`python before silent` that CPython does not complain of the fault: it costs loops, or tasks.
A program, or an outcome, that imports asyncio first stands as it is; all others get the prelude in
front.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from asynclint.engine.check import check_source
from asynclint.engine.fixing import fix_source
from asynclint.engine.settings import Settings
from asynclint.source.text import from_text
from fixture_runs import without_slow_steps

CURES = Path(__file__).parent / "cures"
#: In a folder without modules: each case is a program of its own.
CASE = str(CURES / "case.py")
PRELUDE = """\
import asyncio


async def f(x=0, *, scale=1):
    await asyncio.sleep(0)
    return x * scale


"""
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w+) (\w+)( \w+)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Case:
    """A program, what becomes of it, and what that prints.

    safe: nobody needs to be asked. silent: CPython runs the faulty program without complaint.
    """

    name: str
    before: str
    after: str
    prints: str
    safe: bool
    silent: bool


def cases() -> Iterator[Case]:
    """All cases."""
    for path in sorted(CURES.glob("*.txt")):
        _, *parts = _HEADING.split(path.read_text(encoding="utf-8"))
        for title, body in zip(parts[::2], parts[1::2], strict=True):
            blocks = {match[2]: match for match in _FENCE.finditer(body)}
            prelude = "" if blocks["before"][4].startswith("import asyncio\n") else PRELUDE
            before = prelude + blocks["before"][4]
            changed = blocks.get("after")
            yield Case(
                name=f"{path.stem}: {title}",
                before=before,
                after=_whole(changed[4], prelude) if changed else before,
                prints=blocks["prints"][4] if "prints" in blocks else "",
                safe=changed is not None and changed[3] == " safe",
                silent=blocks["before"][3] == " silent",
            )


def _whole(outcome: str, prelude: str) -> str:
    return outcome if outcome.startswith("import asyncio\n") else prelude + outcome


CASES = list(cases())
CHANGED = [each for each in CASES if each.after != each.before]


def names(case: Case) -> str:
    return case.name


def fixed(text: str, *, unsafe: bool) -> str:
    return fix_source(from_text(text, CASE), Settings.defaults(), unsafe=unsafe).text


def run(text: str, folder: Path) -> tuple[int, str, str]:
    path = folder / "case.py"
    path.write_bytes(text.encode())
    command = [sys.executable, "-X", "dev", "-W", "error", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return done.returncode, done.stdout, without_slow_steps(done.stderr)


def test_there_are_cases_of_both_kinds() -> None:
    assert CHANGED
    assert len(CHANGED) < len(CASES)
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=names)
def test_finds_something(case: Case) -> None:
    """A case without a finding would show nothing about fixes."""
    assert check_source(from_text(case.before, CASE), Settings.defaults())


@pytest.mark.parametrize("case", CASES, ids=names)
def test_text(case: Case) -> None:
    assert fixed(case.before, unsafe=True) == case.after
    assert fixed(case.after, unsafe=True) == case.after


@pytest.mark.parametrize("case", CASES, ids=names)
def test_asks_first(case: Case) -> None:
    unasked = fixed(case.before, unsafe=False)
    assert unasked == (case.after if case.safe else case.before)


@pytest.mark.parametrize("case", CHANGED, ids=names)
def test_runs(case: Case, tmp_path: Path) -> None:
    """The fault shows before, in what is printed, raised or warned of; after, it does not."""
    assert (run(case.before, tmp_path) == (0, case.prints, "")) == case.silent
    assert run(case.after, tmp_path) == (0, case.prints, "")


@pytest.mark.parametrize("case", CHANGED, ids=names)
@pytest.mark.parametrize(("newline", "indent"), [("\r\n", "    "), ("\n", "\t"), ("\r\n", "\t")])
def test_keeps_newlines_and_tabs(case: Case, newline: str, indent: str) -> None:
    def rewritten(text: str) -> str:
        return text.replace("    ", indent).replace("\n", newline)

    assert fixed(rewritten(case.before), unsafe=True) == rewritten(case.after)


@pytest.mark.parametrize("case", CHANGED, ids=names)
def test_needs_no_last_newline(case: Case) -> None:
    assert fixed(case.before.rstrip("\n"), unsafe=True) == case.after.rstrip("\n")


@pytest.mark.parametrize(
    "top", ["#!/usr/bin/env python\n# coding: utf-8\n", "\n# -*- coding: utf-8 -*-\n# Sends all.\n"]
)
def test_the_comments_of_the_file_stay_on_top_of_it(top: str) -> None:
    text = f"{top}for _ in range(2):\n    import asyncio\n\n    asyncio.run(asyncio.sleep(0))\n"
    result = fix_source(from_text(text, "app.py"), Settings.defaults(), unsafe=True)
    assert result.notes == ()
    assert result.text == (
        f"{top}import asyncio\n\n\nasync def main():\n    for _ in range(2):\n"
        "        import asyncio\n\n        await asyncio.sleep(0)\n\n\nasyncio.run(main())\n"
    )


@pytest.mark.parametrize(
    "code",
    [
        "for x in (1, 2):\n    y: int = asyncio.run(f(x))\n\ndef last():\n    return y\n\nlast()\n",
        "def g(y=0):\n    for x in (1, 2):\n        y: int = asyncio.run(f(x))\n    return y\n",
    ],
)
def test_an_annotated_variable_cannot_be_declared_as_another_scope_s(code: str) -> None:
    result = fix_source(from_text(PRELUDE + code, CASE), Settings.defaults(), unsafe=True)
    assert (result.findings, result.notes) == ((), ())
    assert "    y: int = loop.run_until_complete(f(x))" in result.text
