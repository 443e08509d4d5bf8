"""What a package's own tests show of its expressions: which ran, and what they gave.

The tests run once on a copy in which each expression that matters passes through a function that
counts. A fault is only injected where the count shows that it would happen.
"""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import ast
import hashlib
import json
from pathlib import Path
from typing import Any

from fault_kinds import LOOPS, Evidence, Fault
from package_suites import Suite, copied

#: Loaded by every interpreter that the tests start, before anything else. Each leaves a file of its
#: own. No more tests are remembered of an expression than are worth running again.
COUNTER = """
import asyncio, atexit, builtins, json, os, types

counts = {}
TYPES = {types.CoroutineType: "coroutine", types.AsyncGeneratorType: "async generator"}

def probe(place, value=None, loop=False):
    seen = counts.setdefault(place, {})
    kind = "loop" if loop else TYPES.get(type(value), "other")
    seen[kind] = seen.get(kind, 0) + 1
    if asyncio._get_running_loop() is not None:
        seen["asyncio"] = seen.get("asyncio", 0) + 1
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    tests = seen.setdefault("tests", [])
    if test and test not in tests and len(tests) < 12:
        tests.append(test)
    return value

def leave():
    if counts:
        path = os.path.join(os.environ["PROBE_FOLDER"], f"{os.getpid()}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(counts, file)

builtins.__asynclint_probe__ = probe
if "PROBE_FOLDER" in os.environ:
    atexit.register(leave)
"""
_PROBE = "__asynclint_probe__"


class Record:
    """What was seen at each place of a package's files."""

    def __init__(self, seen: dict[str, dict[str, Any]]) -> None:
        """seen: counts by 'file:row:column'."""
        self._seen = seen

    def shows(self, file: str, evidence: Evidence) -> bool:
        """Whether the run has seen what a fault needs."""
        seen = self._at(file, evidence.at)
        values = {each: seen.get(each, 0) for each in ("coroutine", "async generator", "other")}
        total = sum(values.values())
        if total == 0 or (evidence.on_loop and not seen.get("asyncio")):
            return False
        if evidence.type and values[evidence.type] != total:
            return False
        return evidence.loop is None or total > self._at(file, evidence.loop).get("loop", total)

    def tests(self, file: str, fault: Fault) -> list[str]:
        """Tests that evaluate the line, by the names that pytest takes; not all of them."""
        found = (self._at(file, each.at).get("tests", []) for each in fault.evidence)
        return sorted({test for tests in found for test in tests})

    def _at(self, file: str, at: tuple[int, int]) -> dict[str, Any]:
        return self._seen.get(f"{file}:{at[0]}:{at[1]}", {})


def provide_record(suite: Suite, cache: Path) -> Record:
    """The record of a package's tests, from the cache where it is there. Raises SuiteError."""
    version = hashlib.sha256(f"{COUNTER}{suite}".encode()).hexdigest()[:12]
    kept = cache / "evidence" / f"{suite.package.folder}-{version}.json"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(_recorded(suite, cache)), encoding="utf-8")
    return Record(json.loads(kept.read_text(encoding="utf-8")))


def _recorded(suite: Suite, cache: Path) -> dict[str, dict[str, Any]]:
    with copied(suite, cache) as copy:
        for file in files(suite, copy.folder):
            tree = ast.parse(file.read_bytes())
            name = file.relative_to(copy.folder).as_posix()
            probed = ast.fix_missing_locations(Prober(name).visit(tree))
            file.write_text(ast.unparse(probed), encoding="utf-8")
        start = copy.folder.parent / "start"
        out = copy.folder.parent / "out"
        start.mkdir()
        out.mkdir()
        (start / "sitecustomize.py").write_text(COUNTER, encoding="utf-8")
        copy.run(extra={"PATHS": str(start), "PROBE_FOLDER": str(out)})
        seen: dict[str, dict[str, Any]] = {}
        for part in sorted(out.iterdir()):
            _add(seen, json.loads(part.read_text(encoding="utf-8")))
        return seen


def _add(seen: dict[str, dict[str, Any]], more: dict[str, dict[str, Any]]) -> None:
    for place, counts in more.items():
        known = seen.setdefault(place, {})
        for what, count in counts.items():
            known[what] = known.get(what, type(count)()) + count


def files(suite: Suite, folder: Path) -> list[Path]:
    """The Python files of a package that are looked at, in a fixed order."""
    found: set[Path] = set()
    for part in suite.code:
        path = folder / part
        found.update(path.rglob("*.py") if path.is_dir() else [path])
    return sorted(found)


class Prober(ast.NodeTransformer):
    """Sends the expressions that evidence is asked of through the counter."""

    def __init__(self, file: str) -> None:
        self._file = file

    def visit(self, node: ast.AST) -> Any:  # noqa: ANN401 - a node, or the statements in its place
        """A node with what it awaits, iterates or hands to a call counted."""
        if isinstance(node, ast.JoinedStr):  # its expressions have no places of their own
            return node
        self.generic_visit(node)
        match node:
            case ast.Await(value=value):
                node.value = self._probed(value)
            case ast.AsyncFor(iter=iterated):
                node.iter = self._probed(iterated)
            case ast.comprehension(iter=iterated, is_async=1):
                node.iter = self._probed(iterated)
            case ast.Call(args=args):
                calls = (isinstance(each, ast.Call) for each in args)
                pairs = zip(args, calls, strict=True)
                node.args = [self._probed(each) if is_call else each for each, is_call in pairs]
        return [self._counted(node), node] if isinstance(node, LOOPS) else node

    def _probed(self, value: ast.expr) -> ast.expr:
        if isinstance(value, ast.Call) and ast.unparse(value.func) == _PROBE:
            return value
        name = ast.Name(_PROBE, ast.Load())
        probed = ast.Call(name, [self._place(value), value], [])
        return ast.copy_location(probed, value)

    def _counted(self, node: ast.stmt) -> ast.stmt:
        flag = ast.keyword("loop", ast.Constant(value=True))
        return ast.Expr(ast.Call(ast.Name(_PROBE, ast.Load()), [self._place(node)], [flag]))

    def _place(self, node: ast.AST) -> ast.Constant:
        return ast.Constant(f"{self._file}:{node.lineno}:{node.col_offset}")  # type: ignore[attr-defined]
