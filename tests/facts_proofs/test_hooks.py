"""An `async def` of a method that Python calls itself fails, or its coroutine object is lost."""

from __future__ import annotations

import asyncio
import copy
import gc
import operator
import threading
import unittest
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from facts_proofs.claims import stdlib_facts

HERE = stdlib_facts()


async def hook(*_: object, **__: object) -> None:
    """Stands where a plain method belongs."""


def _checked() -> type:
    """A class of which the checks of instances and subclasses are coroutine functions."""
    meta: Any = type("Meta", (type,), {"__instancecheck__": hook, "__subclasscheck__": hook})
    made: type = meta("C", (), {})
    return made


def _set_item(thing: Any) -> None:  # noqa: ANN401
    thing[0] = 1


def _delete_item(thing: Any) -> None:  # noqa: ANN401
    del thing[0]


def _with(thing: Any) -> None:  # noqa: ANN401
    with thing:
        pass


def _await(thing: Any) -> None:  # noqa: ANN401
    async def main() -> None:
        await thing

    asyncio.run(main())


def _async_for(thing: Any) -> None:  # noqa: ANN401
    async def main() -> None:
        async for _ in thing:
            pass

    asyncio.run(main())


def _through_descriptor(use: Callable[[Any], None]) -> Callable[[Any], None]:
    def call(thing: Any) -> None:  # noqa: ANN401
        use(type("Owner", (), {"attribute": thing})())

    return call


def _restore(thing: Any) -> None:  # noqa: ANN401
    thing.attribute = 1
    copy.copy(thing)


#: Makes Python call the method on an object that has it.
TRIGGERS: dict[str, Callable[[Any], object]] = {
    "__init__": lambda thing: type(thing)(),
    "__del__": lambda thing: type(thing)().__class__,
    "__init_subclass__": lambda thing: type("Sub", (type(thing),), {}),
    "__set_name__": lambda thing: type("Owner", (), {"attribute": thing}),
    "__repr__": repr,
    "__str__": str,
    "__bytes__": bytes,
    "__format__": format,
    "__hash__": hash,
    "__bool__": bool,
    "__len__": len,
    "__length_hint__": operator.length_hint,
    "__contains__": lambda thing: 1 in thing,
    "__index__": operator.index,
    "__int__": int,
    "__float__": float,
    "__complex__": complex,
    "__iter__": iter,
    "__aiter__": _async_for,
    "__await__": _await,
    "__reversed__": lambda thing: list(reversed(thing)),
    "__enter__": _with,
    "__exit__": _with,
    "__setattr__": lambda thing: setattr(thing, "name", 1),
    "__delattr__": lambda thing: delattr(thing, "name"),
    "__setitem__": _set_item,
    "__delitem__": _delete_item,
    "__set__": _through_descriptor(lambda owner: setattr(owner, "attribute", 1)),
    "__delete__": _through_descriptor(lambda owner: delattr(owner, "attribute")),
    "__dir__": dir,
    "__instancecheck__": lambda _: isinstance(1, _checked()),
    "__subclasscheck__": lambda _: issubclass(int, _checked()),
    "__setstate__": _restore,
    "__reduce__": copy.copy,
    "__reduce_ex__": copy.copy,
}
_OTHER_HALF = {"__enter__": "__exit__", "__exit__": "__enter__"}


def _outcome(
    trigger: Callable[[Any], object], method: Callable[..., object], name: str
) -> list[str]:
    """What goes wrong: the types of the errors raised and the texts of warnings."""
    members: dict[str, object] = {name: method}
    if name in _OTHER_HALF:
        members[_OTHER_HALF[name]] = lambda *_: None
    found: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            cls = type("C", (), members)
            trigger(object.__new__(cls))
        except (TypeError, AttributeError) as error:
            found.append(type(error).__name__)
        gc.collect()
    return found + [str(w.message) for w in caught if "never awaited" in str(w.message)]


@pytest.mark.parametrize("name", HERE["builtins.object"].sync_hooks)
def test_an_async_method_goes_wrong_where_python_calls_it(name: str) -> None:
    assert _outcome(TRIGGERS[name], hook, name)


PLAIN: dict[str, Callable[..., object]] = {
    "__init__": lambda *_: None,
    "__len__": lambda _: 0,
    "__contains__": lambda *_: False,
    "__enter__": lambda _: None,
    "__setitem__": lambda *_: None,
    "__iter__": lambda _: iter(()),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_method_does_not(name: str) -> None:
    assert _outcome(TRIGGERS[name], PLAIN[name], name) == []


def test_an_async_generator_fits_aiter() -> None:
    async def steps(_: object) -> Any:  # noqa: ANN401
        yield 1

    assert _outcome(_async_for, steps, "__aiter__") == []


# Hooks of classes ---------------------------------------------------------------------------------


def test_a_thread_drops_what_run_gives() -> None:
    assert "run" in HERE["threading.Thread"].sync_hooks
    thread = type("T", (threading.Thread,), {"run": hook})()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread.start()
        thread.join()
    assert ["never awaited" in str(w.message) for w in caught] == [True]


def _run(base: type[unittest.TestCase], name: str, members: dict[str, object]) -> list[str]:
    case = type("Tests", (base,), {"test_it": lambda _: None, **members})("test_it")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = unittest.TestResult()
        case.run(result)
        gc.collect()
    lost = [str(w.message) for w in caught if f"{name}' was never awaited" in str(w.message)]
    return lost + [text for _, text in result.errors]


@pytest.mark.parametrize("name", ["setUp", "tearDown", "test_it"])
def test_a_test_case_drops_its_coroutine_objects(name: str) -> None:
    async def method(_: object) -> None:
        pass

    method.__qualname__ = method.__name__ = name
    assert _run(unittest.TestCase, name, {name: method})


@pytest.mark.parametrize("name", ["asyncSetUp", "asyncTearDown", "test_it"])
def test_an_isolated_test_case_awaits_them(name: str) -> None:
    ran: list[str] = []

    async def method(_: object) -> None:
        ran.append(name)

    assert _run(unittest.IsolatedAsyncioTestCase, name, {name: method}) == []
    assert ran == [name]


def test_an_isolated_test_case_runs_plain_tests_off_its_loop() -> None:
    def method(_: object) -> None:
        asyncio.run(hook())

    assert _run(unittest.IsolatedAsyncioTestCase, "test_it", {"test_it": method}) == []
