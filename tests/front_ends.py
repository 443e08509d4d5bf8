"""What tests of the front ends share: runs of the command line, findings planted in code."""

from __future__ import annotations

import io
import os
import re
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from asynclint.cli import main
from asynclint.engine import check, fixing, select
from asynclint.engine.select import rules_for
from asynclint.engine.settings import Settings
from asynclint.findings import Applicability, Edit, Finding, Fix, Place
from asynclint.source.text import Source

#: Passes the gate, and no rule finds anything in it.
HARMLESS = "async def work():\n    return 1\n"


@dataclass(frozen=True)
class Done:
    """What became of a command line."""

    status: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        """What was written to standard output, as text."""
        return self.raw.decode()


class Terminal(io.BytesIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@contextmanager
def deep_folder(name: str, text: str) -> Iterator[None]:
    """A file below more folders `a` than CPython lets functions call themselves.

    They are gone afterwards: who clears up may go down by such calls.
    """
    here = Path.cwd()
    for _ in range(1200):
        Path("a").mkdir()
        os.chdir("a")
    file = Path(name).absolute()
    Path(name).write_text(text, encoding="utf-8")
    os.chdir(here)
    yield
    for _ in file.relative_to(here).parts[1:]:
        os.chdir("a")
    Path(name).unlink()
    while Path.cwd() != here:
        os.chdir("..")
        Path("a").rmdir()


def asynclint(*arguments: str, stdin: bytes = b"", terminal: bool = False) -> Done:
    """Runs a command line in this process, with streams of its own."""
    out, err = (Terminal() if terminal else io.BytesIO() for _ in range(2))
    streams: dict[str, Any] = {
        "stdin": io.TextIOWrapper(io.BytesIO(stdin)),
        "stdout": io.TextIOWrapper(out, encoding="utf-8"),
        "stderr": io.TextIOWrapper(err, encoding="utf-8"),
    }
    with mock.patch.multiple("sys", **streams), pytest.raises(SystemExit) as caught:
        main(list(arguments))
    for stream in streams.values():
        stream.flush()
    status = caught.value.code
    assert isinstance(status, int)
    return Done(status, out.getvalue(), err.getvalue().decode())


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Writes files, with the folders that they need; newlines as they are given."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


@dataclass(frozen=True)
class PlantedRule:
    """Stands for a class of rules, and is none: `all_rules` would find it, in every later test."""

    code: str
    name: str
    text: str
    default: bool = True

    def page(self) -> str:
        return self.text

    def summary(self) -> str:
        return self.text.partition("\n")[0].rstrip(".")


PAGE = "A word that the tests plant.\n\n## What it does\nFinds `FAULT`."
PLANTED = {
    "FAULT": PlantedRule("ASL101", "planted-fault", PAGE),
    "OTHER": PlantedRule("ASL102", "other-fault", "Another word that the tests plant."),
    "FAR": PlantedRule("ASL201", "far-fault", "A word of another group."),
    "OFF": PlantedRule(
        "ASL202", "off-fault", "A word that is found on request only.", default=False
    ),
}
_WORD = re.compile(rf"\b({'|'.join(PLANTED)})(SAFE|UNSAFE|SHOWN)?\b")


def flake8_options(**given: Any) -> Namespace:  # noqa: ANN401 - options are of many types
    """What flake8 hands to the plugin where it was given nothing but these options."""
    jobs = Namespace(is_auto=False, n_jobs=1)
    usual: dict[str, Any] = {
        "asynclint_no_cache": False,
        "asynclint_target_version": None,
        "bug_report": False,
        "exclude": (),
        "extend_exclude": (),
        "extend_select": None,
        "filenames": [],
        "jobs": jobs,
        "select": None,
    }
    return Namespace(**(usual | given))


def find_planted(
    source: Source, settings: Settings, tree: object = None, workspace: object = None
) -> list[Finding]:
    """Finds `FAULT`, and with a cure `FAULTSAFE`, `FAULTUNSAFE`, `FAULTSHOWN`; takes any tree."""
    del tree, workspace
    on = {rule.code for rule in rules_for(settings, source.path)}
    words = (match for match in _WORD.finditer(source.text) if PLANTED[match[1]].code in on)
    return [_finding(source, match) for match in words]


def _finding(source: Source, match: re.Match[str]) -> Finding:
    rule = PLANTED[match[1]]
    start, end = source.position(match.start()), source.position(match.end())
    first = Place(source.path, source.position(0), source.position(1), "the file begins here")
    fix = None
    if match[2]:
        level = {
            "SAFE": Applicability.SAFE,
            "UNSAFE": Applicability.UNSAFE,
            "SHOWN": Applicability.DISPLAY_ONLY,
        }[match[2]]
        fix = Fix(level, "write `cured`", (Edit(match.start(), match.end(), "cured"),))
    message = f"`{match[1]}` is planted"
    return Finding(rule.code, rule.name, message, source.path, start, end, (first,), fix)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the planted rules in the place of the real ones."""
    everything = tuple(sorted(PLANTED.values(), key=lambda rule: rule.code))
    monkeypatch.setattr("asynclint.rules.all_rules", lambda: everything)
    monkeypatch.setattr(check, "check_source", find_planted)
    monkeypatch.setattr(fixing, "fix_source", partial(fixing.fix_source, check=find_planted))
    select._enabled.cache_clear()  # noqa: SLF001 - it remembers the real rules
    monkeypatch.setattr(select, "_enabled", select._enabled.__wrapped__)  # noqa: SLF001
