"""Plain functions that only run one coroutine: what they run, written with a call's arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m

from asynclint.facts import Kind
from asynclint.fixes.await_run import run_argument
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import LoopBlock, loop_block
from asynclint.fixes.passages import has_comment, holds_together
from asynclint.fixes.repeatable import bound_in, names_read
from asynclint.flow.file import Unit
from asynclint.model.declared import Scope
from asynclint.model.values import Func, Value
from asynclint.visitor import ops

_BINDING = m.Lambda() | m.BaseComp() | m.NamedExpr() | m.FormattedString() | m.Yield()
_PRIMARIES = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant, ast.Await)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function whose body is `asyncio.run(coroutine)`, be it returned or not."""

    unit: Unit
    coroutine: cst.BaseExpression
    returns: bool


def wrapper_of(kit: Kit, unit: Unit, run: cst.CSTNode) -> Wrapper | None:
    """The function of a unit of the same file, if running what `run` runs is all that it does."""
    if unit.file is not kit.unit.file:
        return None
    story = kit.program.story(unit)
    start = next((each for each in story.starts if each.node is run), None) if story else None
    if story is None or start is None or not isinstance(start.op, ops.Call):
        return None
    argument = run_argument(start.op)
    if argument is None or not _is_asyncio(start.callee):
        return None
    if isinstance(unit.node, cst.Lambda):
        return Wrapper(unit, argument.node, True) if unit.node.body is run else None
    if unit.function is None or unit.function.kind is not Kind.FUNCTION:
        return None
    block: LoopBlock | None = LoopBlock()
    if start.loop is not None and start.loop.subject.origin == "made":
        block = loop_block(Kit(kit.program, unit, kit.tree, story), start.loop.op.node)
    returns = _does_only(unit.node, run, block) if block is not None else None
    return Wrapper(unit, argument.node, returns) if returns is not None else None


def _is_asyncio(callee: str) -> bool:
    return callee.startswith(("asyncio.", "loop.", "uvloop."))


def _does_only(node: cst.CSTNode, run: cst.CSTNode, block: LoopBlock) -> bool | None:
    """Whether a function returns what a run gives; None if that is not all that it does."""
    if not isinstance(node, cst.FunctionDef):
        return None
    rest = list(_statements(node.body, block))
    if rest and isinstance(rest[0], cst.Expr) and isinstance(rest[0].value, cst.BaseString):
        rest.pop(0)
    match rest:
        case [cst.Return(value=value)] if value is run:
            return True
        case [cst.Expr(value=value)] if value is run:
            return False
        case [
            cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value),
            cst.Return(value=cst.Name(value=returned)),
        ] if value is run and name == returned:
            return True
    return None


def _statements(body: cst.CSTNode, block: LoopBlock) -> Iterator[cst.CSTNode]:
    """The statements of a body that stay when the loop is gone."""
    for statement in getattr(body, "body", ()):
        if isinstance(statement, cst.SimpleStatementLine) and block.stays(statement):
            yield from statement.body
        elif any(statement is unwrapped for unwrapped in block.unwrapped):
            yield from _statements(statement.body, block)
        elif not isinstance(statement, cst.SimpleStatementLine):
            yield statement


# what it runs, in the place of a call ------------------------------------------------------------


def inlined(kit: Kit, wrapper: Wrapper, call: cst.BaseExpression) -> str | None:
    """What the wrapper runs, with the arguments of a call; None if it would mean another thing.

    call: the call, or the attribute where the wrapper is a property.
    """
    given = _given(kit, wrapper, call)
    text = kit.text(wrapper.coroutine)
    if given is None or has_comment(text) or has_comment(kit.text(call)):
        return None
    if m.findall(wrapper.coroutine, _BINDING) or not _free_names_agree(kit, wrapper, call, given):
        return None
    uses = {name: list(_uses(wrapper.coroutine, name)) for name in given}
    impure = [name for name, value in given.items() if names_read(value, lambda _: False) is None]
    if len(impure) > 1 or any(len(uses[name]) != 1 for name in impure):
        return None
    at = kit.span(wrapper.coroutine)[0]
    places = sorted((kit.span(use), name) for name in given for use in uses[name])
    for (start, end), name in reversed(places):
        text = f"{text[: start - at]}{_enclosed(kit.text(given[name]))}{text[end - at :]}"
    return _on_one_line(text)


def _uses(node: cst.CSTNode, name: str) -> Iterator[cst.Name]:
    if isinstance(node, cst.Name):
        if node.value == name:
            yield node
    elif isinstance(node, (cst.Attribute, cst.Arg)):
        yield from _uses(node.value, name)
    else:
        for child in node.children:
            yield from _uses(child, name)


def _enclosed(text: str) -> str:
    """An argument as it can stand anywhere in an expression."""
    try:
        tree = ast.parse(f"({text})", mode="eval")
    except SyntaxError:
        return f"({text})"
    return text if isinstance(tree.body, _PRIMARIES) and holds_together(text) else f"({text})"


def _on_one_line(text: str) -> str | None:
    try:
        tree = ast.parse(f"({text})", mode="eval")
    except SyntaxError:
        return None
    whole = text if "\n" not in text and "\r" not in text else ast.unparse(tree)
    return whole if isinstance(tree.body, _PRIMARIES) else f"({whole})"


