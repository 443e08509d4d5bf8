"""The findings of a program do not depend on the order in which its files are looked at.

The programs are made by chance, from fixed seeds: modules that import each other in circles,
functions that call each other in circles, classes that inherit across modules, with faults among
them. They are analysed only, never run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclint.engine import chunks
from asynclint.engine.discovery import discover
from asynclint.engine.result import RunResult
from asynclint.engine.run import Manner, check_file, check_paths
from asynclint.engine.settings import Settings
from asynclint.engine.workspace import Workspace
from asynclint.findings import Finding
from asynclint.flow import program as flow_program
from asynclint.flow.program import Program
from front_ends import write

MODULES = 6
SEEDS = range(5)
ALONE = Manner(jobs=1)


class Maker:
    """Makes one program."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same programs every time
        self._kinds = {
            (module, number): self._chance.choice(("def", "def", "async def"))
            for module in range(MODULES)
            for number in range(4)
        }

    def files(self) -> dict[str, str]:
        """The texts of the modules by file name; half of them are in a package."""
        texts = {self._file(module): "\n".join(self._module(module)) for module in range(MODULES)}
        return texts | {"pack/__init__.py": self._package()}

    def _file(self, module: int) -> str:
        return f"pack/m{module}.py" if module % 2 else f"m{module}.py"

    def _dotted(self, module: int) -> str:
        return f"pack.m{module}" if module % 2 else f"m{module}"

    def _package(self) -> str:
        odd = [module for module in range(MODULES) if module % 2]
        return "".join(f"from .m{module} import f{module}_0, C{module}\n" for module in odd)

    def _module(self, module: int) -> Iterator[str]:
        yield "import asyncio"
        yield "import functools"
        others = self._chance.sample(range(MODULES), 3)
        for other in others:
            yield f"import {self._dotted(other)} as m{other}"
            yield self._chance.choice(
                (
                    f"from {self._dotted(other)} import *",
                    "",
                    f"from {self._dotted(other)} import f{other}_1",
                )
            )
        first, second, _ = others
        yield "try:"
        yield f"    from {self._dotted(first)} import shared as either"
        yield "except ImportError:"
        yield f"    from {self._dotted(second)} import shared as either"
        yield from self._decorators(module)
        earlier = [other for other in others if other < module]  # classes inherit in no circle
        base = self._chance.choice([*(f"m{other}.C{other}" for other in earlier), "object"])
        yield from self._class(module, base, others)
        for number in range(4):
            yield from self._function(module, number, others)
        yield f"kept{module} = C{module}()"
        yield "def shared(job=None):"
        yield from self._body(module, others, "def", "    ")

    def _decorators(self, module: int) -> Iterator[str]:
        yield f"def same{module}(f):"
        yield "    return f"
        yield f"def running{module}(f):"
        yield "    @functools.wraps(f)"
        yield "    def inner(*args):"
        yield "        return asyncio.run(f(*args))"
        yield "    return inner"

    def _class(self, module: int, base: str, others: list[int]) -> Iterator[str]:
        yield f"class C{module}({base}):"
        for name in self._chance.sample(("one", "two", "three"), 2):
            kind = self._chance.choice(("def", "def", "async def"))
            yield f"    {kind} {name}(self, job=None):"
            yield from self._body(module, others, kind, "        ")

    def _function(self, module: int, number: int, others: list[int]) -> Iterator[str]:
        kind = self._kinds[module, number]
        if self._chance.random() < 0.2:
            other = self._chance.choice([module, *others])
            decorator = self._chance.choice(("same", "running"))
            yield f"@{'' if other == module else f'm{other}.'}{decorator}{other}"
        yield f"{kind} f{module}_{number}(job=None):"
        yield from self._body(module, others, kind, "    ")

    def _body(self, module: int, others: list[int], kind: str, indent: str) -> Iterator[str]:
        for _ in range(self._chance.randint(1, 3)):
            yield from (indent + line for line in self._statement(module, others, kind))
        yield indent + self._chance.choice(("return None", f"return {self._call(module, others)}"))

    def _statement(self, module: int, others: list[int], kind: str) -> list[str]:
        call = self._call(module, others)
        plain = [
            [call],
            [f"x = {call}", "print(x)"],
            [f"asyncio.run({call})"],
            ["asyncio.run(job)"],
        ]
        if kind == "def":
            return self._chance.choice([*plain, [f"for _ in range(3): {call}"]])
        spent = [f"y = {call}", "await y", "await y"]
        return self._chance.choice([*plain, [f"await {call}"], spent, ["await job", "await job"]])

    def _call(self, module: int, others: list[int]) -> str:
        other = self._chance.choice([module, *others])
        prefix = "" if other == module else f"m{other}."
        argument = self._chance.choice(("", "", f"{prefix}f{other}_3()"))
        name = self._chance.choice(("one", "two", "three"))
        return self._chance.choice(
            (
                f"{prefix}f{other}_{self._chance.randrange(4)}({argument})",
                f"{prefix}C{other}().{name}({argument})",
                f"{prefix}kept{other}.{name}({argument})",
                "either(1)",
            )
        )


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def made(seed: int) -> Settings:
    """Writes the program of a seed into the working folder."""
    write(Path(), Maker(seed).files())
    return Settings.defaults()


