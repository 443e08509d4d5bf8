"""What is said to call a function calls it, on the thread that is named, with the arguments."""

from __future__ import annotations

import asyncio
import bisect
import concurrent.futures
import contextlib
import contextvars
import functools
import heapq
import io
import itertools
import json
import multiprocessing.pool
import re
import threading
import timeit
import types
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from asynclint.facts import Outcome, Where
from facts_proofs.calling import ARGUMENTS, Case, bound, run, with_probe
from facts_proofs.claims import stdlib_facts

HERE = stdlib_facts()
MARK = object()


class Recorder:
    """A function that notes where it was called and with what, and gives its result."""

    def __init__(self, result: object = None) -> None:
        self.result = result
        self.threads: list[threading.Thread] = []
        self.arguments: list[tuple[object, ...]] = []

    def __call__(self, *arguments: object) -> Any:  # noqa: ANN401
        self.threads.append(threading.current_thread())
        self.arguments.append(arguments)
        return self.result


def _thread(cls: Callable[..., threading.Thread], *args: object, **kwargs: object) -> None:
    thread = cls(*args, **kwargs)
    thread.start()
    thread.join()


def _executor(use: Callable[[concurrent.futures.Executor], Any]) -> object:
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        return use(executor)


def _pool(use: Callable[[multiprocessing.pool.ThreadPool], Any]) -> object:
    with multiprocessing.pool.ThreadPool(1) as pool:
        return use(pool)


async def _in_executor(f: Recorder) -> object:
    return await asyncio.get_running_loop().run_in_executor(None, f, MARK)


def _condition(f: Recorder) -> object:
    f.result = True
    condition = threading.Condition()
    with condition:
        return condition.wait_for(f)


def _raising(error: type[BaseException], f: Recorder) -> Callable[..., None]:
    def call(*arguments: object) -> None:
        f(*arguments)
        if issubclass(error, Warning):
            warnings.warn("text", error, stacklevel=1)
        else:
            raise error("text")

    return call


def _failing(*_: object) -> None:
    raise KeyError


def _pool_errors(name: str, *args: Any) -> Callable[[Recorder], object]:  # noqa: ANN401
    def use(f: Recorder) -> object:
        def ask(pool: multiprocessing.pool.ThreadPool) -> None:
            result = getattr(pool, name)(_failing, *args, error_callback=f)
            result.wait()
            pool.close()
            pool.join()

        return _pool(ask)

    return use


def _pool_results(name: str, *args: Any) -> Callable[[Recorder], object]:  # noqa: ANN401
    def use(f: Recorder) -> object:
        def ask(pool: multiprocessing.pool.ThreadPool) -> None:
            getattr(pool, name)(str, *args, callback=f).wait()
            pool.close()
            pool.join()

        return _pool(ask)

    return use


def _runner(f: Recorder) -> None:
    f.result = loop = asyncio.new_event_loop()
    runner = getattr(asyncio, "Runner")(loop_factory=f)  # noqa: B009 - new in 3.11
    with runner:
        assert runner.get_loop() is loop


