"""One file from standard input, the whole process: beside the imports that it cannot do without."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from measure import Command, Runs, interleaved
from packages import PACKAGES
from tables import seconds, table, times
from trees import module

from alarms import provide

_LINES = 1000
_PYTHON = ("-c", "pass"), ("-c", "import click"), ("-c", "import libcst")
_GATED = "import os\n\n\ndef total(items):\n    return sum(item.size for item in items)\n\n\n"


def compare_single(
    cache: Path, scratch: Path, repetitions: int, write: Callable[[str, str], None]
) -> None:
    """Measures the command line on single files; hands the section to `write`."""
    files = _files(cache, scratch)
    commands = [
        *(Command(f"python {' '.join(given)}", (sys.executable, *given)) for given in _PYTHON),
        *(
            Command(
                name, (sys.executable, "-m", "asynclint", "check", "--isolated", "-"), scratch, path
            )
            for name, path in files.items()
        ),
    ]
    # Each run is short, so there may be many.
    runs = interleaved(commands, repetitions * 4)
    write("Single files", f"{_table(runs)}\n\nEach is run four times as often as said above.")


def _files(cache: Path, scratch: Path) -> dict[str, Path]:
    """Files by what they are called in the table."""
    real = provide(PACKAGES["aiohttp"], cache) / "aiohttp" / "cookiejar.py"
    texts = {
        "a file that the gate turns away": _GATED * (_LINES // _GATED.count("\n")),
        "cookiejar.py of aiohttp, 998 lines": real.read_text(encoding="utf-8"),
        "a generated file of 1,000 lines": module(5, _LINES),
    }
    found = {}
    for number, (name, text) in enumerate(texts.items()):
        found[name] = scratch / f"file{number}.py"
        found[name].write_text(text, encoding="utf-8")
    return found


def _table(runs: dict[str, Runs]) -> str:
    bases = [runs[f"python {' '.join(given)}"] for given in _PYTHON[1:]]
    head = ["process", "wall", "processor", "times `import click`", "times `import libcst`"]
    rows = [
        [name, seconds(each.wall), seconds(each.cpu), *(times(each.ratio(base)) for base in bases)]
        for name, each in runs.items()
    ]
    return table(head, rows)
