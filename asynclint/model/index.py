"""Indexes a module: one pass over its `ast`, scope by scope, with explicit stacks."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from asynclint.facts import Kind
from asynclint.model.bodies import TOLD, BodyFacts
from asynclint.model.declared import (
    Asked,
    Assigned,
    Binding,
    Class,
    Function,
    Import,
    Module,
    Parameter,
    Receiver,
    Scope,
    Unclear,
)
from asynclint.model.guarding import note_guards
from asynclint.model.public import Public
from asynclint.model.shapes import (
    OPAQUE,
    Packed,
    Ref,
    Shape,
    annotation_shape,
    identifiers,
    shape_of,
)
from asynclint.model.targets import add_attribute, bind_block, bind_target, filled

_ON_CLASS = ("__new__", "__init_subclass__", "__class_getitem__")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = frozenset({*_FUNCTIONS, ast.ClassDef})
# Which nodes say what: most say nothing, and are not asked.
_BINDING = frozenset(
    {
        *(ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.Delete),
        *(ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.ExceptHandler),
        *(ast.MatchAs, ast.MatchStar, ast.MatchMapping),
        *(ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal),
    }
)
_EMPTY = ("ctx", "op")  # fields in which nothing is named
_FILLING = frozenset({ast.Subscript, ast.Call})
_LISTING = frozenset({ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Call})


def index_module(tree: ast.Module, name: str, path: str) -> Module:
    """What the module declares; relative imports resolve against its dotted `name`."""
    module = Module(name, path)
    _Indexer(module).run(tree)
    return module


class _Indexer:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.mentions: set[str] = set()
        self.handed: set[str] = set()
        self.public = Public()

    def run(self, tree: ast.Module) -> None:
        self._body(tree.body, self.module.scope, owner=None, prefix="", receiver=None)
        self.module.mentioned = tuple(sorted(self.mentions))
        self.module.handed = tuple(sorted(self.handed))
        self.module.public = self.public.names

    def _body(
        self,
        body: list[ast.stmt],
        scope: Scope,
        owner: Class | None,
        prefix: str,
        receiver: tuple[Class, str] | None,
    ) -> BodyFacts:
        """Indexes the statements of one scope; definitions found in it are indexed after it."""
        facts = BodyFacts()
        nested: list[ast.stmt] = []
        stack: list[ast.AST] = list(reversed(body))
        at_top = scope.kind == "module"
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind in _DEFINITIONS:
                nested.append(node)  # type: ignore[arg-type]
                stack.extend(reversed(_outside(node)))  # type: ignore[arg-type]
                continue
            if isinstance(node, ast.Lambda):
                facts.encloses = True
                stack.extend(reversed([*_defaults(node.args)]))
                names = list(_names(node.body))
                facts.mentions.update(names)
                facts.handed.update(names)
                continue
            if kind in _BINDING:
                self._bind(node, scope, receiver)
            if kind in _FILLING and (name := filled(node)):
                self.module.filled.add(name)
            if kind in TOLD:
                facts.see(node)
            if at_top and kind in _LISTING:
                self.public.see(node)
            if kind is not ast.Name:
                _push_children(stack, node)
        facts.handed |= facts.looked_up()
        self.handed |= facts.handed
        for definition in nested:
            if isinstance(definition, ast.ClassDef):
                facts.mentions |= self._class(definition, scope, prefix)
            elif isinstance(definition, _FUNCTIONS):
                facts.mentions |= self._function(definition, scope, owner, prefix, receiver)
                facts.nests = facts.encloses = True
        if scope.kind == "module":
            self.mentions |= facts.mentions
        return facts

    def _function(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        scope: Scope,
        owner: Class | None,
        prefix: str,
        receiver: tuple[Class, str] | None,
    ) -> set[str]:
        decorators = tuple(shape_of(d) for d in node.decorator_list)
        function = Function(
            name=node.name,
            qualname=prefix + node.name,
            kind=Kind.FUNCTION,
            first_line=min([node.lineno, *(d.lineno for d in node.decorator_list)]),
            def_line=node.lineno,
            last_line=node.end_lineno or node.lineno,
            column=node.col_offset,
            parameters=tuple(_parameters(node.args)),
            decorators=decorators,
            returns=annotation_shape(node.returns),
            scope=Scope("function", scope, self.module),
            owner=owner,
            stub=_is_stub(node.body),
        )
        scope.bind(node.name, function)
        self.module.functions.append(function)
        for parameter in function.parameters:
            function.scope.bind(parameter.name, _given(parameter, function))
        if (first := _receiver(function)) is not None:
            function.scope.bindings[function.parameters[0].name] = (first,)
        if owner is not None and function.parameters:
            receiver = (owner, function.parameters[0].name)
        elif receiver is not None and receiver[1] in function.scope.bindings:
            receiver = None
        inner = f"{function.qualname}.<locals>."
        facts = self._body(node.body, function.scope, None, inner, receiver)
        _hand_out(function.scope)
        is_async = isinstance(node, ast.AsyncFunctionDef)
        function.kind = {
            (True, True): Kind.ASYNC_GENERATOR,
            (True, False): Kind.COROUTINE,
            (False, True): Kind.GENERATOR,
            (False, False): Kind.FUNCTION,
        }[is_async, facts.yields]
        for shape in (function.returns, *(p.annotation for p in function.parameters)):
            facts.mentions.update(identifiers(shape))
        function.mentioned = tuple(sorted(facts.mentions))
        function.handed = tuple(sorted(facts.handed))
        function.results = tuple(shape_of(node.value) for node in facts.returned)
        function.yielded = tuple(facts.yielded)
        if facts.replaced:  # an empty set would take 200 bytes in each function
            function.replaced = frozenset(facts.replaced)
        if facts.nests or len(facts.returned) > 1:
            note_guards(function, node.body, facts.returned)
        function.looked_at = () if facts.encloses else facts.looked_at
        return facts.mentions

    def _class(self, node: ast.ClassDef, scope: Scope, prefix: str) -> set[str]:
        declared = Class(
            name=node.name,
            qualname=prefix + node.name,
            bases=tuple(shape_of(base) for base in node.bases),
            scope=Scope("class", scope, self.module),
            line=node.lineno,
            decorators=tuple(shape_of(d) for d in node.decorator_list),
        )
        scope.bind(node.name, declared)
        self.module.classes.append(declared)
        facts = self._body(node.body, declared.scope, declared, f"{declared.qualname}.", None)
        for name, bindings in declared.scope.bindings.items():
            for binding in bindings:
                if isinstance(binding, Assigned):
                    add_attribute(declared, name, binding, declared.scope)
        return facts.mentions

    def _bind(self, node: ast.AST, scope: Scope, receiver: tuple[Class, str] | None) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    bind_target(target, shape_of(value), None, scope, receiver)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                note = annotation_shape(annotation)
                bind_target(target, shape_of(value), note, scope, receiver)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                scope.bind(name, Assigned(shape_of(value)))
            case ast.AugAssign(target=target):
                bind_target(target, OPAQUE, None, scope, receiver)
            case ast.For() | ast.AsyncFor() | ast.With() | ast.AsyncWith():
                bind_block(node, scope, receiver)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                scope.bind(name, Unclear())
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                scope.bind(name, Unclear())
            case ast.Delete(targets=targets):
                for target in targets:
                    bind_target(target, OPAQUE, None, scope, receiver)
            case ast.Import(names=names):
                for alias in names:
                    dotted = alias.name if alias.asname else alias.name.partition(".")[0]
                    scope.bind(alias.asname or dotted, Import(dotted))
            case ast.ImportFrom(names=names):
                self._import_from(node, names, scope)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                scope.elsewhere |= set(names)
            case _:
                pass

    def _import_from(self, node: ast.ImportFrom, names: list[ast.alias], scope: Scope) -> None:
        base = node.module or ""
        near = ""
        if node.level:
            near = "." * node.level + base
            package = self.module.name.split(".")
            depth = node.level - self.module.is_package
            parents = package[: max(0, len(package) - depth)]
            base = ".".join([*parents, *([base] if base else [])]) or "." * node.level
        for alias in names:
            bound = _import(f"{base}.{alias.name}", alias.name, near)
            if alias.name == "*":
                scope.stars.append(bound)
            else:
                scope.bind(alias.asname or alias.name, bound)


def _push_children(stack: list[ast.AST], node: ast.AST) -> None:
    """Puts what a node is made of on the stack, the first part on top."""
    for name in reversed(node._fields):
        part = getattr(node, name, None)
        if isinstance(part, list):
            stack.extend([each for each in reversed(part) if isinstance(each, ast.AST)])
        elif isinstance(part, ast.AST) and name not in _EMPTY:
            stack.append(part)


def _receiver(function: Function) -> Receiver | None:
    if function.owner is None or not function.parameters:
        return None
    decorators = {d.parts[-1] for d in function.decorators if isinstance(d, Ref)}
    if "staticmethod" in decorators or function.parameters[0].kind != "position":
        return None
    return Receiver(function.owner, "classmethod" in decorators or function.name in _ON_CLASS)


def _hand_out(scope: Scope) -> None:
    """What a function binds by `global` or `nonlocal` is a meaning of the outer name, too."""
    for name in scope.elsewhere & scope.bindings.keys():
        home = scope.parent
        while home is not None and home.parent is not None and name not in home.bindings:
            home = home.parent
        for binding in scope.bindings[name] if home is not None else ():
            given = replace(binding, scope=scope) if isinstance(binding, Assigned) else binding
            home.bind(name, given)  # type: ignore[union-attr]


def _outside(node: ast.stmt) -> list[ast.AST]:
    """The parts of a definition that run in the scope around it."""
    if isinstance(node, _FUNCTIONS):
        return [*node.decorator_list, *_defaults(node.args)]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
    return []


def _defaults(args: ast.arguments) -> Iterator[ast.AST]:
    yield from args.defaults
    yield from (default for default in args.kw_defaults if default is not None)


def _names(node: ast.AST) -> Iterable[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def _parameters(args: ast.arguments) -> Iterator[Parameter]:
    positional = [*args.posonlyargs, *args.args]
    missing = len(positional) - len(args.defaults)
    defaults: list[ast.expr | None] = [*([None] * missing), *args.defaults]
    for arg, default in zip(positional, defaults, strict=True):
        yield _parameter(arg, "position", default)
    if args.vararg:
        yield _parameter(args.vararg, "args", None)
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield _parameter(arg, "keyword", default)
    if args.kwarg:
        yield _parameter(args.kwarg, "kwargs", None)


def _parameter(arg: ast.arg, kind: str, default: ast.expr | None) -> Parameter:
    shape = None if default is None else shape_of(default)
    return Parameter(arg.arg, kind, annotation_shape(arg.annotation), shape)


def _given(parameter: Parameter, function: Function) -> Binding:
    """What a parameter binds: only pytest calls a function with what nothing is said of."""
    silent = parameter.annotation == OPAQUE and parameter.default is None
    plain = parameter.kind in ("position", "keyword")
    if silent and plain and (function.name.startswith("test") or function.decorators):
        return Asked(function, parameter.name)
    declared = _type_of(parameter)
    return _held(declared) if isinstance(declared, Ref) else Assigned(OPAQUE, declared)


# Many modules import the same names, and have parameters of the same types.
@lru_cache(maxsize=4_096)
def _import(dotted: str, member: str, near: str) -> Import:
    return Import(dotted, member, near)


@lru_cache(maxsize=4_096)
def _held(declared: Ref) -> Assigned:
    return Assigned(OPAQUE, declared)


def _type_of(parameter: Parameter) -> Shape:
    """The type of what a parameter holds."""
    if parameter.kind in ("args", "kwargs") and parameter.annotation != OPAQUE:
        return Packed(parameter.kind, parameter.annotation)
    return parameter.annotation


def _is_stub(body: list[ast.stmt]) -> bool:
    return all(_says_nothing(statement) for statement in body)


def _says_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
        case _:
            return False
