"""What the source of unpacked packages says of a dotted name: read with `ast`, never imported."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SUFFIXES = ("/__init__.py", ".py", "/__init__.pyi", ".pyi")


class UnclearError(Exception):
    """The source does not show what a name stands for; the text says why."""


@dataclass(slots=True, eq=False)
class Bindings:
    """The statements of one body that bind each name, and the modules of its star imports."""

    names: dict[str, list[ast.stmt]] = field(default_factory=dict)
    stars: list[ast.ImportFrom] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class SourceModule:
    """One file. `folder` says whether it is the `__init__` of a package.

    dynamic: it makes names at run time, by a `__getattr__` or in `globals()`.
    """

    name: str
    tree: ast.Module
    folder: bool
    bindings: Bindings
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """What a name is bound to: a function, a class, or the expression of its value.

    owner: the class in whose body it stands, None at the top of a module.
    """

    module: SourceModule
    node: ast.AST
    owner: ast.ClassDef | None = None


Meaning = Definition | SourceModule


class Sources:
    """The modules under some folders, each of which stands for a `site-packages`."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._modules: dict[str, SourceModule | None] = {}
        self._classes: dict[ast.ClassDef, Bindings] = {}
        self._busy: set[tuple[str, str]] = set()

    def has(self, package: str) -> bool:
        """Whether the top-level package is there at all."""
        return self.module(package) is not None

    def module(self, name: str) -> SourceModule | None:
        """The module of a dotted name, None where no file has it. Raises UnclearError."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def find(self, name: str) -> list[Meaning]:
        """What a dotted name may stand for; empty where it does not exist. Raises UnclearError."""
        parts = name.split(".")
        unclear: UnclearError | None = None
        for length in range(1, len(parts) + 1):  # `a.b` may be a module that a function hides
            start = self.module(".".join(parts[:length]))
            found: list[Meaning] = [start] if start is not None else []
            try:
                for part in parts[length:]:
                    found = [meaning for each in found for meaning in self.member(each, part)]
            except UnclearError as error:
                unclear = unclear or error
                continue
            if found:
                return found
        if unclear is not None:
            raise unclear
        return []

    def member(self, thing: Meaning, name: str) -> list[Meaning]:
        """What an attribute of a module, class or instance may be. Raises UnclearError."""
        if isinstance(thing, SourceModule):
            return self._of_module(thing, name)
        if isinstance(thing.node, ast.ClassDef):
            return list(self.of_class(thing, name))
        return [found for cls in self.class_of(thing) for found in self.of_class(cls, name)]

    def ancestors(self, cls: Definition) -> Iterator[Definition | None]:
        """A class and its bases, depth first; None for a base that is not in these folders."""
        waiting: list[Definition | None] = [cls]
        seen: set[ast.AST] = set()
        while waiting:
            current = waiting.pop(0)
            if current is not None and current.node in seen:
                continue
            yield current
            if current is not None:
                seen.add(current.node)
                waiting = [*self._bases(current), *waiting]

    def of_class(self, cls: Definition, name: str) -> list[Definition]:
        """What a class or the first of its bases binds to a name. Raises UnclearError."""
        unknown = ""
        for each in self.ancestors(cls):
            if each is None:
                unknown = unknown or "a base stands outside"
                continue
            assert isinstance(each.node, ast.ClassDef)
            if found := self._in_body(each, name):
                return found
            unknown = unknown or self._dynamic(each.node)
        if unknown:
            raise UnclearError(unknown)
        return []

    def _dynamic(self, cls: ast.ClassDef) -> str:
        """What may give a class members that its body does not show, '' if nothing does."""
        if self.body(cls).names.keys() & {"__getattr__", "__getattribute__"}:
            return f"{cls.name} has a __getattr__"
        if any(isinstance(decorator, ast.Call) for decorator in cls.decorator_list):
            return f"{cls.name} has a decorator"
        if any(k.arg == "metaclass" and last_name(k.value) != "ABCMeta" for k in cls.keywords):
            return f"{cls.name} has a metaclass"
        return ""

    def _in_body(self, cls: Definition, name: str) -> list[Definition]:
        assert isinstance(cls.node, ast.ClassDef)
        bound = self.body(cls.node).names.get(name, [])
        functions = [s for s in bound if isinstance(s, FUNCTIONS) and not is_stand_in(s)]
        kept = [s for s in bound if not isinstance(s, FUNCTIONS)] + functions[-1:]
        return [
            meaning if meaning.owner is not None else Definition(meaning.module, meaning.node)
            for stmt in kept or bound[-1:]
            for meaning in self._meanings(stmt, name, cls.module, cls.node)
            if isinstance(meaning, Definition)
        ]

    def body(self, cls: ast.ClassDef) -> Bindings:
        """What the statements of a class body bind."""
        if cls not in self._classes:
            self._classes[cls] = _bindings(cls.body)
        return self._classes[cls]

    def expression(self, node: ast.expr, module: SourceModule) -> list[Meaning]:
        """What a name or attribute means at the top of a module; [] for anything else."""
        match node:
            case ast.Name(id=name):
                return self._of_module(module, name)
            case ast.Attribute(value=value, attr=attr):
                meanings = self.expression(value, module)
                return [found for each in meanings for found in self.member(each, attr)]
            case ast.Subscript(value=value):
                return self.expression(value, module)
            case _:
                return []

    def _read(self, name: str) -> SourceModule | None:
        for folder in self._folders:
            for suffix in _SUFFIXES:
                path = folder / (name.replace(".", "/") + suffix)
                if path.is_file():
                    tree = _parsed(path)
                    found = _bindings(tree.body)
                    dynamic = "__getattr__" in found.names or _writes_globals(tree)
                    return SourceModule(name, tree, suffix[0] == "/", found, dynamic)
        for folder in self._folders:  # a namespace package
            if (folder / name.replace(".", "/")).is_dir():
                return SourceModule(name, ast.Module([], []), True, Bindings())
        return None

    def _of_module(self, module: SourceModule, name: str) -> list[Meaning]:
        key = (module.name, name)
        if key in self._busy:
            return []
        self._busy.add(key)
        try:
            found = self._bound_in(module, name)
        finally:
            self._busy.discard(key)
        if found:
            return found
        submodule = self.module(f"{module.name}.{name}")
        if submodule is not None:
            return [submodule]
        if module.dynamic:
            raise UnclearError(f"{module.name} makes names at run time")
        return []

    def _bound_in(self, module: SourceModule, name: str) -> list[Meaning]:
        bound = module.bindings.names.get(name, [])
        kept = [s for s in bound if not (isinstance(s, FUNCTIONS) and is_stand_in(s))]
        found = [m for stmt in kept or bound for m in self._meanings(stmt, name, module, None)]
        if found:
            return found
        return self._by_stars(module, name)

    def _by_stars(self, module: SourceModule, name: str) -> list[Meaning]:
        """What the star imports of a module bind to a name; one that is unclear may not bind it."""
        found: list[Meaning] = []
        unclear: list[UnclearError] = []
        for star in module.bindings.stars:
            origin = self.module(_absolute(star, module))
            if origin is None or not _exports(origin, name):
                continue
            try:
                found += self._of_module(origin, name)
            except UnclearError as error:
                unclear.append(error)
        if unclear and not found:
            raise unclear[0]
        return found

    def _meanings(
        self, stmt: ast.stmt, name: str, module: SourceModule, owner: ast.ClassDef | None
    ) -> list[Meaning]:
        """What one statement binds to a name."""
        match stmt:
            case ast.Import(names=aliases):
                modules = [
                    self.module(alias.name if alias.asname else alias.name.partition(".")[0])
                    for alias in aliases
                    if (alias.asname or alias.name.partition(".")[0]) == name
                ]
                return [each for each in modules if each is not None]
            case ast.ImportFrom(names=aliases):
                origin = self.module(_absolute(stmt, module))
                wanted = [a.name for a in aliases if (a.asname or a.name) == name]
                if wanted and _is_standard(stmt):
                    return [Definition(module, stmt, owner)]
                return self._of_module(origin, wanted[0]) if origin is not None and wanted else []
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                named = isinstance(value, (ast.Name, ast.Attribute, ast.Subscript))
                found = self._named(value, name, module, owner) if named else []
                return found or [Definition(module, value, owner)]
            case _:
                return [Definition(module, stmt, owner)]

    def _named(
        self, value: ast.expr, name: str, module: SourceModule, owner: ast.ClassDef | None
    ) -> list[Meaning]:
        """What an assigned name or attribute means, looked for in the class body first."""
        if isinstance(value, ast.Name) and owner is not None and value.id != name:
            bound = self.body(owner).names.get(value.id, [])
            if found := [m for s in bound[-1:] for m in self._meanings(s, value.id, module, owner)]:
                return found
        return self.expression(value, module)

    def class_of(self, value: Definition) -> list[Definition]:
        """The classes of which a value is an instance. Raises UnclearError where none is seen."""
        match value.node:
            case ast.Call(func=func):
                found = classes(self.expression(func, value.module))
            case ast.AnnAssign(annotation=annotation):
                found = classes(self.expression(annotation, value.module))
            case _:
                found = []
        if not found:
            raise UnclearError(f"is bound to {ast.unparse(value.node)[:60]}")
        return found

    def _bases(self, cls: Definition) -> list[Definition | None]:
        assert isinstance(cls.node, ast.ClassDef)
        found: list[Definition | None] = []
        for base in cls.node.bases:
            try:
                meanings = self.expression(base, cls.module)
            except UnclearError:
                meanings = []
            known = classes(meanings)
            if not known and _adds_nothing(base):
                continue
            found += known or [None]
        return found


def classes(meanings: Sequence[Meaning]) -> list[Definition]:
    """Those of some meanings that are classes."""
    return [
        each
        for each in meanings
        if isinstance(each, Definition) and isinstance(each.node, ast.ClassDef)
    ]


def is_stand_in(function: FunctionNode) -> bool:
    """Whether another definition of the name follows: overloads, setters of properties."""
    for decorator in function.decorator_list:
        last = last_name(decorator)
        if last in ("overload", "setter", "deleter"):
            return True
    return False


def last_name(node: ast.expr) -> str:
    """The last part of the name of what is used or called: 'wraps' of `@functools.wraps(f)`."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _adds_nothing(base: ast.expr) -> bool:
    return last_name(base) in ("object", "Generic", "Protocol", "ABC")


