"""Every fixture runs on CPython, is linted, and is repaired as its file says.

All run on the current interpreter, and every second one on another, if pyenv has any: these take
turns. With ASYNCLINT_ALL_PYTHONS=1 all run on each.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from asynclint.findings import Finding
from fixture_harness import (
    FIXTURES,
    Asynclint,
    MalformedFixtureError,
    fixture_folders,
    fixture_paths,
    judge_cure,
    judge_findings,
    judge_place,
    judge_run,
    judge_stable,
    judge_twins,
    load,
    reports,
    run_fixture,
)
from fixture_runs import Interpreter, Outcome, available, elected

PATHS = sorted([*fixture_paths(), *fixture_folders()])
INTERPRETERS = available()
EVERYWHERE = os.environ.get("ASYNCLINT_ALL_PYTHONS") == "1"
LINTER = Asynclint()

fixture = cache(load)


def name_of(path: Path) -> str:
    """How test reports call a fixture."""
    return f"{path.parent.name}/{path.stem}"


def able(path: Path) -> list[Interpreter]:
    """The interpreters that can run a fixture; none where its form is wrong, as its test says."""
    try:
        return [each for each in INTERPRETERS if fixture(path).runs_on(each.version)]
    except MalformedFixtureError:
        return []


PAIRS = [
    pytest.param(path, interpreter, id=f"{name_of(path)}-{interpreter.name}")
    for path in PATHS
    for interpreter in elected(name_of(path), able(path), everywhere=EVERYWHERE)
]


@cache
def findings(path: Path) -> Sequence[Finding]:
    """What the linter reports on a fixture: several tests look at it."""
    return reports(fixture(path), LINTER)


class Runs:
    """Outcomes of fixtures, each run once, on a pool of threads so that all processors work."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        """pool: where the processes are waited for."""
        self._pool = pool
        self._started: dict[tuple[Path, Interpreter], Future[Outcome]] = {}

    def start(self, path: Path, interpreter: Interpreter) -> Future[Outcome]:
        """The outcome of a fixture on an interpreter, perhaps still to come."""
        key = path, interpreter
        if key not in self._started:
            self._started[key] = self._pool.submit(run_fixture, fixture(path), interpreter)
        return self._started[key]


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """Starts the fixtures of all selected tests before the first of them asks for its outcome."""
    pool = ThreadPoolExecutor(os.cpu_count())
    started = Runs(pool)
    for item in request.session.items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        path, interpreter = parameters.get("path"), parameters.get("interpreter")
        if path and interpreter:
            started.start(path, interpreter)
    yield started
    pool.shutdown(cancel_futures=True)


def is_syntax_here(path: Path) -> bool:
    """Whether this Python can parse a fixture that needs another one, or others will tell."""
    if path.is_dir() or "\n# needs: " not in f"\n{path.read_text(encoding='utf-8')}":
        return True
    try:
        ast.parse(path.read_bytes())
    except SyntaxError:
        return False
    return True


def each(*kinds: str) -> pytest.MarkDecorator:
    """Parametrizes a test over all fixtures of some kinds, of all kinds if none is named."""
    paths = [path for path in PATHS if not kinds or path.stem.partition("_")[0] in kinds]
    paths = [path for path in paths if is_syntax_here(path)]
    return pytest.mark.parametrize("path", paths, ids=name_of)


def test_there_are_fixtures() -> None:
    """Every rule's folder shows its fault at least once, and there are such folders."""
    folders = {path.parent for path in PATHS}
    assert folders
    assert folders == {path.parent for path in PATHS if path.name.startswith("raises_")}
    assert all(folder.parent == FIXTURES for folder in folders)


@pytest.mark.parametrize(("path", "interpreter"), PAIRS)
def test_runs(path: Path, interpreter: Interpreter, runs: Runs) -> None:
    """CPython shows the fault, or runs the program clean."""
    assert_none(judge_run(fixture(path), runs.start(path, interpreter).result()))


@each()
def test_form(path: Path) -> None:
    """The fixture keeps the format and has the counterpart that it needs."""
    assert_none(judge_twins(fixture(path)))


@each()
def test_findings(path: Path) -> None:
    """Exactly the marked lines are reported."""
    assert_none(judge_findings(fixture(path), findings(path)))


@each("raises")
def test_names_the_place_that_raises(path: Path, runs: Runs) -> None:
    """The line that raised is one that a finding names."""
    if not able(path):
        pytest.skip("needs a Python that is not installed")
    outcome = runs.start(path, able(path)[0]).result()
    assert_none(judge_place(fixture(path), outcome, findings(path)))


@each("raises")
def test_cure(path: Path) -> None:
    """The fix gives the text of the fixed_ twin and says how far it may be trusted."""
    raising = fixture(path)
    twin = raising.twin("fixed")
    repaired = fixture(twin) if twin.exists() else None
    assert_none(judge_cure(raising, findings(path), LINTER, repaired))


@each("fixed", "quiet")
def test_stable(path: Path) -> None:
    """A second fix changes nothing, nor does the fix of a program without a fault."""
    assert_none(judge_stable(fixture(path), LINTER))


def assert_none(complaints: list[str]) -> None:
    """Fails with all complaints."""
    assert not complaints, "\n".join(complaints)
