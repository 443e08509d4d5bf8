"""The part of a module that runs only where it is the program itself, not where it is imported."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

_NAME = m.Name("__name__")
_MAIN = m.SimpleString("'__main__'") | m.SimpleString('"__main__"')
_GUARD = m.OneOf(
    *(
        m.Comparison(left=left, comparisons=[m.ComparisonTarget(m.Equal(), right)])
        for left, right in ((_NAME, _MAIN), (_MAIN, _NAME))
    )
)


def in_script(module: cst.Module, node: cst.CSTNode) -> bool:
    """Whether a node stands under `if __name__ == "__main__":`.

    Nobody can import what is made there (library reference, `__main__`).
    """
    guarded = (part.body for part in module.body if isinstance(part, cst.If) and _is_guard(part))
    return any(_holds(body, node) for body in guarded)


def _is_guard(statement: cst.If) -> bool:
    return m.matches(statement.test, _GUARD)


def _holds(whole: cst.CSTNode, node: cst.CSTNode) -> bool:
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        if part is node:
            return True
        waiting.extend(part.children)
    return False
