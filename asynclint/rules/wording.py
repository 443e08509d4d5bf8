"""How messages name things, the same in every rule."""

from __future__ import annotations

import re

import libcst as cst

from asynclint.flow.story import Subject
from asynclint.model.values import Func, Giving, Klass, Lib, Method, Partial, Thing
from asynclint.visitor.pure import code_of

_LONGEST = 48


def code(node: cst.CSTNode) -> str:
    """The source of a node on one line, in backticks, shortened in the middle of nothing."""
    text = re.sub(r"\s+", " ", code_of(node)).strip()
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 3].rstrip()}..."
    return f"`{text}`"


def callable_name(thing: Thing | None) -> str:
    """What a callable is called: `fetch`, `asyncio.sleep`; '' if it has no name."""
    match thing:
        case Func(function=function):
            return function.qualname.replace(".<locals>", "")
        case Lib(name=name):
            return name.removeprefix("builtins.")
        case Klass(cls=cls):
            return cls.qualname
        case Method(name=name):
            return name
        case Partial(callee=callee):
            return callable_name(callee)
        case Giving(label=label):
            return label
        case _:
            return ""


def of_maker(subject: Subject) -> str:
    """The object by its maker: 'the coroutine of `fetch()`'."""
    kind = "async generator" if subject.cls == "async_generator" else "coroutine"
    name = callable_name(subject.by)
    return f"the {kind} of `{name}()`" if name else f"the {kind}"