#: One call for every entry of `calls` that is made here or in a thread, in their order.
CALLS: dict[str, list[Callable[[Recorder], Any]]] = {
    "asyncio.AbstractEventLoop.run_in_executor": [lambda f: asyncio.run(_in_executor(f))],
    "asyncio.Runner": [_runner],
    "asyncio.to_thread": [lambda f: asyncio.run(asyncio.to_thread(f, MARK))],
    "bisect.bisect_left": [lambda f: bisect.bisect_left([1], 1, key=f)],
    "bisect.bisect_right": [lambda f: bisect.bisect_right([1], 1, key=f)],
    "bisect.insort_left": [lambda f: bisect.insort_left([1], 1, key=f)],
    "bisect.insort_right": [lambda f: bisect.insort_right([1], 1, key=f)],
    "builtins.filter": [lambda f: list(filter(f, [1]))],
    "builtins.iter": [lambda f: next(iter(f, "never"))],
    "builtins.list.sort": [lambda f: [1].sort(key=f)],
    "builtins.map": [lambda f: list(map(f, [1]))],
    "builtins.max": [lambda f: max([1], key=f)],
    "builtins.min": [lambda f: min([1], key=f)],
    "builtins.sorted": [lambda f: sorted([1], key=f)],
    "concurrent.futures.Executor.map": [lambda f: list(_executor(lambda e: e.map(f, [1])))],  # type: ignore[call-overload]
    "concurrent.futures.Executor.submit": [
        lambda f: _executor(lambda e: e.submit(f, MARK).result())
    ],
    "concurrent.futures.ThreadPoolExecutor": [
        lambda f: concurrent.futures.ThreadPoolExecutor(1, "", f).submit(int).result()
    ],
    "contextvars.Context.run": [lambda f: contextvars.copy_context().run(f, MARK)],
    "functools.reduce": [lambda f: functools.reduce(f, [1, 2])],
    "heapq.merge": [lambda f: list(heapq.merge([1], [2], key=f))],
    "heapq.nlargest": [lambda f: heapq.nlargest(1, [1], f)],
    "heapq.nsmallest": [lambda f: heapq.nsmallest(1, [1], f)],
    "itertools.accumulate": [lambda f: list(itertools.accumulate([1, 2], f))],
    "itertools.dropwhile": [lambda f: list(itertools.dropwhile(f, [1]))],
    "itertools.filterfalse": [lambda f: list(itertools.filterfalse(f, [1]))],
    "itertools.groupby": [lambda f: list(itertools.groupby([1], f))],
    "itertools.starmap": [lambda f: list(itertools.starmap(f, [[1]]))],
    "itertools.takewhile": [lambda f: list(itertools.takewhile(f, [1]))],
    "json.dump": [lambda f: json.dump(object(), io.StringIO(), default=f)],
    "json.dumps": [lambda f: json.dumps(object(), default=f)],
    "json.load": [
        lambda f: json.load(io.StringIO("{}"), object_hook=f),
        lambda f: json.load(io.StringIO("{}"), object_pairs_hook=f),
        lambda f: json.load(io.StringIO("1.5"), parse_float=f),
        lambda f: json.load(io.StringIO("1"), parse_int=f),
    ],
    "json.loads": [
        lambda f: json.loads("{}", object_hook=f),
        lambda f: json.loads("{}", object_pairs_hook=f),
        lambda f: json.loads("1.5", parse_float=f),
        lambda f: json.loads("1", parse_int=f),
    ],
    "multiprocessing.pool.Pool.apply_async": [
        _pool_results("apply_async", ()),
        _pool_errors("apply_async", ()),
    ],
    "multiprocessing.pool.Pool.map_async": [
        _pool_results("map_async", [1]),
        _pool_errors("map_async", [1]),
    ],
    "multiprocessing.pool.Pool.starmap_async": [
        _pool_results("starmap_async", [[1]]),
        _pool_errors("starmap_async", [[1]]),
    ],
    "multiprocessing.pool.ThreadPool": [
        lambda f: multiprocessing.pool.ThreadPool(1, f).__exit__(None, None, None)
    ],
    "multiprocessing.pool.ThreadPool.apply": [lambda f: _pool(lambda p: p.apply(f, (MARK,)))],
    "multiprocessing.pool.ThreadPool.apply_async": [
        lambda f: _pool(lambda p: p.apply_async(f, (MARK,)).get()),
        _pool_results("apply_async", ()),
        _pool_errors("apply_async", ()),
    ],
    "multiprocessing.pool.ThreadPool.imap": [lambda f: _pool(lambda p: list(p.imap(f, [1])))],
    "multiprocessing.pool.ThreadPool.imap_unordered": [
        lambda f: _pool(lambda p: list(p.imap_unordered(f, [1])))
    ],
    "multiprocessing.pool.ThreadPool.map": [lambda f: _pool(lambda p: p.map(f, [1]))],
    "multiprocessing.pool.ThreadPool.map_async": [
        lambda f: _pool(lambda p: p.map_async(f, [1]).get()),
        _pool_results("map_async", [1]),
        _pool_errors("map_async", [1]),
    ],
    "multiprocessing.pool.ThreadPool.starmap": [lambda f: _pool(lambda p: p.starmap(f, [[1]]))],
    "multiprocessing.pool.ThreadPool.starmap_async": [
        lambda f: _pool(lambda p: p.starmap_async(f, [[1]]).get()),
        _pool_results("starmap_async", [[1]]),
        _pool_errors("starmap_async", [[1]]),
    ],
    "re.Pattern.sub": [lambda f: re.compile("a").sub(f, "a")],
    "re.Pattern.subn": [lambda f: re.compile("a").subn(f, "a")],
    "re.sub": [lambda f: re.sub("a", f, "a")],
    "re.subn": [lambda f: re.subn("a", f, "a")],
    "threading.Condition.wait_for": [_condition],
    "threading.Thread": [lambda f: _thread(threading.Thread, None, f, None, (MARK,))],
    "threading.Timer": [lambda f: _thread(threading.Timer, 0, f, (MARK,))],
    "timeit.repeat": [
        lambda f: timeit.repeat(f, number=1, repeat=1),
        lambda f: timeit.repeat("pass", f, number=1, repeat=1),
    ],
    "timeit.timeit": [
        lambda f: timeit.timeit(f, number=1),
        lambda f: timeit.timeit("pass", f, number=1),
    ],
    "types.new_class": [lambda f: types.new_class("C", (), {}, f)],
    "unittest.TestCase.assertRaises": [
        lambda f: Case().assertRaises(KeyError, _raising(KeyError, f), MARK)  # noqa: PT027
    ],
    "unittest.TestCase.assertRaisesRegex": [
        lambda f: Case().assertRaisesRegex(  # noqa: PT027
            KeyError, "text", _raising(KeyError, f), MARK
        )
    ],
    "unittest.TestCase.assertWarns": [
        lambda f: Case().assertWarns(UserWarning, _raising(UserWarning, f), MARK)
    ],
    "unittest.TestCase.assertWarnsRegex": [
        lambda f: Case().assertWarnsRegex(UserWarning, "text", _raising(UserWarning, f), MARK)
    ],
}
#: What the function must give for the call to succeed, where None does not do.
RESULTS = {"re.": "b", "builtins.iter": 1, "builtins.sorted": 1, "bisect.": 1, "heapq.": 1}


