"""What becomes of awaitables, and what starts, makes and binds to event loops."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import inspect
import sys
import threading
import unittest.mock
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest

from asynclint.facts import Accepts, How
from facts_proofs.claims import AWAITABLE_BY_CALL, stdlib_facts

HERE = stdlib_facts()


async def _answer() -> int:
    return 42


class Waitable:
    """An awaitable that is neither a coroutine object nor a future."""

    def __await__(self) -> Generator[Any, None, int]:
        return _answer().__await__()


# Consuming ----------------------------------------------------------------------------------------


def _with_new_loop(use: Callable[[asyncio.AbstractEventLoop], object]) -> object:
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        return use(loop)


def _inside(use: Callable[[Any], Any]) -> Callable[[Any], object]:
    """Calls inside a coroutine, and waits for what comes back."""

    async def main(given: Any) -> object:  # noqa: ANN401
        made = use(given)
        if inspect.isawaitable(made):
            return await made
        return [await one for one in made]

    return lambda given: asyncio.run(main(given))


async def _in_group(given: Any) -> object:  # noqa: ANN401
    group = getattr(asyncio, "TaskGroup")()  # noqa: B009 - new in 3.11
    await group.__aenter__()  # not `async with`, which would wrap a TypeError in a group
    try:
        return await group.create_task(given)
    finally:
        await group.__aexit__(None, None, None)


def _in_runner(given: Any) -> object:  # noqa: ANN401
    with getattr(asyncio, "Runner")() as runner:  # noqa: B009 - new in 3.11
        return runner.run(given)


def _threadsafe(given: Any) -> Any:  # noqa: ANN401
    loop = asyncio.get_running_loop()
    return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(given, loop))


def _eager(given: Any) -> Any:  # noqa: ANN401
    factory = getattr(asyncio, "eager_task_factory")  # noqa: B009 - new in 3.12
    return factory(asyncio.get_running_loop(), given)


CONSUMERS: dict[str, Callable[[Any], object]] = {
    "asyncio.run": asyncio.run,
    "asyncio.Runner.run": _in_runner,
    "asyncio.create_task": _inside(asyncio.create_task),
    "asyncio.ensure_future": _inside(asyncio.ensure_future),
    "asyncio.gather": _inside(asyncio.gather),
    "asyncio.shield": _inside(asyncio.shield),
    "asyncio.as_completed": _inside(lambda given: asyncio.as_completed([given])),
    "asyncio.run_coroutine_threadsafe": _inside(_threadsafe),
    "asyncio.eager_task_factory": _inside(_eager),
    "asyncio.TaskGroup.create_task": _inside(_in_group),
    "asyncio.wait": _inside(lambda given: asyncio.wait([given])),
    "asyncio.wait_for": _inside(lambda given: asyncio.wait_for(given, 9)),
    "asyncio.Task": _inside(asyncio.Task),
    "asyncio.AbstractEventLoop.create_task": _inside(
        lambda given: asyncio.get_running_loop().create_task(given)
    ),
    "asyncio.AbstractEventLoop.run_until_complete": lambda given: _with_new_loop(
        lambda loop: loop.run_until_complete(given)
    ),
}
CONSUMING = [name for name, fact in HERE.items() if fact.consumes]


@pytest.mark.parametrize("name", CONSUMING)
def test_a_coroutine_object_is_spent(name: str) -> None:
    (entry,) = HERE[name].consumes
    made = _answer()
    if entry.accepts is Accepts.FUTURE and sys.version_info >= (3, 11):
        with pytest.raises(TypeError):
            CONSUMERS[name](made)
        made.close()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        CONSUMERS[name](made)
    with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
        made.send(None)


@pytest.mark.parametrize("name", CONSUMING)
def test_other_awaitables_are_taken_where_the_fact_says_so(name: str) -> None:
    (entry,) = HERE[name].consumes
    if name == "asyncio.wait" and sys.version_info < (3, 11):
        with pytest.warns(DeprecationWarning, match="coroutine objects to asyncio.wait"):
            CONSUMERS[name](_answer())
    elif entry.accepts is Accepts.AWAITABLE:
        assert CONSUMERS[name](Waitable()) in (42, [42])
    else:
        with pytest.raises((TypeError, ValueError, AttributeError)):
            CONSUMERS[name](Waitable())


@pytest.mark.parametrize("name", CONSUMING)
def test_nothing_takes_an_async_generator(name: str) -> None:
    async def steps() -> AsyncGenerator[int, None]:
        yield 1

    with pytest.raises((TypeError, ValueError, AttributeError)):
        CONSUMERS[name](steps())


def _scheduling() -> list[str]:
    """Without the group, which waits, and what does nothing before it is iterated."""
    names = [n for n in CONSUMING if HERE[n].consumes[0].how is How.SCHEDULE]
    lazy = {"asyncio.as_completed"} if sys.version_info < (3, 13) else set()
    return [n for n in names if n not in {"asyncio.TaskGroup.create_task", *lazy}]


@pytest.mark.parametrize("name", _scheduling())
def test_what_is_scheduled_runs_without_being_awaited(name: str) -> None:
    ran: list[str] = []

    async def step() -> None:
        ran.append(name)

    async def main() -> None:
        made = SCHEDULERS[name](step())
        await asyncio.sleep(0.01)
        del made

    asyncio.run(main())
    assert ran == [name]


SCHEDULERS: dict[str, Callable[[Any], object]] = {
    "asyncio.create_task": asyncio.create_task,
    "asyncio.ensure_future": asyncio.ensure_future,
    "asyncio.gather": asyncio.gather,
    "asyncio.shield": asyncio.shield,
    "asyncio.as_completed": lambda given: asyncio.as_completed([given]),
    "asyncio.run_coroutine_threadsafe": _threadsafe,
    "asyncio.eager_task_factory": _eager,
    "asyncio.Task": asyncio.Task,
    "asyncio.AbstractEventLoop.create_task": lambda given: asyncio.get_running_loop().create_task(
        given
    ),
}


@pytest.mark.parametrize("name", [n for n in CONSUMING if HERE[n].consumes[0].how is How.AWAIT])
def test_what_is_awaited_does_not_run_before(name: str) -> None:
    """The object stays unspent while the coroutine that would await it is not awaited itself."""
    made = _answer()
    outer: dict[str, Coroutine[Any, Any, object]] = {
        "asyncio.wait": asyncio.wait([made]),
        "asyncio.wait_for": asyncio.wait_for(made, 9),
    }
    assert name in outer
    assert inspect.getcoroutinestate(made) == inspect.CORO_CREATED
    for coroutine in outer.values():
        coroutine.close()
    made.close()


# Awaitables that inspect does not know ------------------------------------------------------------


async def _steps() -> AsyncGenerator[int, None]:
    with contextlib.suppress(KeyError):
        yield 1
    yield 2
    yield 3


BY_CALL: dict[str, Callable[[AsyncGenerator[int, None]], Awaitable[object]]] = {
    "builtins.anext": anext,
    "types.AsyncGeneratorType.asend": lambda steps: steps.asend(None),
    "types.AsyncGeneratorType.athrow": lambda steps: steps.athrow(KeyError()),
    "types.AsyncGeneratorType.aclose": lambda steps: steps.aclose(),
    "types.AsyncGeneratorType.__anext__": lambda steps: steps.__anext__(),
    "unittest.mock.AsyncMock.__call__": lambda _: unittest.mock.AsyncMock()(),
}


@pytest.mark.parametrize("name", sorted(AWAITABLE_BY_CALL))
def test_it_gives_an_awaitable_for_one_use(name: str) -> None:
    async def main() -> None:
        steps = _steps()
        await steps.__anext__()
        made = BY_CALL[name](steps)
        assert inspect.isawaitable(made)
        await made
        with pytest.raises(RuntimeError, match=r"already awaited|after"):
            await made
        await steps.aclose()

    asyncio.run(main())


# Loops --------------------------------------------------------------------------------------------


def _run_forever() -> None:
    _with_new_loop(lambda loop: loop.run_forever())


STARTERS: dict[str, Callable[[Coroutine[Any, Any, int]], object]] = {
    "asyncio.run": asyncio.run,
    "asyncio.Runner.run": lambda given: getattr(asyncio, "Runner")().run(given),  # noqa: B009
    "asyncio.AbstractEventLoop.run_until_complete": CONSUMERS[
        "asyncio.AbstractEventLoop.run_until_complete"
    ],
    "asyncio.AbstractEventLoop.run_forever": lambda _: _run_forever(),
}


@pytest.mark.parametrize("name", [name for name, fact in HERE.items() if fact.starts_loop])
def test_no_loop_is_started_where_one_runs(name: str) -> None:
    async def main() -> None:
        made = _answer()
        with pytest.raises(RuntimeError, match=r"running event loop|another loop is running"):
            STARTERS[name](made)
        made.close()

    asyncio.run(main())


@pytest.mark.parametrize("name", [name for name, fact in HERE.items() if fact.makes_loop])
def test_each_call_makes_another_loop(name: str) -> None:
    seen = []

    async def ask() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    for _ in range(2):
        if name == "asyncio.run":
            seen.append(asyncio.run(ask()))
        elif name == "asyncio.Runner":
            seen.append(_in_runner(ask()))  # type: ignore[arg-type]
        else:
            policy = HERE[name].name.startswith("asyncio.AbstractEventLoopPolicy")
            member = name.rpartition(".")[2]
            owner = asyncio.get_event_loop_policy() if policy else asyncio
            loop = getattr(owner, member)()
            assert not loop.is_closed()
            loop.close()
            seen.append(loop)
    assert seen[0] is not seen[1]


def test_get_event_loop_makes_none_on_another_thread_nor_after_run() -> None:
    errors: list[str] = []

    def ask() -> None:
        try:
            asyncio.get_event_loop()
        except RuntimeError as error:
            errors.append(str(error))

    def ask_after_run() -> None:
        asyncio.run(_answer())
        ask()

    for target in (ask, ask_after_run):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    asyncio.run(_answer())
    ask()
    assert len(errors) == 3
    assert {text.partition(" in ")[0] for text in errors} == {"There is no current event loop"}


WAITS: dict[str, Callable[[Any], Coroutine[Any, Any, object]]] = {
    "asyncio.Lock": lambda lock: lock.acquire(),
    "asyncio.Event": lambda event: event.wait(),
    "asyncio.Condition": lambda condition: condition.acquire(),
    "asyncio.Semaphore": lambda semaphore: semaphore.acquire(),
    "asyncio.BoundedSemaphore": lambda semaphore: semaphore.acquire(),
    "asyncio.Queue": lambda queue: queue.get(),
    "asyncio.LifoQueue": lambda queue: queue.get(),
    "asyncio.PriorityQueue": lambda queue: queue.get(),
    "asyncio.Barrier": lambda barrier: barrier.wait(),
}


@pytest.mark.parametrize("name", [name for name in WAITS if name in HERE])
def test_what_waits_is_bound_to_the_loop_on_which_it_waited(name: str) -> None:
    assert HERE[name].loop_bound
    cls = getattr(asyncio, name.rpartition(".")[2])

    async def wait(thing: Any) -> None:  # noqa: ANN401
        if name == "asyncio.Barrier" and thing.broken:  # by the wait that was cut short
            await thing.reset()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(WAITS[name](thing), 0.01)

    async def occupy() -> object:
        thing = cls(2) if name == "asyncio.Barrier" else cls()
        if hasattr(thing, "acquire"):
            await thing.acquire()
        await wait(thing)
        return thing

    thing = asyncio.run(occupy())
    with pytest.raises(RuntimeError, match="is bound to a different event loop"):
        asyncio.run(wait(thing))


def test_a_future_is_asked_before_it_is_done() -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        for ask in (future.result, future.exception):
            with pytest.raises(asyncio.InvalidStateError):
                ask()
        future.set_result(1)
        assert (await future, await future) == (1, 1)  # repeatable

    asyncio.run(main())
    assert {n for n, f in HERE.items() if f.effect == "needs-done"} == {
        "asyncio.Future.result",
        "asyncio.Future.exception",
    }
    finished: concurrent.futures.Future[int] = concurrent.futures.Future()
    with pytest.raises(concurrent.futures.TimeoutError):
        finished.result(0)  # waits instead
