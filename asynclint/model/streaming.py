"""Which instances a plain `for` goes through, and which only `async for` does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from asynclint.facts import Kind
from asynclint.model.declared import Class
from asynclint.model.shapes import Literal, Ref
from asynclint.model.values import Func, Inst

if TYPE_CHECKING:
    from asynclint.model.resolve import Resolver

_LIBRARIES = ("abc", "builtins", "collections.abc", "contextlib", "typing", "typing_extensions")
_ASYNC_BASES = ("AsyncIterable", "AsyncIterator", "AsyncGenerator")
#: Classes without `__iter__` and `__getitem__` (library reference: collections.abc, contextlib,
#: typing; Python 3.13).
_PLAIN_BASES = (
    *("object", "Generic", "Protocol", "ABC", "BaseException", "Exception"),
    *("Awaitable", "Callable", "Coroutine", "Hashable", "Sized"),
    *("AbstractContextManager", "ContextManager", "ContextDecorator"),
    *("AbstractAsyncContextManager", "AsyncContextManager", "AsyncContextDecorator"),
)
_SAYS_NOTHING = ("override", "final")  # decorators of `typing`, which only set a mark

_Line = Sequence[Class | str | None]


def only_async(resolver: Resolver, instance: Inst) -> bool:
    """Whether something can be gone through by `async for`, and by nothing else.

    So it must be for instances of the class, and of all that inherit from it where one of these
    may stand there.
    """
    cls = instance.of
    if not isinstance(cls, Class):
        return False
    heirs = () if instance.exact else resolver.classes.subclasses(cls)
    lines = [resolver.classes.line(each) for each in (cls, *heirs)]
    return _streams(lines[0]) and not any(_is_iterable(resolver, line) for line in lines)


def _streams(line: _Line) -> bool:
    """Whether there is an `__aiter__`, from the class or one of its bases."""
    for entry in line:
        if isinstance(entry, Class) and entry.has("__aiter__"):
            return not _is_none(entry, "__aiter__")
    return any(isinstance(entry, str) and is_async_base(entry) for entry in line)


def is_async_base(name: str) -> bool:
    """Whether a library's class, by its dotted name, is one of those of `async for`."""
    return _of_library(name) in _ASYNC_BASES


def _is_iterable(resolver: Resolver, line: _Line) -> bool:
    """Whether a plain `for` goes through instances, or may do so.

    The first `__iter__` in the order of look-up decides; only where there is none does `for` ask
    `__getitem__` for one index after the other (language reference, 3.3.7, and `iter()`).
    """
    for entry in line:
        if not isinstance(entry, Class):
            if _of_library(entry) not in (*_ASYNC_BASES, *_PLAIN_BASES):
                return True
        elif entry.has("__iter__") or "__iter__" in entry.scope.module.patched:
            return not _is_none(entry, "__iter__") and not _only_raises(resolver, entry)
    classes = [entry for entry in line if isinstance(entry, Class)]
    return any(entry.has("__getitem__") for entry in classes)


def _of_library(entry: Class | str | None) -> str:
    """The last name of a class of one of the libraries that are known, else ''."""
    package, _, name = entry.rpartition(".") if isinstance(entry, str) else ("", "", "")
    return name if package in _LIBRARIES else ""


def _is_none(cls: Class, name: str) -> bool:
    """Whether the class body says `__iter__ = None`: no instance has the method then."""
    given = cls.attributes.get(name, [])
    bound = cls.scope.bindings.get(name, ())
    nothing = [each.shape == Literal(None) and each.scope is cls.scope for each in given]
    return bool(nothing) and all(nothing) and len(bound) <= len(given)


def _only_raises(resolver: Resolver, cls: Class) -> bool:
    """Whether `__iter__` returns nothing: it raises, or `for` does.

    A stub is left for others to fill in.
    """
    function = resolver.classes.method(cls, "__iter__")
    if function is None or function.stub or function.kind is not Kind.FUNCTION:
        return False
    plain = resolver.decoration(function).value == frozenset({Func(function)})
    marked = all(
        isinstance(each, Ref) and each.parts[-1] in _SAYS_NOTHING for each in function.decorators
    )
    return not function.results and (plain or marked)