def _entries() -> list[tuple[str, int]]:
    """Every entry that is called at once, with its rank among those of its fact."""
    return [
        (name, rank)
        for name, fact in HERE.items()
        for rank, _ in enumerate(e for e in fact.calls if e.where in (Where.HERE, Where.THREAD))
    ]


@pytest.mark.parametrize(("name", "rank"), _entries())
def test_it_is_called_where_the_fact_says(name: str, rank: int) -> None:
    entry = [e for e in HERE[name].calls if e.where in (Where.HERE, Where.THREAD)][rank]
    result = next((r for start, r in RESULTS.items() if name.startswith(start)), None)
    if entry.outcome is Outcome.RETURNED:
        result = MARK
    recorder = Recorder(result)
    outcome = CALLS[name][rank](recorder)
    assert recorder.threads
    is_here = {thread is threading.current_thread() for thread in recorder.threads}
    assert is_here == {entry.where is Where.HERE}
    if entry.arguments >= 0:
        assert recorder.arguments == [(MARK,)]
    if entry.outcome is Outcome.RETURNED:
        assert outcome is MARK or MARK in outcome


def _unnamed() -> list[tuple[str, int]]:
    """Positions that no keyword names, so that signatures do not prove them."""
    return [
        (name, entry.at)
        for name, fact in HERE.items()
        for entry in fact.calls
        if entry.where in (Where.HERE, Where.THREAD) and entry.at >= 0 and not entry.name
        if not name.startswith("unittest.")
    ]


@pytest.mark.parametrize(("name", "at"), _unnamed())
def test_it_stands_where_the_fact_says(name: str, at: int) -> None:
    recorder = Recorder(1)
    arguments = (None, "never") if name == "builtins.iter" else ARGUMENTS[name]
    with bound(HERE[name]) as (call, _):
        run(HERE[name], call, with_probe(arguments, at, recorder))
    assert recorder.threads


def test_no_call_is_proved_that_no_fact_claims() -> None:
    not_everywhere = {"asyncio.Runner"}
    assert set(CALLS) - not_everywhere == {name for name, _ in _entries()} - not_everywhere


# What happens later -------------------------------------------------------------------------------


SOON = ("call_soon", "call_soon_threadsafe", "call_later", "call_at")


async def _on_loop(f: Recorder) -> None:
    """Hands the recorder to every method of the loop that calls back soon, and to a future."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    loop.call_soon(f, MARK)
    loop.call_soon_threadsafe(f, MARK)
    loop.call_later(0, f, MARK)
    loop.call_at(loop.time(), f, MARK)
    done.add_done_callback(f)
    done.set_result(None)
    await asyncio.sleep(0.01)


def test_callbacks_of_the_loop_run_plainly_on_its_thread() -> None:
    recorder = Recorder()
    asyncio.run(_on_loop(recorder))
    assert set(recorder.threads) == {threading.current_thread()}
    assert recorder.arguments.count((MARK,)) == len(SOON)
    assert len(recorder.arguments) == len(SOON) + 1
    for name in SOON:
        (entry,) = HERE[f"asyncio.AbstractEventLoop.{name}"].calls
        assert (entry.where, entry.outcome) == (Where.LOOP, Outcome.DROPPED)


async def _record(seen: list[str], what: str) -> None:
    seen.append(what)


async def _unwound(seen: list[str]) -> None:
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(_record, seen, "awaited")
        stack.callback(seen.append, "called")
    with pytest.warns(RuntimeWarning, match="never awaited"):
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(_record, seen, "lost")
    with pytest.raises(TypeError):
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(seen.append, "plain")  # type: ignore[arg-type]


def test_exit_stacks_await_what_they_say() -> None:
    seen: list[str] = []
    asyncio.run(_unwound(seen))
    assert seen == ["called", "awaited", "plain"]
    outcomes = {
        name: HERE[f"contextlib.AsyncExitStack.{name}"].calls[0].outcome
        for name in ("callback", "push_async_callback")
    }
    assert outcomes == {
        "callback": Outcome.DROPPED,
        "push_async_callback": Outcome.AWAITED,
    }
