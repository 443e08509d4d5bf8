"""What is said to iterate refuses an async generator; what is said to read, a coroutine object."""

from __future__ import annotations

import asyncio
import csv
import socket
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest

from asynclint.facts import Kind
from facts_proofs.calling import arguments, bound, run, with_probe
from facts_proofs.claims import stdlib_facts

HERE = stdlib_facts()
#: Their methods need a running transport: see the tests at the end.
_TRANSPORTS = ("asyncio.StreamWriter.", "asyncio.WriteTransport.", "asyncio.DatagramTransport.")
#: These take a coroutine object for what it is, true or a text, so nothing raises.
SILENT = frozenset(
    {
        "builtins.any",
        "builtins.all",
        "builtins.bool",
        "builtins.str",
        "operator.truth",
        "operator.not_",
        "unittest.TestCase.assertTrue",
        "unittest.TestCase.assertNotEqual",
    }
)
#: Pickle in a thread of their own, which prints the error.
_ELSEWHERE = frozenset(
    {"multiprocessing.queues.Queue.put", "multiprocessing.queues.Queue.put_nowait"}
)
_REFUSED = (TypeError, ValueError, AttributeError, AssertionError, csv.Error)


def _places(field: str) -> list[tuple[str, int]]:
    return [
        (name, max(at, 0))
        for name, fact in HERE.items()
        for at in getattr(fact, field)
        if not name.startswith(_TRANSPORTS) and name not in _ELSEWHERE
    ]


async def _steps() -> AsyncIterator[int]:
    yield 1


async def _answer() -> int:
    return 42


@pytest.mark.parametrize(("name", "at"), _places("iterates"))
def test_an_async_generator_is_not_iterated(name: str, at: int) -> None:
    fact = HERE[name]
    args = arguments(fact, at)
    with bound(fact) as (call, _):
        run(fact, call, args)
    with bound(fact) as (call, _), pytest.raises(_REFUSED):
        run(fact, call, with_probe(args, at, _steps()))


def test_the_proof_can_fail() -> None:
    """What iterates nothing takes an async generator, so the proof above would fail on it."""
    fact = HERE["builtins.list.append"]
    with bound(fact) as (call, _):
        run(fact, call, with_probe((1,), 0, _steps()))


def _readings() -> list[tuple[str, int, str]]:
    """Every place that is read, twice where containers are looked into."""
    places = _places("reads")
    alone = [(name, at, "alone") for name, at in places]
    return alone + [(name, at, "in a list") for name, at in places if HERE[name].deep]


@pytest.mark.parametrize(("name", "at", "how"), _readings())
def test_a_coroutine_object_is_no_value(name: str, at: int, how: str) -> None:
    fact = HERE[name]
    nested = how == "in a list"
    args = arguments(fact, at)
    if args:
        with bound(fact) as (call, _):
            run(fact, call, args)
    made = _answer()
    probe: object = [made, 1] if nested else made
    try:
        with bound(fact) as (call, _):
            if name in SILENT and (nested or not fact.deep):
                run(fact, call, with_probe(args, at, probe))
            else:
                with pytest.raises(_REFUSED):
                    run(fact, call, with_probe(args, at, probe))
    finally:
        made.close()


async def _on_a_transport(what: Coroutine[Any, Any, int]) -> None:
    ours, theirs = socket.socketpair()
    _, writer = await asyncio.open_connection(sock=ours)
    transport = writer.transport
    for write in (writer.write, transport.write):
        with pytest.raises(TypeError):
            write(what)  # type: ignore[arg-type]
    for write_all in (writer.writelines, transport.writelines):
        with pytest.raises(TypeError):
            write_all(_steps())  # type: ignore[arg-type]
    writer.close()
    await writer.wait_closed()
    theirs.close()
    datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    with pytest.raises(TypeError):
        datagrams.sendto(what)  # type: ignore[arg-type]
    datagrams.close()
    await asyncio.sleep(0)


def test_transports_want_bytes() -> None:
    made = _answer()
    asyncio.run(_on_a_transport(made))
    made.close()
    described = {n.rpartition(".")[2] for n in HERE if n.startswith(_TRANSPORTS) and HERE[n].reads}
    assert described == {"write", "sendto"}


def test_lazy_ones_are_lazy() -> None:
    """Generator functions look at their arguments only when they are iterated."""
    fact = HERE["heapq.merge"]
    assert fact.kind is Kind.GENERATOR
    with bound(fact) as (call, _):
        call(_steps())
