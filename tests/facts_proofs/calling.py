"""Calls what the facts describe, with a probe in the place of one argument."""

from __future__ import annotations

import argparse
import asyncio
import collections
import concurrent.futures
import contextlib
import contextvars
import csv
import io
import itertools
import json
import multiprocessing
import multiprocessing.pool
import operator
import pathlib
import pickle
import queue
import re
import unittest
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from asynclint.facts import Fact, Kind
from facts_proofs.claims import resolve

ITEM = object()  # stands in containers, to be found again


class Case(unittest.TestCase):
    """A test case whose assertions can be called."""


class Steps:
    """An asynchronous iterator without end."""

    def __aiter__(self) -> Steps:
        return self

    async def __anext__(self) -> int:
        return 1


def _none(*_: object) -> None:
    return None


def _variable() -> contextvars.ContextVar[object]:
    variable: contextvars.ContextVar[object] = contextvars.ContextVar("variable")
    variable.set(ITEM)
    return variable


def _connection(stack: contextlib.ExitStack) -> object:
    ends = multiprocessing.Pipe()
    for end in ends:
        stack.callback(end.close)
    return ends[0]


def _simple_queue(stack: contextlib.ExitStack) -> object:
    made: multiprocessing.SimpleQueue[object] = multiprocessing.SimpleQueue()
    stack.callback(made.close)
    return made


def _filled(container: Any) -> object:  # noqa: ANN401
    """The queue with one item in it."""
    container.put_nowait(ITEM)
    return container


#: Makes an object of a class, with one item in it where the class is a container.
OWNERS: dict[str, Callable[[contextlib.ExitStack], object]] = {
    "_csv.Writer": lambda _: csv.writer(io.StringIO()),
    "argparse.ArgumentParser": lambda _: argparse.ArgumentParser(),
    "builtins.bytearray": lambda _: bytearray(),
    "builtins.bytes": lambda _: b"",
    "builtins.dict": lambda _: {"key": ITEM},
    "builtins.frozenset": lambda _: frozenset([ITEM]),
    "builtins.list": lambda _: [ITEM],
    "builtins.set": lambda _: {ITEM},
    "builtins.str": lambda _: "a",
    "collections.Counter": lambda _: collections.Counter(),
    "collections.OrderedDict": lambda _: collections.OrderedDict(key=ITEM),
    "collections.deque": lambda _: collections.deque([ITEM]),
    "concurrent.futures.Executor": lambda s: s.enter_context(
        concurrent.futures.ThreadPoolExecutor(1)
    ),
    "concurrent.futures.Future": lambda _: concurrent.futures.Future(),
    "concurrent.futures.ProcessPoolExecutor": lambda s: s.enter_context(
        concurrent.futures.ProcessPoolExecutor(1)
    ),
    "contextvars.Context": lambda _: contextvars.copy_context(),
    "contextvars.ContextVar": lambda _: _variable(),
    "csv.DictWriter": lambda _: csv.DictWriter(io.StringIO(), ["a"]),
    "json.JSONDecoder": lambda _: json.JSONDecoder(),
    "json.JSONEncoder": lambda _: json.JSONEncoder(),
    "multiprocessing.connection.Connection": _connection,
    "multiprocessing.pool.Pool": lambda s: s.enter_context(multiprocessing.pool.ThreadPool(1)),
    "multiprocessing.pool.ThreadPool": lambda s: s.enter_context(
        multiprocessing.pool.ThreadPool(1)
    ),
    "multiprocessing.queues.SimpleQueue": _simple_queue,
    "pathlib.Path": lambda _: pathlib.Path("no such folder", "file"),
    "pickle.Pickler": lambda _: pickle.Pickler(io.BytesIO()),
    "queue.Queue": lambda _: _filled(queue.Queue()),
    "queue.SimpleQueue": lambda _: _filled(queue.SimpleQueue()),
    "re.Pattern": lambda _: re.compile("a"),
    "unittest.TestCase": lambda _: Case(),
    "asyncio.Queue": lambda _: _filled(asyncio.Queue()),
}

