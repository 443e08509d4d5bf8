"""Whether `await` may stand at a place, and how `await x` is written there."""

from __future__ import annotations

import re

import libcst as cst

from asynclint.findings import Applicability, Edit
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import dedented, has_comment, holds_together

_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
# What binds no looser than the operand of `await` must (language reference, "Operator precedence").
_PRIMARIES = (
    cst.Name,
    cst.Attribute,
    cst.Subscript,
    cst.Call,
    cst.BaseNumber,
    cst.BaseString,
    cst.List,
    cst.Set,
    cst.Dict,
    cst.BaseComp,
)
# Builtins that go through their argument at once: for them a list is as good as a generator.
_EAGER = frozenset(
    {"all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"}
)
_WORD = re.compile(r"\w")
_CATCHING = ("suppress", "raises", "assertRaises", "assertRaisesRegex")


def obstacle(kit: Kit, node: cst.CSTNode) -> str:
    """Why `await` may not stand where an expression stands; "" if it may."""
    return _obstacle(kit, node, None, None)


def may_await(kit: Kit, node: cst.CSTNode) -> bool:
    """Whether `await` may stand where an expression stands."""
    return not obstacle(kit, node)


def room_to_await(
    kit: Kit, node: cst.CSTNode, within: cst.CSTNode | None = None
) -> tuple[Edit, ...] | None:
    """The edits after which `await` may stand where an expression stands, () if it may already.

    A generator expression is made a list if the builtin that gets it reads it to its end anyway,
    or nearly so: `any` and `all` then look at every element. None where nothing so small helps.
    within: a function or statement around the node that is to become part of a coroutine function.
    """
    if not _obstacle(kit, node, None, within):
        return ()
    generator = kit.around(node, cst.GeneratorExp)
    if generator is None or _obstacle(kit, node, generator, within):
        return None
    if not _is_read_at_once(kit, generator):
        return None
    start, end = kit.span(generator)
    if generator.lpar:
        start, _ = kit.span(generator.lpar[-1])
        _, end = kit.span(generator.rpar[0])
        return Edit(start, start + 1, "["), Edit(end - 1, end, "]")
    return Edit(start, start, "["), Edit(end, end, "]")


def awaited(
    kit: Kit, place: cst.BaseExpression, operand: cst.BaseExpression
) -> tuple[Edit, ...] | None:
    """The edits that leave `await operand` in the place of an expression that contains it.

    Parentheses are written where precedence wants them: `(await f()).x`, `await (a or b)`. The rest
    of `place` is dropped, except for comments: these stay, or the answer is None where they cannot.
    """
    start, end = kit.span(place)
    first, last = kit.span(operand)
    text = kit.source.text
    if has_comment(text[start:first]) or has_comment(text[last:end]):
        return _awaited_with_comments(kit, place)
    before, behind = _affixes(kit, place)
    if not isinstance(operand, _PRIMARIES) or not holds_together(text[first:last]):
        before, behind = f"{before}(", f"){behind}"
    edits = (Edit(start, first, before), *dedented(kit, place, operand), Edit(last, end, behind))
    return tuple(edit for edit in edits if edit.start < edit.end or edit.text)


def awaited_text(kit: Kit, place: cst.BaseExpression, operand: str) -> Edit:
    """The edit that puts `await operand` in a node's place; `operand` is a call or the like."""
    before, behind = _affixes(kit, place)
    return kit.replace(place, f"{before}{operand}{behind}")


def trust(kit: Kit, node: cst.CSTNode) -> tuple[Applicability, str]:
    """How far an `await` at a node may be trusted, and as the end of a message why no further.

    It is unsafe where an exception of the awaited code would be caught that nothing raised so far.
    """
    if _is_caught(kit, node):
        why = "; unsafe, as what it raises is caught by the statement around it"
        return Applicability.UNSAFE, why
    return Applicability.SAFE, ""


