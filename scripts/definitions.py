"""What the definitions in a package's source are: their kind, their parameters, their results."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from inspect import Parameter

from fact_parameters import of_function
from package_source import (
    FUNCTIONS,
    Definition,
    FunctionNode,
    Meaning,
    SourceModule,
    Sources,
    UnclearError,
    last_name,
)

from asynclint.facts import Kind

_MANAGERS = ("contextmanager", "asynccontextmanager", "asyncstartablecontext")
_PROPERTIES = ("property", "cached_property", "memoized_property", "async_cached_property")
#: Decorators that leave the kind as it is.
_KEEPING = ("abstractmethod", "classmethod", "deprecated", "final", "override", "staticmethod")


def definitions(meanings: Sequence[Meaning]) -> list[Definition]:
    """Those of some meanings that are no modules."""
    return [each for each in meanings if isinstance(each, Definition)]


def kind_of(definition: Definition) -> Kind:
    """What a definition is, the decorators applied that are known. Raises UnclearError."""
    node = definition.node
    if isinstance(node, ast.ClassDef):
        return Kind.CLASS
    if not isinstance(node, FUNCTIONS):
        raise UnclearError(f"is bound to {ast.unparse(node)[:60]}")
    names = {last_name(decorator) for decorator in node.decorator_list}
    if not names.isdisjoint(_MANAGERS):
        return Kind.FUNCTION
    if not names.isdisjoint(_PROPERTIES):
        return Kind.ATTRIBUTE
    yields = any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in own_nodes(node))
    if isinstance(node, ast.AsyncFunctionDef):
        return Kind.ASYNC_GENERATOR if yields else Kind.COROUTINE
    return Kind.GENERATOR if yields else Kind.FUNCTION


def unknown_decorator(definition: Definition) -> str:
    """The name of a decorator that may make anything of a function, '' where there is none."""
    decorators = getattr(definition.node, "decorator_list", [])
    known = (*_KEEPING, *_MANAGERS, *_PROPERTIES)
    return next((name for d in decorators if (name := last_name(d)) not in known), "")


def own_nodes(function: FunctionNode) -> Iterator[ast.AST]:
    """The nodes of a function's body without those of the functions in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))


def hands_on(definition: Definition, owners: list[Definition], sources: Sources) -> bool:
    """Whether a plain function returns nothing but calls of coroutine functions.

    owners: the classes in which what it calls on `self` is looked up.
    """
    node = definition.node
    assert isinstance(node, FUNCTIONS)
    returned = [each.value for each in own_nodes(node) if isinstance(each, ast.Return)]
    return bool(returned) and all(
        _gives_coroutine(value, owners, definition.module, sources) for value in returned
    )


def _gives_coroutine(
    value: ast.expr | None, owners: list[Definition], module: SourceModule, sources: Sources
) -> bool:
    if not isinstance(value, ast.Call):
        return False
    match value.func:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            called = [found for owner in owners for found in sources.of_class(owner, name)]
        case _:
            called = definitions(sources.expression(value.func, module))
    return bool(called) and all(kind_of(each) is Kind.COROUTINE for each in called)


def made_function(value: Definition, sources: Sources) -> Definition | None:
    """The function that a call gives: one inside the function called, or that of a `partial`."""
    call = value.node
    if not isinstance(call, ast.Call):
        return None
    if last_name(call) == "partial" and call.args:
        wrapped = definitions(sources.expression(call.args[0], value.module))
        return wrapped[-1] if wrapped and isinstance(wrapped[-1].node, FUNCTIONS) else None
    for maker in definitions(sources.expression(call.func, value.module)):
        if isinstance(maker.node, FUNCTIONS):
            inner = {s.name: s for s in maker.node.body if isinstance(s, FUNCTIONS)}
            last = maker.node.body[-1]
            name = getattr(last.value, "id", "") if isinstance(last, ast.Return) else ""
            if name in inner:
                return Definition(maker.module, inner[name])
    return None


def parameters_of(definition: Definition, sources: Sources) -> list[Parameter] | None:
    """The parameters of a call, without `self`; None where the source does not show them."""
    node = definition.node
    if isinstance(node, ast.ClassDef):
        return _parameters_of_class(definition, sources)
    assert isinstance(node, FUNCTIONS)
    known = of_function(node)
    static = any(last_name(d) == "staticmethod" for d in node.decorator_list)
    return known[1:] if definition.owner is not None and not static else known


def _parameters_of_class(cls: Definition, sources: Sources) -> list[Parameter] | None:
    for maker in ("__init__", "__new__"):
        for found in reversed(sources.of_class(cls, maker)):
            if isinstance(found.node, FUNCTIONS):
                return None if _is_made(cls, found) else of_function(found.node)[1:]
    return None


def _is_made(cls: Definition, maker: Definition) -> bool:
    """Whether a dataclass gets an `__init__` from its fields, in the place of an inherited one."""
    assert isinstance(cls.node, ast.ClassDef)
    is_data = any(last_name(d) in ("dataclass", "define") for d in cls.node.decorator_list)
    return is_data and maker.owner is not cls.node


def sets_attribute(cls: Definition, name: str) -> bool:
    """Whether a method of a class assigns to an attribute."""
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
        for node in ast.walk(cls.node)
    )


def result_note(definition: Definition) -> str:
    """What is annotated as the result, or as the value; '' where nothing is, or a type variable."""
    node = definition.node
    note = node.annotation if isinstance(node, ast.AnnAssign) else getattr(node, "returns", None)
    if note is None or _has_variable(note, definition.module):
        return ""
    return ast.unparse(note).replace("'", "")


def _has_variable(note: ast.expr, module: SourceModule) -> bool:
    """Whether an annotation has a type variable: it stands for the type of `self`, most of all."""
    names = {node.id for node in ast.walk(note) if isinstance(node, ast.Name)}
    return any(
        isinstance(stmt, ast.Assign)
        and isinstance(stmt.value, ast.Call)
        and last_name(stmt.value) == "TypeVar"
        for name in names
        for stmt in module.bindings.names.get(name, [])
    )
