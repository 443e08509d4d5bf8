"""ASL505 async-override-of-sync-hook."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import libcst as cst

from asynclint.facts import Fact, Kind
from asynclint.flow.story import Story
from asynclint.model.declared import Function
from asynclint.rules.base import Report, Rule


class AsyncOverrideOfSyncHook(Rule):
    """A method that is called as a plain function is written as a coroutine function.

    ## What it does
    Reports an `async def` in a class whose base class, decorator or protocol calls that method
    without awaiting it: `Thread.run`, `logging.Handler.emit`, `json.JSONEncoder.default`,
    `unittest.TestCase.setUp` and its tests, `HTMLParser.handle_data`,
    `asyncio.Protocol.data_received`, `__post_init__` of a dataclass; and special methods that
    Python itself calls, such as `__init__`, `__str__` and `__enter__`.

    ## Why is this bad?
    The caller gets a coroutine object. Mostly it drops it: nothing is logged, parsed or set up, a
    test passes without having tested, and the only sign is

        RuntimeWarning: coroutine 'Chat.emit' was never awaited

    Some callers check what they get: `TypeError: __init__() should return None, not 'coroutine'`,
    `TypeError: __str__ returned non-string (type coroutine)`.

    ## Example
    ```python
    # RuntimeWarning: coroutine 'Chat.emit' was never awaited
    import asyncio
    import logging


    class Chat(logging.Handler):
        async def emit(self, record: logging.LogRecord) -> None:
            await asyncio.sleep(0)
            print("to the chat room:", self.format(record))


    log = logging.getLogger("shop")
    log.addHandler(Chat())
    log.error("out of milk")
    ```

    ## Use instead
    Write the method as a plain one, and hand the work to a loop:

    ```python
    import asyncio
    import logging


    class Chat(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            asyncio.run(self.post(self.format(record)))

        async def post(self, text: str) -> None:
            await asyncio.sleep(0)
            print("to the chat room:", text)


    log = logging.getLogger("shop")
    log.addHandler(Chat())
    log.error("out of milk")
    ```

    Many base classes have a variant that awaits: `unittest.IsolatedAsyncioTestCase`, `__aenter__`
    and `__aexit__`. For `__init__` write a class method that is awaited and returns the object.
    """

    code = "ASL505"
    name = "async-override-of-sync-hook"

    def check(self, story: Story) -> Iterator[Report]:
        function = story.unit.function
        if function is None or function.owner is None or function.kind is not Kind.COROUTINE:
            return
        if (
            function.name == "__aiter__"
            or function.decorators
            or not isinstance(story.unit.node, cst.FunctionDef)
        ):
            return
        caller = _plain_caller(story, function)
        if caller:
            message = f"`{caller}` calls `{function.name}` as a plain function and awaits nothing"
            yield Report(story.unit.node.name, message)


def _plain_caller(story: Story, function: Function) -> str:
    """The class that calls the method without await, '' if none is known for sure."""
    assert function.owner is not None
    resolver = story.program.resolver
    home = function.owner.scope.parent or function.owner.scope
    for shape in function.owner.decorators:
        for fact in resolver.decorator_facts_of(shape, home):
            if any(fnmatchcase(function.name, hook) for hook in fact.sync_hooks):
                return fact.name
    for base in (*resolver.classes.line(function.owner)[1:], "builtins.object"):
        if base is None:
            return ""
        if not isinstance(base, str):
            continue
        for fact in _ancestry(story, base):
            if any(fnmatchcase(function.name, hook) for hook in fact.async_hooks):
                return ""
            if any(fnmatchcase(function.name, hook) for hook in fact.sync_hooks):
                return "Python" if fact.name == "builtins.object" else fact.name
        if resolver.facts.get(base) is None:
            return ""
    return ""


def _ancestry(story: Story, name: str) -> Iterator[Fact]:
    waiting = [name]
    while waiting:
        fact = story.program.resolver.facts.get(waiting.pop(0))
        if fact is not None:
            yield fact
            waiting.extend(fact.bases)
