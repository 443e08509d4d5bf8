"""ASL206 override-changes-kind."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.flow.story import Story
from asynclint.model.declared import Function
from asynclint.model.values import ASYNC_GENERATOR, COROUTINE, Func, Made
from asynclint.rules.base import Report, Rule


class OverrideChangesKind(Rule):
    """An override is of another kind than the method it replaces.

    ## What it does
    Reports a method that is an async generator function where the method of the base class is a
    coroutine function, or the reverse. The base class must stand in the same file; methods of it
    that only raise NotImplementedError or are otherwise empty do not count. Reports as well an
    `__aiter__` that is a coroutine function.

    ## Why is this bad?
    Callers of the base class await the method, or iterate it; callers of the subclass would have to
    do the other. Code that is written for the base class fails with

        TypeError: object async_generator can't be used in 'await' expression

    where the override yields, and with
    `TypeError: 'async for' requires an object with __aiter__ method, got coroutine` where it does
    not.

    `__aiter__` must return the iterator at once (since Python 3.7). A coroutine function gives
    `TypeError: 'async for' received an object from __aiter__ that does not implement __anext__`.

    ## Example
    ```python
    # TypeError: object async_generator can't be used in 'await' expression
    import asyncio


    class Exporter:
        async def rows(self) -> list[str]:
            return ["plain"]

        async def export(self) -> str:
            return ",".join(await self.rows())


    class BigExporter(Exporter):
        async def rows(self):
            for number in range(3):
                yield f"big {number}"


    print(asyncio.run(BigExporter().export()))
    ```

    ## Use instead
    Keep the kind, and give the other one another name:

    ```python
    import asyncio


    class Exporter:
        async def rows(self) -> list[str]:
            return ["plain"]

        async def export(self) -> str:
            return ",".join(await self.rows())


    class BigExporter(Exporter):
        async def stream(self):
            for number in range(3):
                yield f"big {number}"

        async def rows(self) -> list[str]:
            return [row async for row in self.stream()]


    print(asyncio.run(BigExporter().export()))
    ```
    """

    code = "ASL206"
    name = "override-changes-kind"

    def check(self, story: Story) -> Iterator[Report]:
        function = story.unit.function
        if function is None or function.owner is None:
            return
        if not isinstance(story.unit.node, cst.FunctionDef) or _is_private(function.name):
            return
        here = _makes(story, function)
        if function.name == "__aiter__" and here == COROUTINE:
            message = "`async for` needs the iterator at once: `__aiter__` must be a plain `def`"
            users = _users(story, function, "iterated here")
            yield Report(story.unit.node.name, message, users)
            return
        base = _overridden(story, function)
        there = _makes(story, base) if base is not None else ""
        if base is None or not here or not there or here == there or base.stub:
            return
        owner = base.owner.name if base.owner is not None else ""
        message = (
            f"`{function.qualname}` is {_KINDS[here]}, "
            f"but `{owner}.{base.name}` is {_KINDS[there]}: "
            "callers of one cannot use the other"
        )
        users = _users(story, function, f"used as {_KINDS[there]}")
        yield Report(story.unit.node.name, message, users)


def _users(story: Story, function: Function, message: str) -> tuple[tuple[cst.CSTNode, str], ...]:
    """Where the file uses the method, of an instance of which the class is not known for sure."""
    assert function.owner is not None
    nodes = story.program.users(story.module, function.owner, function.name)
    return tuple((node, message) for node in nodes)


def _is_private(name: str) -> bool:
    """Names that Python mangles override nothing (language reference, "Private name mangling")."""
    return name.startswith("__") and not name.endswith("__")


def _overridden(story: Story, function: Function) -> Function | None:
    """The method of a base class in the same file that this one replaces."""
    assert function.owner is not None
    classes = story.program.resolver.classes
    for base in classes.line(function.owner)[1:]:
        if base is None or isinstance(base, str):
            return None
        found = classes.method(base, function.name)
        if found is not None:
            return found
    return None


def _makes(story: Story, function: Function) -> str:
    """What calling the method makes: a coroutine, an async generator, or '' for anything else."""
    value = story.program.resolver.declared(function)
    if value != frozenset({Func(function)}):
        return ""
    made = story.program.resolver.call(value)
    kinds = {thing.cls for thing in made if isinstance(thing, Made)}
    return kinds.pop() if len(kinds) == len(made) == 1 and kinds <= set(_KINDS) else ""


_KINDS = {COROUTINE: "a coroutine function", ASYNC_GENERATOR: "an async generator function"}