def _is_standard(stmt: ast.ImportFrom) -> bool:
    """Whether an import is from the standard library, which is none of our folders."""
    return not stmt.level and (stmt.module or "").partition(".")[0] in sys.stdlib_module_names


def _absolute(stmt: ast.ImportFrom, module: SourceModule) -> str:
    """The absolute name of the module that an import names."""
    parts = module.name.split(".")
    if stmt.level:
        kept = len(parts) - stmt.level + module.folder
        return ".".join([*parts[:kept], *([stmt.module] if stmt.module else [])])
    return stmt.module or ""


def _exports(module: SourceModule, name: str) -> bool:
    """Whether a star import of the module binds the name, as far as `__all__` is written out."""
    listed = {
        element.value
        for stmt in module.bindings.names.get("__all__", [])
        for element in ast.walk(stmt)
        if isinstance(element, ast.Constant)
    }
    return name in listed if listed else not name.startswith("_")


def _writes_globals(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "globals"
        for node in ast.walk(tree)
    )


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise UnclearError(f"{path.name} does not parse: {error}") from error


def _bindings(body: Sequence[ast.stmt]) -> Bindings:
    found = Bindings()
    for stmt in _statements(body):
        if isinstance(stmt, ast.ImportFrom) and stmt.names[0].name == "*":
            found.stars.append(stmt)
        for name in _names(stmt):
            found.names.setdefault(name, []).append(stmt)
    return found


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, those of its branches, but not of its functions and classes."""
    for stmt in body:
        yield stmt
        if isinstance(stmt, (ast.If, ast.Try, ast.With, ast.For)):
            yield from _statements(stmt.body)
            yield from _statements(getattr(stmt, "orelse", []))
        if isinstance(stmt, ast.Try):
            yield from _statements([s for handler in stmt.handlers for s in handler.body])


def _names(stmt: ast.stmt) -> list[str]:
    match stmt:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=aliases):
            return [alias.asname or alias.name.partition(".")[0] for alias in aliases]
        case ast.ImportFrom(names=aliases):
            return [alias.asname or alias.name for alias in aliases]
        case ast.Assign(targets=targets):
            return [t.id for t in targets if isinstance(t, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []
