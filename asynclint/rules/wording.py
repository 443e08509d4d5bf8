"""How messages name things, the same in every rule."""

from __future__ import annotations

import re

import libcst as cst

from asynclint.flow.file import Spot
from asynclint.flow.story import Consumption, Iteration, LoopStart, Story, Subject
from asynclint.model.values import ASYNC_ITERABLE, Func, Giving, Klass, Lib, Method, Partial, Thing
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
    if subject.cls == ASYNC_ITERABLE:
        return f"an async iterable, `{name}`" if name else "an async iterable"
    return f"the {kind} of `{name}()`" if name else f"the {kind}"


Steps = tuple[tuple[cst.CSTNode | Spot, str], ...]


def definition(story: Story, subject: Subject) -> Steps:
    """Where the file says what kind of object this is: the function that makes it."""
    by = subject.by
    if not isinstance(by, Func):
        return ()
    unit = story.program.unit(by.function)
    if unit is None or not isinstance(unit.node, cst.FunctionDef):
        return ()
    kind = "an async generator" if subject.cls == "async_generator" else "a coroutine"
    return ((Spot(unit, unit.node.name), f"`{by.function.name}` is {kind} function"),)


def within(entry: Consumption | Iteration) -> Steps:
    """Where the function that is called does it."""
    return tuple((spot, f"`{spot.unit.name}` does it here") for spot in entry.inside)


def runner(story: Story) -> Steps:
    """Why code runs on a loop: the coroutine function that it stands in."""
    node = story.unit.node
    if not isinstance(node, cst.FunctionDef):
        return ()
    if not story.unit.on_loop:
        return ((node.name, f"`{story.unit.name}` is called on an event loop"),)
    return ((node.name, f"`{story.unit.name}` is async: it runs on an event loop"),)


def ways(story: Story, start: LoopStart) -> Steps:
    """The calls that lead from a place to the starts of loops in other functions, but the first."""
    starts = [each for each in story.starts if each.node is start.node]
    steps = [step for each in starts for step in each.chain[1:]]
    unlike = {id(step.node): step for step in steps}
    return tuple(
        (Spot(step.unit, step.node), f"`{step.unit.name}` calls `{step.text}()`")
        for step in unlike.values()
    )


def root_of(start: LoopStart) -> Spot | None:
    """Where a loop is started that is reached through calls; None where it is started here."""
    return Spot(start.chain[-1].unit, start.chain[-1].node) if start.chain else None
