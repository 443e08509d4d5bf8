"""Strongly connected components of a graph, by Tarjan's algorithm with a stack of its own."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def components(
    start: Node, neighbours: Callable[[Node], Iterable[Node]], done: Container[Node]
) -> Iterator[list[Node]]:
    """The components that can be reached from a node, each after those that it leads to.

    done: nodes that are left out, with all that only they lead to.
    """
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    kept: dict[Node, None] = {}  # nodes whose component is not known yet, oldest first
    stack: list[tuple[Node, Iterator[Node]]] = []

    def enter(node: Node) -> None:
        index[node] = low[node] = len(index)
        kept[node] = None
        stack.append((node, iter(neighbours(node))))

    enter(start)
    while stack:
        node, rest = stack[-1]
        following = next((each for each in rest if each not in done), None)
        if following is None:
            stack.pop()
            if stack:
                above = stack[-1][0]
                low[above] = min(low[above], low[node])
            if low[node] == index[node]:
                group: list[Node] = []
                while not group or group[-1] != node:
                    group.append(kept.popitem()[0])
                yield group
        elif following not in index:
            enter(following)
        elif following in kept:
            low[node] = min(low[node], index[following])
