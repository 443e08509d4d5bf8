"""What the rules about event loops share."""

from __future__ import annotations

import libcst as cst

from asynclint.flow.story import LoopStart, Story

_PATCHED = "nest_asyncio"  # nest_asyncio.apply() lets loops nest
_GUARDS = frozenset({"is_running", "_get_running_loop"})


def is_asyncio(start: LoopStart) -> bool:
    """Whether it is asyncio itself, or a drop-in for it, that is told to run a loop."""
    return start.fact is None or start.fact.name.startswith(("asyncio.", "uvloop."))


def runs_nested(story: Story) -> bool:
    """Whether a loop started in this unit is nested for sure."""
    function = story.unit.function
    if not story.on_loop or function is None:
        return False
    return _PATCHED not in story.module.mentions and not function.mentions & _GUARDS


def first_of_each(story: Story) -> list[LoopStart]:
    """The first start of a loop that is known of each place."""
    first: dict[int, LoopStart] = {}
    for start in story.starts:
        first.setdefault(id(start.node), start)
    return list(first.values())


def makes_its_loop(start: LoopStart) -> bool:
    """Whether every such start makes a loop of its own, rather than using one that is kept."""
    if start.fact is not None and start.fact.makes_loop:
        return True
    if start.loop is None:
        return False
    return start.loop.remade or (bool(start.chain) and start.loop.closed)


def restarts_main(start: LoopStart) -> bool:
    """`while True: asyncio.run(main())` restarts a whole program: that is what it is for."""
    argument = start.argument
    if not isinstance(argument, cst.Call) or not isinstance(argument.func, cst.Name):
        return False
    return not argument.args