# arguments --------------------------------------------------------------------------------------


def _given(
    kit: Kit, wrapper: Wrapper, call: cst.BaseExpression
) -> Mapping[str, cst.BaseExpression] | None:
    """What a call gives for each parameter of the wrapper; None if that is not plain to see."""
    func = call.func if isinstance(call, cst.Call) else call
    node = wrapper.unit.node
    if isinstance(node, cst.Module):
        return None
    receiver = _receiver(kit, wrapper, func)
    if receiver is None:
        return None
    parameters = [*node.params.posonly_params, *node.params.params]
    if isinstance(node.params.star_arg, cst.Param) or node.params.star_kwarg is not None:
        return None
    args = call.args if isinstance(call, cst.Call) else ()
    bound = _bound(parameters, [*receiver, *args])
    if bound is None:
        return None
    for parameter in (*parameters, *node.params.kwonly_params):
        if parameter.name.value not in bound:
            if parameter.default is None or not _is_constant(parameter.default):
                return None
            bound[parameter.name.value] = parameter.default
    names = {each.name.value for each in (*parameters, *node.params.kwonly_params)}
    return bound if bound.keys() <= names else None


def _is_constant(default: cst.BaseExpression) -> bool:
    if isinstance(default, cst.Name):
        return default.value in ("None", "True", "False")
    return isinstance(default, (cst.SimpleString, cst.BaseNumber))


def _bound(
    parameters: Sequence[cst.Param], args: Sequence[cst.Arg]
) -> dict[str, cst.BaseExpression] | None:
    bound: dict[str, cst.BaseExpression] = {}
    for index, arg in enumerate(args):
        if arg.star or (arg.keyword is None and index >= len(parameters)):
            return None
        name = arg.keyword.value if arg.keyword is not None else parameters[index].name.value
        if name in bound:
            return None
        bound[name] = arg.value
    return bound


def _receiver(kit: Kit, wrapper: Wrapper, func: cst.BaseExpression) -> tuple[cst.Arg, ...] | None:
    """What is called, as the argument that it stands for; None if it is not surely the wrapper."""
    node, function = wrapper.unit.node, wrapper.unit.function
    if isinstance(node, cst.Lambda):
        return () if _is_name_of(kit, func, node) else None
    if function is None or not isinstance(node, cst.FunctionDef):
        return None
    kinds = [each.decorator for each in node.decorators]
    if not all(m.matches(each, m.Name("staticmethod") | m.Name("property")) for each in kinds):
        return None
    if any(m.matches(each, m.Name("property")) for each in kinds):
        if not isinstance(func, cst.Attribute) or not _is_steady(func.value):
            return None
        return (cst.Arg(func.value),)
    value = value_of(kit, func)
    if len(value) != 1:
        return None
    (thing,) = value
    if not isinstance(thing, Func) or thing.function is not function:
        return None
    if not thing.bound or kinds:
        return ()
    if not isinstance(func, cst.Attribute) or not _is_steady(func.value):
        return None
    return (cst.Arg(func.value),)


def _is_name_of(kit: Kit, func: cst.BaseExpression, node: cst.Lambda) -> bool:
    """Whether an expression is the one variable that a lambda was put into."""
    above = kit.parent(node)
    if not isinstance(above, cst.Assign) or len(above.targets) != 1:
        return False
    target = above.targets[0].target
    if not isinstance(target, cst.Name) or not isinstance(func, cst.Name):
        return False
    home = _home(target.value, kit.unit.scope)
    once = home is not None and len(home.bindings[target.value]) == 1
    return func.value == target.value and once


def _is_steady(receiver: cst.BaseExpression) -> bool:
    while isinstance(receiver, cst.Attribute):
        receiver = receiver.value
    return isinstance(receiver, cst.Name)


def value_of(kit: Kit, expression: cst.BaseExpression) -> Value:
    """What a dotted name stands for, by the declarations of the file."""
    resolver = kit.program.resolver
    if isinstance(expression, cst.Name):
        return resolver.name(expression.value, kit.unit.scope)
    if isinstance(expression, cst.Attribute):
        return resolver.attribute(value_of(kit, expression.value), expression.attr.value)
    return frozenset()


# names ------------------------------------------------------------------------------------------


def _free_names_agree(
    kit: Kit,
    wrapper: Wrapper,
    call: cst.BaseExpression,
    given: Mapping[str, cst.BaseExpression],
) -> bool:
    """Whether the names that the wrapper takes from around it mean the same where it is called."""
    names = names_read(wrapper.coroutine, lambda _: True) or frozenset()
    hidden = frozenset[str]().union(
        *(bound_in(above) for above in kit.parents(call) if isinstance(above, cst.BaseComp))
    )
    own = wrapper.unit.scope
    for name in names - given.keys():
        there = _home(name, own)
        if there is own or name in hidden or there is not _home(name, kit.unit.scope):
            return False
    return True


def _home(name: str, scope: Scope) -> Scope | None:
    """The scope that gives a name its meaning, None for a builtin."""
    around: Scope | None = scope
    while around is not None:
        inherits = around is scope or around.kind != "class"
        if inherits and name in around.bindings and name not in around.elsewhere:
            return around
        around = around.parent
    return None