def sound(result: RunResult) -> list[Finding]:
    """The findings of a run in which nothing failed, with all that belongs to them."""
    assert result.failures == []
    return result.findings


def in_order(settings: Settings, chance: random.Random | None) -> list[Finding]:
    """What is found with one workspace, the files in an order made by chance, or turned round."""
    files = discover(["."], settings).files
    if chance is None:
        files.reverse()
    else:
        chance.shuffle(files)
    result = RunResult()
    space = Workspace(settings)
    for file in files:
        result.add(check_file(file, settings, space))
    result.sort()
    return sound(result)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_of_files_and_each_file_alone(seed: int) -> None:
    settings = made(seed)
    wanted = sound(check_paths(["."], settings, ALONE))
    assert in_order(settings, None) == wanted
    for turn in range(2):
        assert in_order(settings, random.Random(turn)) == wanted  # noqa: S311
    files = [file.path for file in discover(["."], settings).files]
    assert [f for file in files for f in sound(check_paths([file], settings, ALONE))] == wanted


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_any_number_of_processes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is given out on its own, so that no process sees all of them."""
    monkeypatch.setattr(chunks, "_LARGEST", 0)
    settings = made(seed)
    wanted = sound(check_paths(["."], settings, ALONE))
    for jobs in (2, 3):
        assert sound(check_paths(["."], settings, Manner(jobs=jobs))) == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_stories_that_are_told_again_are_the_same(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = made(seed)
    wanted = sound(check_paths(["."], settings, ALONE))
    rest, rested = Program.rest, []

    def rest_and_tell(program: Program) -> None:
        before = program.parsed_lines
        rest(program)
        rested.append((before, program.parsed_lines))

    monkeypatch.setattr(Program, "rest", rest_and_tell)
    monkeypatch.setattr(flow_program, "_MOST_PARSED", 1)
    monkeypatch.setattr(flow_program, "_FEWEST_PARSED", 1)
    assert sound(check_paths(["."], settings, ALONE)) == wanted
    assert any(before > 50 and after == 0 for before, after in rested)


def test_the_programs_are_worth_it() -> None:
    """They hold faults of many kinds, and traces that lead through several files."""
    found: list[Finding] = []
    for seed in SEEDS:
        found += sound(check_paths(["."], made(seed), ALONE))
    assert {"ASL101", "ASL301", "ASL302", "ASL402", "ASL501", "ASL502"} <= {f.code for f in found}
    assert len(found) > 10 * len(SEEDS)
    assert sum(place.path != each.path for each in found for place in each.related) > 100
