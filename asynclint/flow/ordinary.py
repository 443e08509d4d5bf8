"""Whether a function starts an event loop whenever it is called, or only on some of its paths."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from asynclint.visitor import ops
from asynclint.visitor.names import last_name
from asynclint.visitor.ops import Branch, Exit, Graph, Jump, Next, Op

_ASKING = "get_running_loop"


def starts_always(graph: Graph, starting: AbstractSet[Op]) -> bool:
    """Whether each ordinary path through a graph comes to one of the operations that start a loop.

    Ways that an exception opens are no ordinary paths, and a `for` goes round at least once. Who
    asks for the running loop means to start one where there is none; what is done where there is
    one does not count, for plain code.
    """
    met: set[int] = set()
    waiting = [0]
    while waiting:
        index = waiting.pop()
        block, again = graph.blocks[index], index in met
        if any(op in starting or _asks(op) for op in block.ops):
            continue
        if again and not isinstance(block.end, Next):
            continue
        match block.end:
            case Exit(how="return"):
                return False
            case Jump(target=target):
                waiting.append(target)
            case Branch(test=test, yes=yes, no=no):
                waiting += [no] if test.loop else [yes, no]
            case Next(body=body, done=done):
                after = done if again else body
                waiting += [] if again and done in met else [after]
            case _:
                pass
        met.add(index)
    return True


def _asks(op: Op) -> bool:
    return isinstance(op, ops.Call) and last_name(op.node) == _ASKING
