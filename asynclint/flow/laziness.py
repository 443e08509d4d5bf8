"""Which of a function's starts of event loops come only when what it returns is gone through."""

from __future__ import annotations

import libcst as cst

from asynclint.flow.story import LoopStart, Reach, Story


def runs_later(story: Story, start: LoopStart) -> bool:
    """Whether a start stands in a generator expression that the function returns.

    What the first iterable evaluates is evaluated at once (language reference, "Generator
    expressions"), but gone through later.
    """
    for generator in story.lazy:
        assert isinstance(generator, cst.GeneratorExp)
        first = generator.for_in.iter
        if start.node is first and start.reach is Reach.ITERATION:
            return True
        if _holds(generator, start.node) and not _holds(first, start.node):
            return True
    return False


def _holds(node: cst.CSTNode, inner: cst.CSTNode) -> bool:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each is inner:
            return True
        waiting.extend(each.children)
    return False
