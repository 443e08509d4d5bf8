"""ASL505 async-override-of-sync-hook."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Kind
from asynclint.findings import Fix
from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule

if TYPE_CHECKING:
    from asynclint.fixes.kit import Kit


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

    ## Fix safety
    Always unsafe, as others may await the method.

    - The body of the method becomes a coroutine function within a plain method, which runs it: by
      `asyncio.run()` in `Thread.run`, as a task where an event loop calls it, else on a loop that
      the thread keeps. No fix is offered where an event loop may be running. A method that awaits
      nothing is made plain as it is.
    - A test case becomes an `IsolatedAsyncioTestCase`, with `asyncSetUp` for `setUp`.
    - `__enter__` and `__exit__` become `__aenter__` and `__aexit__`, and `with` becomes
      `async with`, also in plain functions, which become coroutine functions.
    - `__init__` becomes a class method, `create`, which is awaited where an instance is made.
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
        caller = story.program.resolver.hooks.plain_caller(function)
        if caller:
            message = f"`{caller}` calls `{function.name}` as a plain function and awaits nothing"
            fix = partial(_cure, hook=f"{caller}.{function.name}")
            yield Report(story.unit.node.name, message, fix=fix)


def _cure(kit: Kit, hook: str) -> Fix | None:
    from asynclint.fixes.async_tests import isolated
    from asynclint.fixes.created import created
    from asynclint.fixes.entered_async import entered_async
    from asynclint.fixes.plain_outside import plain_outside

    if hook == "Python.__init__":
        return created(kit)
    if hook in ("Python.__enter__", "Python.__exit__"):
        return entered_async(kit)
    if hook.startswith("unittest."):
        return isolated(kit) or plain_outside(kit, alone=True)
    by_loop = hook.startswith("asyncio.")
    return plain_outside(kit, once=hook == "threading.Thread.run", by_loop=by_loop)