#: Arguments with which a call succeeds, where those of CANDIDATES do not.
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "argparse.ArgumentParser.parse_args": ([],),
    "bisect.bisect_left": ([1], 1),
    "bisect.bisect_right": ([1], 1),
    "bisect.insort_left": ([1], 1),
    "bisect.insort_right": ([1], 1),
    "asyncio.to_thread": (_none,),
    "builtins.aiter": (Steps(),),
    "builtins.anext": (Steps(),),
    "builtins.bytes.join": ([b"a"],),
    "builtins.bytearray.join": ([b"a"],),
    "builtins.dict.fromkeys": (["a"], 1),
    "builtins.dict.setdefault": ("new", 1),
    "builtins.exec": ("",),
    "builtins.eval": ("1",),
    "builtins.filter": (_none, [1]),
    "builtins.list.insert": (0, 1),
    "builtins.map": (_none, [1], [1], [1]),
    "builtins.memoryview": (b"",),
    "builtins.next": (itertools.repeat(1),),
    "builtins.open": (__file__,),
    "builtins.setattr": (Case(), "name", 1),
    "builtins.sum": ([1], 1),
    "collections.defaultdict": (list, {}),
    "collections.deque.insert": (0, 1),
    "concurrent.futures.Executor.map": (_none, [1], [1], [1]),
    "concurrent.futures.ProcessPoolExecutor.map": (_none, [], [], []),
    "concurrent.futures.Executor.submit": (_none,),
    "concurrent.futures.as_completed": ([],),
    "contextvars.Context.run": (_none,),
    "csv.DictWriter.writerow": ({"a": 1},),
    "csv.DictWriter.writerows": ([{"a": 1}],),
    "functools.reduce": (operator.add, [1, 2]),
    "heapq.heappush": ([1], 1),
    "heapq.heappushpop": ([1], 1),
    "heapq.heapreplace": ([1, 2], 1),
    "heapq.nlargest": (1, [1]),
    "heapq.nsmallest": (1, [1]),
    "itertools.batched": ([1], 1),
    "itertools.combinations": ([1], 1),
    "itertools.combinations_with_replacement": ([1], 1),
    "itertools.islice": ([1], 1),
    "itertools.compress": ([1], [1]),
    "itertools.dropwhile": (_none, [1]),
    "itertools.filterfalse": (_none, [1]),
    "itertools.starmap": (_none, [[1]]),
    "itertools.takewhile": (_none, [1]),
    "json.JSONDecoder.decode": ("1",),
    "json.loads": ("1",),
    "json.dump": ({}, io.StringIO()),
    "json.load": (io.StringIO("1"),),
    "marshal.dump": (1, io.BytesIO()),
    "marshal.dumps": (1,),
    "math.dist": ([1], [1]),
    "operator.contains": ([1], 1),
    "operator.countOf": ([1], 1),
    "operator.getitem": ([1], 0),
    "operator.indexOf": ([1], 1),
    "operator.matmul": (),
    "os.listdir": (".",),
    "pathlib.Path.write_bytes": (),
    "pathlib.Path.write_text": (),
    "pickle.dump": (1, io.BytesIO()),
    "pickle.loads": (pickle.dumps(1),),
    "random.choices": ([1],),
    "random.sample": ([1], 1),
    "random.shuffle": ([1],),
    "re.sub": ("a", "b", "a"),
    "re.subn": ("a", "b", "a"),
    "re.Pattern.sub": ("b", "a"),
    "re.Pattern.subn": ("b", "a"),
    "asyncio.wrap_future": (),
    "asyncio.shield": (),
    "statistics.geometric_mean": ([1, 2],),
    "statistics.quantiles": ([1, 2],),
    "time.sleep": (0,),
    "unittest.TestCase.assertDictEqual": ({}, {}),
    "unittest.TestCase.assertFalse": (0,),
    "unittest.TestCase.assertGreater": (2, 1),
    "unittest.TestCase.assertIn": (1, [1]),
    "unittest.TestCase.assertIsNone": (None,),
    "unittest.TestCase.assertLess": (1, 2),
    "unittest.TestCase.assertListEqual": ([], []),
    "unittest.TestCase.assertNotAlmostEqual": (1, 2),
    "unittest.TestCase.assertNotEqual": (1, 2),
    "unittest.TestCase.assertNotIn": (1, []),
    "unittest.TestCase.assertNotRegex": ("a", "b"),
    "unittest.TestCase.assertSequenceEqual": ([], []),
    "unittest.TestCase.assertSetEqual": (set(), set()),
    "unittest.TestCase.assertTupleEqual": ((), ()),
    **{
        f"multiprocessing.pool.{cls}.{name}": (_none, [])
        for cls in ("Pool", "ThreadPool")
        for name in ("map", "map_async", "starmap", "starmap_async", "imap", "imap_unordered")
    },
}
CANDIDATES: tuple[tuple[Any, ...], ...] = (
    *(([1],), (["a"],), ([[1]],), ([1, 2],), (1,), ("a",), (b"a",), (2, 1), ("a", "a")),
    *(([1], [1]), ([], []), ([("a", 1)],), (1, 2, 3, 4)),
)


@contextlib.contextmanager
def bound(fact: Fact) -> Iterator[tuple[Callable[..., object], object]]:
    """The callable of a fact, bound to a new object where it is a method, and that object."""
    owner, _, name = fact.name.rpartition(".")
    with contextlib.ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        if owner in OWNERS:
            this = OWNERS[owner](stack)
            yield getattr(this, name), this
            return
        found = resolve(fact.name)
        assert callable(found)
        if isinstance(resolve(owner), type) and not isinstance(found, type):
            found = getattr(resolve(owner), name)  # a class method
        yield found, None


def arguments(fact: Fact, position: int) -> tuple[Any, ...]:
    """Arguments with which a call succeeds and which reach to a position."""
    if fact.name in ARGUMENTS:
        return ARGUMENTS[fact.name]
    for candidate in CANDIDATES:
        if len(candidate) <= position:
            continue
        with bound(fact) as (call, _), contextlib.suppress(Exception):
            run(fact, call, candidate)
            return candidate
    raise AssertionError(f"no arguments are known with which {fact.name} can be called")


def run(fact: Fact, call: Callable[..., object], args: tuple[Any, ...]) -> object:
    """Calls, and takes the first element of what is lazy. Returns the result as far as made."""
    result = call(*args)
    if fact.kind is Kind.COROUTINE:
        return asyncio.run(_await(result))
    if isinstance(result, io.IOBase):
        result.close()
        return result
    if isinstance(result, Iterator):
        return next(result, None)
    return result


async def _await(made: Any) -> object:  # noqa: ANN401
    return await made


def with_probe(args: tuple[Any, ...], position: int, probe: object) -> tuple[Any, ...]:
    """The arguments with the probe at a position."""
    filled = [*args, *[1] * (position + 1 - len(args))]
    filled[position] = probe
    return tuple(filled)
