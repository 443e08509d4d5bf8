"""Questions that code asks of an object before it uses it, and what the answer is yes for."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from asynclint.model.values import ASYNC_GENERATOR, COROUTINE, FUTURE, TASK, Lib, Value

_AWAITABLES = (COROUTINE, TASK, FUTURE)
QUESTIONS: dict[str, tuple[str, ...]] = {
    "inspect.isawaitable": _AWAITABLES,
    "inspect.iscoroutine": (COROUTINE,),
    "asyncio.iscoroutine": (COROUTINE,),
    "asyncio.isfuture": (TASK, FUTURE),
    "inspect.isasyncgen": (ASYNC_GENERATOR,),
    "inspect.iscoroutinefunction": ("coroutine function",),
    "asyncio.iscoroutinefunction": ("coroutine function",),
    "inspect.isasyncgenfunction": ("async_generator function",),
}
#: The classes of `collections.abc` whose instances these are (library reference, its table).
_ABSTRACT = {
    COROUTINE: ("Awaitable", "Coroutine", "Hashable"),
    ASYNC_GENERATOR: ("AsyncIterable", "AsyncIterator", "AsyncGenerator", "Hashable"),
}


def is_instance(kinds: AbstractSet[str], classes: Value) -> bool | None:
    """`isinstance(x, AsyncIterable)`, where `x` is a coroutine object or an async generator.

    kinds: what `x` may be. None where the answer is not known.
    """
    thing = next(iter(classes)) if len(classes) == 1 else None
    kind = next(iter(kinds)) if len(kinds) == 1 else ""
    if not isinstance(thing, Lib) or kind not in _ABSTRACT:
        return None
    package, _, name = thing.name.rpartition(".")
    return name in _ABSTRACT[kind] if package in ("collections.abc", "typing") else None
