"""Attributes of an object that get another meaning: by assignment, `setattr`, a patch of a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_ANY = "*"  # an attribute of which the name is not a constant
_SETTING = ("setattr", "__setattr__", "delattr")
#: A patch without a value of its own takes an AsyncMock for a coroutine function: `patch` in
#: Lib/unittest/mock.py (3.10 to 3.13).
_VALUES = ("new", "new_callable", "return_value", "side_effect", "spec")
_NEW = 2  # the position of `new` in `patch.object(target, "name", new)`


def replaced(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The names and attributes (`*` for any) to which a node gives another meaning."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attr, ctx=ast.Store() | ast.Del()):
            yield name, attr
        case ast.Call(args=[ast.Name(id=name), *rest]):
            called = _last(node.func)
            keywords = {keyword.arg for keyword in node.keywords}
            if called == "multiple":
                yield name, _ANY
            elif called in _SETTING or (
                called == "object" and (len(rest) >= _NEW or not keywords.isdisjoint(_VALUES))
            ):
                match rest:
                    case [ast.Constant(value=str(attr)), *_]:
                        yield name, attr
                    case _:
                        yield name, _ANY
        case _:
            pass


def _last(callee: ast.expr) -> str:
    match callee:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