def _obstacle(
    kit: Kit,
    node: cst.CSTNode,
    ignored: cst.GeneratorExp | None,
    within: cst.CSTNode | None,
) -> str:
    path = [node]
    comprehensions = 0
    for above in kit.parents(node):
        child = path[-1]
        if above is within:
            return ""
        if isinstance(above, cst.FunctionDef) and child is above.body:
            return "" if above.asynchronous else f"`{above.name.value}` is a plain function"
        if isinstance(above, cst.Lambda) and child is above.body:
            return "a lambda cannot await"
        if isinstance(above, cst.ClassDef) and child is above.body:
            return "the body of a class cannot await"
        if isinstance(above, cst.Annotation):
            return "an annotation cannot await"
        if isinstance(above, _COMPREHENSIONS) and not _is_first_iterable(above, path):
            if isinstance(above, cst.GeneratorExp) and above is not ignored:
                return "the generator expression would become an async generator"
            comprehensions += 1
            if comprehensions > 1:
                return "a comprehension within another may await from Python 3.11 on only"
        path.append(above)
    return "the code runs outside of any function"


def _is_first_iterable(comprehension: cst.BaseComp, path: list[cst.CSTNode]) -> bool:
    """Whether the way up to a comprehension comes from what it evaluates before it begins."""
    clause = path[-1]
    if not isinstance(clause, cst.CompFor) or comprehension.for_in is not clause:
        return False
    return len(path) > 1 and clause.iter is path[-2]


def _is_read_at_once(kit: Kit, generator: cst.GeneratorExp) -> bool:
    argument = kit.parent(generator)
    call = kit.parent(argument) if isinstance(argument, cst.Arg) else None
    if not isinstance(call, cst.Call) or not call.args or call.args[0] is not argument:
        return False
    if isinstance(call.func, cst.Attribute):
        return call.func.attr.value == "join" and isinstance(call.func.value, cst.SimpleString)
    return isinstance(call.func, cst.Name) and call.func.value in _EAGER


def _affixes(kit: Kit, place: cst.BaseExpression) -> tuple[str, str]:
    """What goes before and behind the operand of an `await` in a node's place."""
    start, end = kit.span(place)
    text = kit.source.text
    before = " " if start and _WORD.match(text, start - 1) else ""
    if _needs_parentheses(kit, place):
        return f"{before}(await ", ")"
    # `run(x)if y else z` is Python, and so is `await f()if`; `await xif` is not.
    return f"{before}await ", " " if _WORD.match(text, end) else ""


def _needs_parentheses(kit: Kit, place: cst.BaseExpression) -> bool:
    """Whether what stands around a node would take only a part of `await x` for its own."""
    if place.lpar:
        return False
    match kit.parent(place):
        case cst.Attribute(value=inner) | cst.Subscript(value=inner) | cst.Call(func=inner):
            return inner is place
        case cst.Await():
            return True
    return False


def _awaited_with_comments(kit: Kit, place: cst.BaseExpression) -> tuple[Edit, ...] | None:
    """`await (...)` for `run(...)`: the parentheses of the call stay, for the comments in them."""
    if not isinstance(place, cst.Call) or len(place.args) != 1 or has_comment(kit.text(place.func)):
        return None
    argument = place.args[0]
    start, end = kit.span(place)
    before, behind = _affixes(kit, place)
    edits = [Edit(start, kit.span(place.func)[1], before)]
    if isinstance(argument.comma, cst.Comma):
        comma, _ = kit.span(argument.comma)
        edits.append(Edit(comma, comma + 1, ""))
    return (*edits, Edit(end, end, behind)) if behind else tuple(edits)


def _is_caught(kit: Kit, node: cst.CSTNode) -> bool:
    child = node
    for above in kit.parents(node):
        if isinstance(above, (cst.FunctionDef, cst.Lambda)):
            return False
        if isinstance(above, (cst.Try, cst.TryStar)) and child is above.body and above.handlers:
            return True
        if isinstance(above, cst.With) and child is above.body and any(map(_catches, above.items)):
            return True
        child = above
    return False


def _catches(item: cst.WithItem) -> bool:
    called = item.item.func if isinstance(item.item, cst.Call) else None
    name = called.attr if isinstance(called, cst.Attribute) else called
    return isinstance(name, cst.Name) and name.value in _CATCHING
