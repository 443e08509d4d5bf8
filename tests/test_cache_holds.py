"""Random edits of a program of several modules: with the cache a run finds what it finds without.

The modules import one another, inherit from one another, hand objects to one another and register
in one another, so that an edit of one may change the findings of any other. `EDITS=5000` tries
more.
"""

from __future__ import annotations

import ast
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from asynclint.engine.cache import signatures
from asynclint.engine.cache.cached import Cache
from asynclint.engine.config import find_settings
from asynclint.engine.result import RunResult
from asynclint.engine.run import Manner, check_paths
from cache_programs import VARIANTS
from test_cache import rest

_EDITS = int(os.environ.get("EDITS", "240"))
_ALONE = Manner(jobs=1)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    with mock.patch.object(signatures, "TICK", 0):
        yield


def put(name: str, text: str | None) -> None:
    file = Path(name)
    if text is None:
        file.unlink(missing_ok=True)
        if name == "parts/base.py" and not Path("parts/__init__.py").exists():
            shutil.rmtree(file.parent, ignore_errors=True)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")


#: What is put before a line; `{line}` is the line itself, without its indentation.
_INSERTED = ("# a note", "", '"a text"', 'print("here")', "seen = 1", "{line}", "await seen")


def touched(choose: random.Random, text: str) -> str:
    """A text with small edits, most of which others do not notice."""
    for _ in range(choose.choice((0, 1, 1, 2))):
        lines = text.splitlines()
        at = choose.randrange(len(lines) + 1)
        line = lines[at].strip() if at < len(lines) else ""
        indent = lines[at][: len(lines[at]) - len(line)] if line else ""
        new = choose.choice((*_INSERTED, None))
        if new is None:
            lines[at : at + 1] = [indent + line.replace("1", "2").replace("a", "b", 1)]
        else:
            lines.insert(at, indent + new.format(line=line) if new else "")
        edited = "\n".join((*lines, ""))
        try:
            ast.parse(edited)
        except SyntaxError:
            continue
        text = edited
    return text


def sound(result: RunResult) -> tuple[object, ...]:
    assert not result.failures
    sources = {path: source.text for path, source in result.sources.items()}
    return result.findings, sources, result.files


def cached(settled: bool) -> tuple[RunResult, str]:
    """The result of a run with the cache, and how it came about."""
    cache = Cache.of_user(Path("../cache"), "key")
    assert cache is not None
    result = cache.unchanged()
    if result is not None:
        return result, "unchanged"
    if settled:
        rest()
    return check_paths(["."], find_settings(Path()), _ALONE, cache), "checked"


@pytest.mark.parametrize("seed", range(3))
def test_cached_findings_are_the_findings(seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for name, variants in VARIANTS.items():
        put(name, variants[0])
    seen = set()
    for step in range(_EDITS // 3):
        for name in choose.sample(sorted(VARIANTS), choose.choice((0, 1, 1, 1, 2, 4))):
            file = Path(name)
            if file.exists() and choose.random() < 0.6:
                put(name, touched(choose, file.read_text(encoding="utf-8")))
            else:
                put(name, choose.choice(VARIANTS[name]))
        wanted = sound(check_paths(["."], find_settings(Path()), _ALONE))
        result, how = cached(settled=choose.random() < 0.8)
        assert sound(result) == wanted, step
        seen.add((how, len(result.findings)))
        if choose.random() < 0.2:  # once more, with nothing changed
            assert sound(cached(settled=True)[0]) == wanted, step
    assert {how for how, _ in seen} == {"unchanged", "checked"}
    assert len(seen) > 4  # edits did change what is found
