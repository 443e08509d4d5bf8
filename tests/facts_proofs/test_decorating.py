"""What decorators of the standard library make of a coroutine function."""

from __future__ import annotations

import abc
import asyncio
import atexit
import contextlib
import dataclasses
import enum
import functools
import inspect
import types
import typing
import unittest
import unittest.mock
import warnings
import xmlrpc.server
from collections.abc import Callable, Generator
from typing import Any

import pytest

from facts_proofs.claims import stdlib_facts

HERE = stdlib_facts()
TARGET = {"value": 1}


def _new(module: object, name: str) -> Any:  # noqa: ANN401
    """What not every version has, so that it is named by a text."""
    return getattr(module, name)


def _registered(function: Any) -> Any:  # noqa: ANN401
    try:
        return atexit.register(function)
    finally:
        atexit.unregister(function)


def _pushed(stack: type[contextlib.ExitStack | contextlib.AsyncExitStack], name: str) -> Any:  # noqa: ANN401
    def decorate(function: object) -> object:
        made = stack()
        try:
            return getattr(made, name)(function)
        finally:
            made.pop_all()._exit_callbacks.clear()  # type: ignore[union-attr]  # noqa: SLF001

    return decorate


#: Decorators of functions; those that are factories are called here.
ON_FUNCTIONS: dict[str, Callable[[], Any]] = {
    "abc.abstractclassmethod": lambda: abc.abstractclassmethod,
    "abc.abstractmethod": lambda: abc.abstractmethod,
    "abc.abstractproperty": lambda: abc.abstractproperty,
    "abc.abstractstaticmethod": lambda: abc.abstractstaticmethod,
    "asyncio.coroutine": lambda: _new(asyncio, "coroutine"),
    "atexit.register": lambda: _registered,
    "builtins.classmethod": lambda: classmethod,
    "builtins.property": lambda: property,
    "builtins.staticmethod": lambda: staticmethod,
    "contextlib.AsyncExitStack.callback": lambda: _pushed(contextlib.AsyncExitStack, "callback"),
    "contextlib.AsyncExitStack.push": lambda: _pushed(contextlib.AsyncExitStack, "push"),
    "contextlib.AsyncExitStack.push_async_callback": lambda: _pushed(
        contextlib.AsyncExitStack, "push_async_callback"
    ),
    "contextlib.AsyncExitStack.push_async_exit": lambda: _pushed(
        contextlib.AsyncExitStack, "push_async_exit"
    ),
    "contextlib.ExitStack.callback": lambda: _pushed(contextlib.ExitStack, "callback"),
    "contextlib.ExitStack.push": lambda: _pushed(contextlib.ExitStack, "push"),
    "enum.property": lambda: _new(enum, "property"),
    "functools.cache": lambda: functools.cache,
    "functools.cached_property": lambda: functools.cached_property,
    "functools.lru_cache": lambda: functools.lru_cache(maxsize=1),
    "functools.wraps": lambda: functools.wraps(print),
    "inspect.markcoroutinefunction": lambda: _new(inspect, "markcoroutinefunction"),
    "types.DynamicClassAttribute": lambda: types.DynamicClassAttribute,
    "types.coroutine": lambda: types.coroutine,
    "typing.dataclass_transform": lambda: _new(typing, "dataclass_transform")(eq_default=True),
    "typing.final": lambda: typing.final,
    "typing.no_type_check": lambda: typing.no_type_check,
    "typing.override": lambda: _new(typing, "override"),
    "unittest.expectedFailure": lambda: unittest.expectedFailure,
    "unittest.mock.patch": lambda: unittest.mock.patch("builtins.credits", 1, create=True),
    "unittest.mock.patch.dict": lambda: unittest.mock.patch.dict(TARGET),
    "unittest.mock.patch.multiple": lambda: unittest.mock.patch.multiple(unittest, case=1),
    "unittest.mock.patch.object": lambda: unittest.mock.patch.object(unittest, "case", 1),
    "unittest.skipIf": lambda: unittest.skipIf(False, "never"),
    "unittest.skipUnless": lambda: unittest.skipUnless(True, "never"),
    "warnings.deprecated": lambda: _new(warnings, "deprecated")("old", category=None),
    "xmlrpc.server.SimpleXMLRPCDispatcher.register_function": lambda: (
        xmlrpc.server.SimpleXMLRPCDispatcher().register_function
    ),
}
#: Decorators of classes.
ON_CLASSES: dict[str, Callable[[], Any]] = {
    "dataclasses.dataclass": lambda: dataclasses.dataclass,
    "enum.unique": lambda: enum.unique,
    "enum.verify": lambda: _new(enum, "verify")(_new(enum, "UNIQUE")),
    "functools.total_ordering": lambda: functools.total_ordering,
    "typing.runtime_checkable": lambda: typing.runtime_checkable,
    "unittest.skip": lambda: unittest.skip("always"),
}


