"""ASL206 override-changes-kind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from asynclint.facts import Kind
from asynclint.flow.file import Spot
from asynclint.flow.story import Story
from asynclint.model.declared import Class
from asynclint.model.protocols import Mismatch
from asynclint.model.values import ASYNC_GENERATOR, COROUTINE
from asynclint.rules.base import Report, Rule
from asynclint.rules.wording import Steps


class OverrideChangesKind(Rule):
    """An override is of another kind than the method it replaces.

    ## What it does
    Reports a method that is an async generator function where the method of the base class is a
    coroutine function, or the reverse. A plain method counts by its annotation: one that is
    declared `-> AsyncIterator[...]` must not become a coroutine function, nor one declared
    `-> Awaitable[...]` an async generator function. A coroutine function of the base class that is
    empty, or only raises NotImplementedError, counts if its annotation names what it gives, and no
    iterator. What holds for a base class holds for a Protocol, too, if a class has all of its
    methods, with parameters of the same names, and stands in the Protocol's module or imports it.
    Reports as well an `__aiter__` that is a coroutine function.

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

    ## Fix safety
    Always unsafe, as code in other files may use the method as it is. An override that returns a
    collection yields its items. One that yields gets another name, `iter_rows` for `rows`, and a
    coroutine function of the old name collects its items; or goes through them, where the method of
    the base class returns nothing. `__aiter__` becomes a plain method, or an async generator where
    it awaits something. Where the base class promises one value that is no collection, `return` in
    place of the only `yield` is shown, and never applied.
    """

    code = "ASL206"
    name = "override-changes-kind"

    def check(self, story: Story) -> Iterator[Report]:
        function = story.unit.function
        if function is None or function.owner is None:
            return
        if not isinstance(story.unit.node, cst.FunctionDef) or _is_private(function.name):
            return
        protocols = story.program.resolver.protocols
        if function.name == "__aiter__" and protocols.makes(function) == COROUTINE:
            message = "`async for` needs the iterator at once: `__aiter__` must be a plain `def`"
            users = _users(story, function.owner, function.name, "iterated here")
            from asynclint.fixes.aiter import at_once

            yield Report(story.unit.node.name, message, users, at_once)
            return
        found = protocols.mismatch(function)
        if found is None:
            return
        owner = found.declared.owner.name if found.declared.owner is not None else ""
        message = (
            f"`{function.qualname}` is {_KINDS[found.made]}, "
            f"but `{owner}.{function.name}` {_promise(found)}: "
            "callers of one cannot use the other"
        )
        related = function.owner
        if found.declared.owner not in story.program.resolver.classes.line(related):
            related = found.declared.owner or related  # a Protocol
        users = _users(story, related, function.name, f"used as {_USES[found.promised]}")
        steps: Steps = (*_declaration(story, found), *users)
        from asynclint.fixes.overriding import of_the_same_kind

        yield Report(story.unit.node.name, message, steps, partial(of_the_same_kind, found=found))


def _promise(found: Mismatch) -> str:
    """What the declaration says, in words."""
    if found.declared.kind is Kind.FUNCTION:
        return f"promises {_USES[found.promised]}"
    return f"is {_KINDS[found.promised]}"


def _declaration(story: Story, found: Mismatch) -> tuple[tuple[Spot, str], ...]:
    """Where the method that is replaced stands."""
    unit = story.program.unit(found.declared)
    if unit is None or not isinstance(unit.node, cst.FunctionDef):
        return ()
    return ((Spot(unit, unit.node.name), f"`{found.declared.name}` is declared here"),)


def _users(
    story: Story, owner: Class, name: str, message: str
) -> tuple[tuple[cst.CSTNode, str], ...]:
    """Where the file uses a method, of an instance of which the class is not known for sure."""
    nodes = story.program.users(story.module, owner, name)
    return tuple((node, message) for node in nodes)


def _is_private(name: str) -> bool:
    """Names that Python mangles override nothing (language reference, "Private name mangling")."""
    return name.startswith("__") and not name.endswith("__")


_KINDS = {COROUTINE: "a coroutine function", ASYNC_GENERATOR: "an async generator function"}
_USES = {
    COROUTINE: "a coroutine",
    ASYNC_GENERATOR: "an async iterator",
    "awaitable": "an awaitable",
}
