"""The part of a module that runs only where it is the program itself, not where it is imported."""

from __future__ import annotations

import libcst as cst


def in_script(module: cst.Module, node: cst.CSTNode) -> bool:
    """Whether a node stands under `if __name__ == "__main__":`.

    Nobody can import what is made there (library reference, `__main__`).
    """
    guarded = (part.body for part in module.body if isinstance(part, cst.If) and _is_guard(part))
    return any(_holds(body, node) for body in guarded)


def _is_guard(statement: cst.If) -> bool:
    # In plain terms, as the module of matchers takes as long to import as all of libcst.
    match statement.test:
        case cst.Comparison(left, [cst.ComparisonTarget(cst.Equal(), right)]):
            return (_is_name(left) and _is_main(right)) or (_is_main(left) and _is_name(right))
        case _:
            return False


def _is_name(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "__name__"


def _is_main(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.SimpleString) and node.evaluated_value == "__main__"


def _holds(whole: cst.CSTNode, node: cst.CSTNode) -> bool:
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        if part is node:
            return True
        waiting.extend(part.children)
    return False