def _with(*effects: str) -> list[str]:
    return [n for n, f in HERE.items() if f.decorates in effects and n not in ON_CLASSES]


async def answer(*_: object) -> int:
    """The function that is decorated."""
    return 42


@pytest.mark.parametrize("name", _with("keeps"))
def test_it_keeps_what_the_function_is(name: str) -> None:
    made = ON_FUNCTIONS[name]()(answer)()
    assert inspect.iscoroutine(made)
    made.close()


def _decoratable(name: str) -> Any:  # noqa: ANN401
    """A class that the decorator accepts."""
    if name.startswith("enum."):
        members: Any = {"one": 1}
        return enum.Enum("Numbers", members)
    if name == "typing.runtime_checkable":
        protocol: Any = typing.Protocol
        return types.new_class("Proto", (protocol,))
    return type("C", (), {"__lt__": lambda *_: True})


@pytest.mark.parametrize("name", [name for name in ON_CLASSES if name in HERE])
def test_it_keeps_the_class(name: str) -> None:
    assert HERE[name].decorates == "keeps"
    cls = _decoratable(name)
    assert ON_CLASSES[name]()(cls) is cls


@pytest.mark.parametrize("name", _with("caches"))
def test_it_keeps_the_first_coroutine_object(name: str) -> None:
    decorated = ON_FUNCTIONS[name]()(answer)
    first, second = decorated(1), decorated(1)
    assert inspect.iscoroutine(first)
    assert first is second
    first.close()


@pytest.mark.parametrize("name", _with("property", "caches-property"))
def test_an_attribute_makes_the_coroutine_object(name: str) -> None:
    descriptor = ON_FUNCTIONS[name]()(answer)
    if name == "enum.property":
        first, second = descriptor.fget(1), descriptor.fget(1)
    else:
        thing: Any = type("C", (), {"value": descriptor})()
        first, second = thing.value, thing.value
    assert inspect.iscoroutine(first)
    assert (first is second) == (HERE[name].decorates == "caches-property")
    first.close()
    second.close()


@pytest.mark.parametrize("name", _with("static", "class"))
def test_the_class_is_enough_to_call_it(name: str) -> None:
    seen: list[tuple[object, ...]] = []

    def note(*arguments: object) -> None:
        seen.append(arguments)

    cls: Any = type("C", (), {"method": ON_FUNCTIONS[name]()(note)})
    cls.method(1)
    assert seen == [(1,) if HERE[name].decorates == "static" else (cls, 1)]


@pytest.mark.parametrize("name", _with("coroutine"))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_makes_generators_awaitable(name: str) -> None:
    def steps() -> Generator[None, None, int]:
        yield
        return 42

    made: Any = ON_FUNCTIONS[name]()(steps)()
    is_awaitable: bool = inspect.isawaitable(made)
    assert is_awaitable
    made.close()


def test_context_managers_want_the_right_kind_of_generator() -> None:
    assert set(_with("context-manager")) == {
        "contextlib.contextmanager",
        "contextlib.asynccontextmanager",
    }

    async def enter(manager: Any) -> None:  # noqa: ANN401
        async with manager:
            pass

    decorate: Any = contextlib.asynccontextmanager
    manager = decorate(answer)()
    with pytest.raises(TypeError, match="not an async iterator"):
        enter(manager).send(None)
    manager.gen.close()
