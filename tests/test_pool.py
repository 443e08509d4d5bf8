"""The pool: what becomes of the work, whoever does it."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from asynclint.engine.chunks import chunks, sizes_of
from asynclint.engine.pool import Pool, given, processes, processes_for
from asynclint.engine.result import RunResult
from asynclint.engine.run import Manner, check_paths
from asynclint.engine.settings import Settings

EXAMPLES = Path(__file__).parents[1] / "examples"


class Elsewhere(Executor):
    """Does the work at once, on copies: as an engine does that sends it to other machines."""

    def __init__(self, dies_on: str = "") -> None:
        self.tasks = 0
        self._dies_on = dies_on

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        self.tasks += 1
        future: Future[Any] = Future()
        sent = pickle.dumps((fn, args, kwargs))
        if self._dies_on and self._dies_on.encode() in sent:
            future.set_exception(BrokenExecutor("gone"))
            return future
        function, positional, named = pickle.loads(sent)  # noqa: S301 - our own
        future.set_result(pickle.loads(pickle.dumps(function(*positional, **named))))  # noqa: S301
        return future


def sound(result: RunResult) -> tuple[object, ...]:
    return result.findings, result.failures, sorted(result.sources), result.files, result.notes


def checked(manner: Manner) -> RunResult:
    return check_paths([str(EXAMPLES)], Settings.defaults(str(EXAMPLES)), manner)


@pytest.fixture(scope="module")
def alone() -> RunResult:
    result = checked(Manner(jobs=1))
    assert result.findings
    return result


def test_another_executor_stands_in(alone: RunResult) -> None:
    executor = Elsewhere()
    assert sound(checked(Manner(executor=executor))) == sound(alone)
    assert executor.tasks > 1


def test_a_thread_stands_in(alone: RunResult) -> None:
    with ThreadPoolExecutor(1) as executor:
        assert sound(checked(Manner(executor=executor))) == sound(alone)


@pytest.mark.parametrize("jobs", [2, 3])
def test_processes_find_the_same(alone: RunResult, jobs: int) -> None:
    assert sound(checked(Manner(jobs=jobs))) == sound(alone)


def test_what_another_executor_loses_is_named(alone: RunResult) -> None:
    name = min(alone.sources)
    result = checked(Manner(executor=Elsewhere(dies_on=name)))
    assert [each.path for each in result.failures] == [name]
    assert result.files == alone.files
    assert result.findings == [each for each in alone.findings if each.path != name]


def pool(work: Any, executors: Any = processes) -> Pool[int, int]:  # noqa: ANN401
    return Pool(work, lambda item: -item, lambda _: None, 2, executors)


def double(item: int) -> int:
    return 2 * item


def dies_on_seven(item: int) -> int:
    if item == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * item


def test_results_are_in_order_whatever_the_order_of_work() -> None:
    items = range(40)
    sizes = [(7 * item) % 11 * 1000 for item in items]
    assert pool(double).results(items, sizes) == [2 * item for item in items]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_only_the_item_on_which_a_process_dies_is_lost() -> None:
    assert pool(dies_on_seven).results(range(20), [1] * 20) == [
        -item if item == 7 else 2 * item for item in range(20)
    ]


def test_an_error_of_the_tool_is_none_of_the_file() -> None:
    with pytest.raises(ZeroDivisionError):
        pool(lambda item: item // 0, given(ThreadPoolExecutor(1))).results(range(3), [1] * 3)


def test_what_has_not_begun_is_taken_back_when_the_run_ends() -> None:
    begun: list[int] = []

    class Slow(Executor):
        def __init__(self) -> None:
            self.futures: list[Future[Any]] = []

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
            future: Future[Any] = Future()
            self.futures.append(future)
            if len(self.futures) == 2:
                begun.append(1)
                self.futures[0].set_result(fn(*args, **kwargs))
            return future

    def told(_: int) -> None:
        raise KeyboardInterrupt

    slow = Slow()
    work: Pool[int, int] = Pool(double, double, told, 2, given(slow))
    with pytest.raises(KeyboardInterrupt):
        work.results(range(8), [1000] * 8)
    assert begun == [1]
    assert all(future.cancelled() for future in slow.futures[1:])


def test_chunks_cover_everything_once_and_the_largest_come_first() -> None:
    sizes = [10, 0, 900, 20, 30_000, 5, 5, 5] * 20
    made = chunks(sizes, 3)
    assert sorted(index for each in made for index in each) == list(range(len(sizes)))
    weights = [sum(sizes[index] for index in each) for each in made]
    assert weights == sorted(weights, reverse=True)
    assert len(made) >= 3 * 8
    assert chunks([], 2) == []
    assert chunks([0, 0, 0], 2) != []


def test_small_runs_stay_in_one_process() -> None:
    assert processes_for([1000] * 50, None) == 1
    assert processes_for([1000] * 50, 4) == 4
    assert processes_for([1000] * 3, 8) == 3
    assert processes_for([], 8) == 1


def test_large_runs_use_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asynclint.engine.pool._processors", lambda: 6)
    assert processes_for([50_000] * 50, None) == 6
    monkeypatch.setattr("asynclint.engine.pool._processors", lambda: 1)
    assert processes_for([50_000] * 50, None) == 1


def test_sizes(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"1234")
    assert sizes_of([str(file), str(tmp_path / "none.py"), "a\0b"]) == [4, 0, 0]
