"""The lexical gate: whether a file can hold a finding at all, before anything is parsed."""

from __future__ import annotations

#: A finding needs a coroutine, an async generator, an event loop or a library that starts one.
#: `async` stands in `async def`, `asyncio`, `asyncgen`, `nest_asyncio`; the others are names under
#: which an event loop comes without that word. A hit costs one parse, a missing word a finding:
#: when in doubt, add it.
WORDS = (
    b"async",
    b"await",
    b"coroutine",
    b"anyio",
    b"uvicorn",
    b"hypercorn",
    b"uvloop",
    b"aiohttp",
    b"tornado",
)


def may_matter(data: bytes) -> bool:
    """Whether a file's bytes hold any word without which no rule can apply."""
    return any(word in data for word in WORDS)
