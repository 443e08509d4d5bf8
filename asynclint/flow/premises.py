"""What a function never does where it is called with arguments that are known.

`def save(check=False)` starts no event loop behind its `if check:` where a call says nothing of
`check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asynclint.model.values import Const
from asynclint.visitor import ops
from asynclint.visitor.ops import Branch, Dispatch, Graph, Jump, Next, Test


def unreached(graph: Graph, known: Mapping[str, Const]) -> frozenset[int]:
    """The operations, by id, that no path gets to while these names hold these constants."""
    stored = {
        op.name
        for block in graph.blocks
        for op in block.ops
        if isinstance(op, (ops.Store, ops.Delete, ops.Define))
    }
    lasting = {name: const for name, const in known.items() if name not in stored}
    found, waiting = {0}, [0]
    while waiting:
        for target in _after(graph.blocks[waiting.pop()], lasting):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return frozenset(
        op.id
        for number, block in enumerate(graph.blocks)
        if number not in found
        for op in block.ops
    )


def _after(block: ops.Block, known: Mapping[str, Const]) -> Iterator[int]:
    """The blocks to which a block may lead."""
    if block.handler is not None:
        yield block.handler
    match block.end:
        case Jump(target=target):
            yield target
        case Branch(test=test, yes=yes, no=no):
            answer = _answer(test, known.get(test.name))
            if answer is not False:
                yield yes
            if answer is not True:
                yield no
        case Next(body=body, done=done):
            yield from (body, done)
        case Dispatch(targets=targets):
            yield from targets
        case _:
            pass


def _answer(test: Test, const: Const | None) -> bool | None:
    """How a test of a constant ends; None where it asks for something else."""
    if const is None:
        return None
    if test.kind == "truth":
        return bool(const.value)
    return const.value is None if test.const is None else const.value == test.const
