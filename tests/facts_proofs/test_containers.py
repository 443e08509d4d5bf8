"""What containers keep, show, give away and repeat, found by following one marked item."""

from __future__ import annotations

import asyncio
import collections
import contextvars
import itertools
import queue
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from facts_proofs.calling import ITEM, arguments, bound, run, with_probe
from facts_proofs.claims import stdlib_facts

HERE = stdlib_facts()
#: No containers (futures keep a result, objects an attribute), or not for a single item.
_NOT_FOLLOWED = (
    "asyncio.Future.",
    "builtins.setattr",
    "concurrent.futures.",
    "dataclasses.",
    "itertools.pairwise",
)
_MOST = 6  # of what an endless iterator gives


def _holds(thing: object, item: object, depth: int = 3) -> bool:
    """Whether a marked item is in a thing, at some depth. Queues are looked into from behind."""
    if thing is item:
        return True
    if depth == 0 or isinstance(thing, str | bytes):
        return False
    if isinstance(thing, queue.Queue | asyncio.Queue):
        inner = vars(thing)
        return _holds(list(inner["queue"] if "queue" in inner else inner["_queue"]), item)
    if isinstance(thing, queue.SimpleQueue):
        return not thing.empty() and thing.get_nowait() is item
    if isinstance(thing, contextvars.ContextVar):
        return thing.get() is item
    if isinstance(thing, collections.ChainMap):
        return any(m is item for m in thing.maps)
    if isinstance(thing, Mapping):
        return any(_holds(part, item, depth - 1) for part in (*thing.keys(), *thing.values()))
    if isinstance(thing, Iterable):
        return any(_holds(p, item, depth - 1) for p in itertools.islice(thing, _MOST))
    return False


def _places(field: str) -> list[tuple[str, int]]:
    return [
        (name, max(at, 0))
        for name, fact in HERE.items()
        for at in getattr(fact, field)
        if not name.startswith(_NOT_FOLLOWED)
    ]


def _pairs(name: str) -> object:
    """An iterable with a new item, in the form that the callable takes."""
    as_pairs = name in ("builtins.dict", "builtins.dict.update", "collections.OrderedDict")
    if as_pairs or name == "collections.defaultdict":
        return [("new", NEW)]
    return [[NEW]] if name == "itertools.chain.from_iterable" else [NEW]


NEW = object()


def _yes(*_: object) -> bool:
    return True


def _no(*_: object) -> bool:
    return False


#: Arguments that let the new item through.
PASSING: dict[str, tuple[Any, ...]] = {
    "builtins.filter": (_yes, ()),
    "itertools.takewhile": (_yes, ()),
    "itertools.dropwhile": (_no, ()),
    "itertools.filterfalse": (_no, ()),
    "itertools.combinations": ((), 1),
    "collections.ChainMap": ({},),
    "copy.copy": ((),),
}


@pytest.mark.parametrize(("name", "at"), _places("elements"))
def test_the_elements_are_in_what_comes_out(name: str, at: int) -> None:
    fact = HERE[name]
    args = PASSING.get(name) or arguments(fact, at)
    with bound(fact) as (call, this):
        assert not _holds(this, NEW)
        result = call(*with_probe(args, at, _pairs(name)))
        assert _holds(result, NEW) or _holds(this, NEW)


def test_pairs_overlap() -> None:
    assert list(itertools.pairwise([1, NEW, 3])) == [(1, NEW), (NEW, 3)]


@pytest.mark.parametrize(("name", "at"), _places("stores"))
def test_the_argument_is_in_what_comes_out(name: str, at: int) -> None:
    fact = HERE[name]
    probe: object = {"key": NEW} if name == "collections.ChainMap" else NEW
    with bound(fact) as (call, this):
        if name.startswith("queue.SimpleQueue"):
            assert isinstance(this, queue.SimpleQueue)
            this.get_nowait()
        result = run(fact, call, with_probe(arguments(fact, at), at, probe))
        assert _holds(result, probe) or _holds(this, probe)


def test_the_search_can_fail() -> None:
    assert not _holds([1, [2, {"three": 4}]], NEW)
    assert _holds([1, [2, {"three": NEW}]], NEW)
    with bound(HERE["builtins.list.remove"]) as (call, this):
        call(ITEM)
        assert not _holds(this, ITEM)


GIVING: dict[str, tuple[Any, ...]] = {
    "builtins.dict.get": ("key",),
    "builtins.dict.pop": ("key",),
    "builtins.dict.setdefault": ("key", 1),
    "builtins.set.union": ([1],),
    "builtins.set.intersection": ([ITEM],),
    "builtins.set.difference": ([1],),
    "builtins.set.symmetric_difference": ([1],),
    "builtins.frozenset.union": ([1],),
    "builtins.frozenset.intersection": ([ITEM],),
    "builtins.frozenset.difference": ([1],),
}


def _with(effect: str) -> list[str]:
    elsewhere = ("multiprocessing.", "heapq.", "builtins.next")
    return [n for n, f in HERE.items() if f.effect == effect and not n.startswith(elsewhere)]


@pytest.mark.parametrize("name", _with("takes"))
def test_what_takes_leaves_nothing_behind(name: str) -> None:
    fact = HERE[name]
    with bound(fact) as (call, this):
        assert _holds(run(fact, call, GIVING.get(name, ())), ITEM)
        assert not _holds(this, ITEM)


@pytest.mark.parametrize("name", _with("gives"))
def test_what_gives_keeps_it(name: str) -> None:
    fact = HERE[name]
    with bound(fact) as (call, this):
        assert _holds(run(fact, call, GIVING.get(name, ())), ITEM)
        assert _holds(this, ITEM)


REPEATING: dict[str, Callable[[object], Iterable[object]]] = {
    "builtins.dict.fromkeys": lambda item: dict.fromkeys("ab", item).values(),
    "itertools.repeat": lambda item: itertools.repeat(item, 2),
    "itertools.cycle": lambda item: itertools.islice(itertools.cycle([item]), 2),
    "itertools.tee": lambda item: itertools.chain(*itertools.tee([item])),
    "itertools.product": lambda item: itertools.chain(*itertools.product([item], [1, 2])),
    "itertools.permutations": lambda item: itertools.chain(*itertools.permutations([item, 1])),
    "itertools.combinations": lambda item: itertools.chain(
        *itertools.combinations([item, 1, 2], 2)
    ),
    "itertools.combinations_with_replacement": lambda item: itertools.chain(
        *itertools.combinations_with_replacement([item], 2)
    ),
    "itertools.pairwise": lambda item: itertools.chain(*itertools.pairwise([1, item, 2])),
}


@pytest.mark.parametrize("name", _with("repeats"))
def test_what_repeats_gives_the_same_object_again(name: str) -> None:
    assert sum(item is NEW for item in REPEATING[name](NEW)) > 1
