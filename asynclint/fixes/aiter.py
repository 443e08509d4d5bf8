"""Cures `async def __aiter__`: what `async for` gets at once must be the iterator itself."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.as_generator import yielding
from asynclint.fixes.kit import Kit
from asynclint.fixes.returns import own

#: The items of an object that is its own iterator; `async for` over it would not end.
_OF_SELF = (
    "while True:",
    "    try:",
    "        item = await self.__anext__()",
    "    except StopAsyncIteration:",
    "        return",
    "    yield item",
)
_AWAITING = m.Await() | m.For(asynchronous=m.Asynchronous()) | m.With(asynchronous=m.Asynchronous())


def at_once(kit: Kit) -> Fix | None:
    """Makes `__aiter__` a plain method, or an async generator where it has to await something."""
    node = kit.unit.node
    if not isinstance(node, cst.FunctionDef) or node.asynchronous is None or node.decorators:
        return None
    if not any(m.matches(each, _AWAITING) for each in own(node, cst.Await, cst.For, cst.With)):
        if m.findall(node.body, m.CompFor(asynchronous=m.Asynchronous())):
            return None
        start, end = kit.span(node.asynchronous)
        gap = len(kit.source.text[end:]) - len(kit.source.text[end:].lstrip(" \t"))
        message = "Make it a plain method; unsafe, as code that awaits it must not do so any more"
        return Fix(Applicability.UNSAFE, message, (Edit(start, end + gap, ""),))
    receiver = node.params.params[0].name.value if node.params.params else "self"
    lines = tuple(line.replace("self", receiver) for line in _OF_SELF)
    edits = yielding(kit, of_self=lines)
    if edits is None:
        return None
    message = "Yield the items; unsafe, as each iteration then is an async generator of its own"
    return Fix(Applicability.UNSAFE, message, edits)
