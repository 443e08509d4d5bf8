"""How readers know callables."""

from __future__ import annotations

from asynclint.model.values import LOOP


def short(name: str) -> str:
    """How a reader knows a callable: `asyncio.run`, `loop.create_task`, `sorted`."""
    owner, _, last = name.rpartition(".")
    if owner == "builtins":
        return last
    if owner == LOOP:
        return f"loop.{last}"
    return name
