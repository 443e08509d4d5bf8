"""Writes modules that look like people's, of any size: the same ones each time.

What stands in them is typical of async applications: most functions only call and await; one in
several makes tasks, gathers, starts a loop or hands a coroutine object on.
"""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

_NOUNS = ("order", "device", "state", "sensor", "quote", "report", "member", "track", "entry")
_VERBS = ("load", "send", "update", "check", "store", "fetch", "render", "close", "read")

_PLAIN = '''
def {name}(items, limit={number}):
    """Counts what is left of the items."""
    total = 0
    for position, item in enumerate(items):
        if item is None or position > limit:
            continue
        if item.kind == "{noun}":
            total += item.size * {number}
        elif item.kind in ("a", "b"):
            total -= item.size
        else:
            _LOGGER.debug("passed over %s of %s", item, items)
    return {{"count": total, "limit": limit, "share": total / max(limit, 1)}}

'''
_AWAITING = '''
async def {name}(client, key):
    """Asks the client, and once more where it was busy."""
    for attempt in range({number}):
        try:
            answer = await client.get(f"/{noun}/{{key}}", timeout=attempt + 1)
        except TimeoutError:
            await asyncio.sleep(attempt)
            continue
        data = await answer.json()
        return [entry["{noun}"] for entry in data if entry.get("active")]
    return await {earlier}(client, key)

'''
_GATHERING = '''
async def {name}(client, keys):
    """Asks for all keys at once."""
    requests = [{earlier}(client, key) for key in keys if key is not None]
    answers = await asyncio.gather(*requests, return_exceptions=True)
    task = asyncio.create_task({earlier}(client, "{noun}"))
    failed = [answer for answer in answers if isinstance(answer, Exception)]
    if len(failed) > {number}:
        task.cancel()
        raise RuntimeError(failed[0])
    return answers, await task

'''
_CLASS = '''
class {camel}Store:
    """Keeps what was read of each {noun}."""

    def __init__(self, client, limit={number}):
        self._client = client
        self._limit = limit
        self._known = {{}}
        self._lock = asyncio.Lock()

    @property
    def size(self):
        return len(self._known)

    async def async_{noun}(self, key):
        async with self._lock:
            if key not in self._known:
                self._known[key] = await {earlier}(self._client, key)
            return self._known[key]

    async def async_all(self):
        for key in list(self._known):
            yield await self.async_{noun}(key)

    def forget(self, key):
        found = self._known.pop(key, None)
        return found is not None and self.size < self._limit

'''
_STARTING = '''
def {name}(client, key):
    """For callers without a loop."""
    found = asyncio.run({earlier}(client, key))
    return found or {number}

'''
_HEAD = '''"""Module {number}: what is known of {noun}s."""

import asyncio
import logging

{imports}
_LOGGER = logging.getLogger(__name__)


async def first_{noun}(client, key):
    """The function that the others are built on."""
    return await client.get(key)

'''
#: How often each kind of text comes, of 100; starts of a loop are rare in real code, too.
_SHARES = ((_PLAIN, 46), (_AWAITING, 28), (_CLASS, 18), (_GATHERING, 6), (_STARTING, 2))


def module(number: int, lines: int, imports: tuple[int, ...] = ()) -> str:
    """The text of a module of at least that many lines.

    number: decides on everything in it. imports: the numbers of modules of which it uses something.
    """
    choose = random.Random(number)  # noqa: S311 - nothing here is a secret
    noun = choose.choice(_NOUNS)
    imported = [
        f"from mod{each:05} import first_{_noun_of(each)} as from{each}" for each in imports
    ]
    texts = [_HEAD.format(number=number, noun=noun, imports="\n".join([*imported, ""]))]
    asked = [f"first_{noun}", *(f"from{each}" for each in imports)]
    length = texts[0].count("\n")
    for text, index in _bodies(choose):
        word = choose.choice(_NOUNS)
        name = f"{choose.choice(_VERBS)}_{word}_{index}"
        earlier = choose.choice(asked)
        made = text.format(
            name=name,
            noun=word,
            camel=f"{word.title()}{index}",
            number=index % 9 + 1,
            earlier=earlier,
        )
        texts.append(made)
        length += made.count("\n")
        if text is _AWAITING:
            asked.append(name)
        if length >= lines:
            break
    return "".join(texts)


def _noun_of(number: int) -> str:
    return random.Random(number).choice(_NOUNS)  # noqa: S311


def _bodies(choose: random.Random) -> Iterator[tuple[str, int]]:
    texts = [text for text, _ in _SHARES]
    weights = [weight for _, weight in _SHARES]
    index = 0
    while True:
        index += 1
        yield choose.choices(texts, weights)[0], index


def write_tree(folder: Path, lines: int, module_lines: int = 150) -> None:
    """Writes modules of that many lines together, most of which import from two others."""
    written = number = 0
    while written < lines:
        near = tuple(sorted({number // 2, max(number - 7, 0)} - {number}))
        text = module(number, module_lines, near)
        file = folder / f"mod{number:05}.py"
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        written += text.count("\n")
        number += 1


# --- one function that grows ---------------------------------------------------------------------


def branches(count: int) -> str:
    """A function with that many branches, in each of which the coroutine object may be spent."""
    arms = "".join(
        f"    if key == {number}:\n        seen = await request_{number % 7}\n"
        for number in range(count)
    )
    made = "".join(f"    request_{number} = ask(client, {number})\n" for number in range(7))
    return (
        f"async def ask(client, key):\n    return await client.get(key)\n\n\n"
        f"async def many(client, key):\n    seen = None\n{made}{arms}    return seen\n"
    )


def nested_loops(count: int) -> str:
    """A function with that many loops, one inside the other: up to 98.

    CPython's tokenizer takes 99 levels of indentation; its compiler would refuse more than 20
    loops, but nothing is compiled here.
    """
    heads = "".join(f"{'    ' * (n + 1)}for i{n} in range(2):\n" for n in range(count))
    inner = "    " * (count + 1)
    return (
        "import asyncio\n\n\nasync def ask(client, key):\n    return await client.get(key)\n\n\n"
        f"async def deep(client):\n    request = ask(client, 1)\n    later = None\n{heads}"
        f"{inner}later = asyncio.create_task(request)\n    return later\n"
    )


def variables(count: int) -> str:
    """A function that makes that many coroutine objects, one a variable, and awaits each."""
    made = "".join(f"    request_{number} = ask(client, {number})\n" for number in range(count))
    spent = "".join(f"    total += await request_{number}\n" for number in range(count))
    return (
        "async def ask(client, key):\n    return await client.get(key)\n\n\n"
        f"async def wide(client):\n    total = 0\n{made}{spent}    return total\n"
    )
