"""Numbers for the places at which objects are made.

Each operation, parameter and loop of a function has its own, and so has each function that is
entered from another one: `depth` tells how many calls lie between it and the one under analysis.
"""

from __future__ import annotations

#: Objects that one operation can make, in one go.
PER_OP = 32
#: The first of them for an instance of each class that a call can mean.
INSTANCES = 8
#: The first of them for objects which a call has made and handed back.
RETURNED = 16
#: The loop on which `asyncio.run` has run something: nobody else sees it.
GONE_LOOP = 7
_PARAMETERS = 9_000_000
_FRAME = 10_000_000


def first_op(depth: int) -> int:
    """The number from which the operations of a function are counted."""
    return depth * 100_000


def of_op(op: int, index: int = 0) -> int:
    """The site of an object that an operation makes."""
    return op * PER_OP + index


def of_loop(depth: int, block: int) -> int:
    """The site of the elements that a loop goes through; the next is that of pairs that hold one.

    block: in which the loop's head is.
    """
    return -100 - 8 * block - _FRAME * depth


def of_parameter(depth: int, index: int) -> int:
    """The site of what a parameter holds when a function begins."""
    return -_PARAMETERS - index - _FRAME * depth
