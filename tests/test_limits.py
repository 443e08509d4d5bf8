"""What is too large or unknown is left out, and that is said; it is no failure of the run."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclint.flow import machine
from asynclint.flow.story import Story
from asynclint.model.declared import Scope
from asynclint.model.frames import Frame
from asynclint.model.resolve import Resolver
from asynclint.model.values import Value
from asynclint.rules.base import Report
from asynclint.rules.never_awaited import NeverAwaited
from asynclint.visitor import builder
from asynclint.visitor.parse import Tree
from front_ends import asynclint, write

FORGETS = "async def go():\n    return 1\n\n\nasync def forgets():\n    go()\n"
SHARES = (
    "async def go():\n    return 1\n\n\nasync def main():\n    x = go()\n    y = [lambda: x, x]\n"
    "    z = [y, go]\n    z[0][0]()\n    await x\n    await y[1]\n    go()\n"
)
ODD = "\n\nasync def odd():\n    (x): int = go()\n"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_function_in_unknown_syntax_is_named() -> None:
    write(Path(), {"a.py": FORGETS + ODD})
    note = (
        "note: a.py:9: left out of the analysis: `odd`,"
        " written in syntax that libcst, which reads it, does not know\n"
    )
    done = asynclint("check", "--output-format", "concise", ".")
    assert (done.status, done.err) == (1, note)
    assert done.out.startswith("a.py:6:5: ASL501 ")
    done = asynclint("fix", "--unsafe-fixes", ".")
    assert (done.status, done.err) == (0, f"{note}Fixed 1 error in 1 file.\n")


def test_module_in_unknown_syntax_is_named_and_quiet_holds_its_tongue() -> None:
    write(Path(), {"a.py": "async def go():\n    return 1\n\n\n(x): int = go()\n"})
    done = asynclint("check", ".")
    assert (done.status, done.out) == (0, "All checks passed!\n")
    assert done.err.startswith("note: a.py:1: left out of the analysis: the statements of the mod")
    assert asynclint("check", "-q", ".").err == ""


def test_function_with_too_many_operations_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "MAX_OPS", 20)
    text = FORGETS + "\n\nasync def huge():\n" + "    go()\n" * 20
    write(Path(), {"a.py": text})
    done = asynclint("check", "--output-format", "concise", ".")
    assert done.err == "note: a.py:9: left out of the analysis: `huge`, too large to be followed\n"
    assert done.out.startswith("a.py:6:5: ASL501 ")


def test_function_with_too_many_paths_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MAX_STEPS", 20)
    branches = "".join(f"    if a{n}:\n        await go()\n" for n in range(20))
    write(Path(), {"a.py": f"{FORGETS}\n\nasync def huge():\n{branches}    go()\n"})
    done = asynclint("check", "--output-format", "concise", ".")
    assert done.err == "note: a.py:9: left out of the analysis: `huge`, too large to be followed\n"
    assert done.status == 1


def test_function_of_15_000_statements_ends() -> None:
    text = FORGETS + "\n\nasync def huge():\n" + "    go()\n" * 15_000
    write(Path(), {"a.py": text})
    done = asynclint("check", "--output-format", "concise", ".")
    assert done.err == "note: a.py:9: left out of the analysis: `huge`, too large to be followed\n"


def test_names_that_depend_on_each_other_in_circles_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = Resolver.name

    def counted(resolver: Resolver, name: str, scope: Scope, frame: Frame | None = None) -> Value:
        asked.append(name)
        assert len(asked) < 20_000, "each name is to be worked out once in a circle"
        return real(resolver, name, scope, frame)

    monkeypatch.setattr(Resolver, "name", counted)
    names = ", ".join(f"v{n}" for n in range(16))
    rounds = "".join(f"        {names} = helper({names})\n" for _ in range(3))
    text = (
        "async def helper(*given):\n    return given\n\n\n"
        f"def circles({names}):\n    for _ in range(9):\n{rounds.replace('helper', 'turned')}"
        "        yield v0\n\n\ndef turned(*given):\n    return given[::-1]\n\n\n"
        "async def main():\n    for each in circles(*map(str, range(16))):\n"
        "        await helper(each)\n    helper(each)\n"
    )
    write(Path(), {"a.py": text})
    done = asynclint("check", "--output-format", "concise", ".")
    assert done.out.count("ASL501") == 1
    assert len(asked) > 16 * 16


def test_error_in_one_rule_names_file_rule_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    real = NeverAwaited.check

    def fails_on_one(rule: NeverAwaited, story: Story) -> Iterator[Report]:
        if story.unit.file.source.path == "b.py":
            raise KeyError("lost")
        yield from real(rule, story)

    monkeypatch.setattr(NeverAwaited, "check", fails_on_one)
    write(Path(), dict.fromkeys(["a.py", "b.py", "c.py"], FORGETS))
    broken = f"{FORGETS}\n\nasync def twice():\n    b = go()\n    return await b, await b\n"
    write(Path(), {"b.py": broken})
    found = ["a.py:6:5: A", "b.py:11:27:", "c.py:6:5: A"]  # in b.py, what another rule says
    for command, told in (("check", found), ("fix", [])):
        done = asynclint(command, "-q", "--output-format", "concise", ".")
        assert done.status == 2
        assert [line[:11].strip() for line in done.out.splitlines()] == told
        (line,) = done.err.splitlines()
        assert line.startswith("error: b.py: internal error in ASL501: KeyError: 'lost' (at ")
        assert ", from asynclint/engine/analysis.py:" in line
    assert Path("b.py").read_text() == broken


def test_file_above_the_limit_is_not_analysed() -> None:
    write(Path(), {"a.py": FORGETS + "# " + "x" * 2**21, "b.py": FORGETS})
    done = asynclint("check", "-q", "--output-format", "concise", ".")
    assert done.status == 1
    told = done.out.splitlines()
    assert told[0] == "a.py:1:1: ASL002 larger than 2 MiB, and not analysed"
    assert [line[:5] for line in told] == ["a.py:", "b.py:"]


def test_fixes_do_not_keep_the_programs_that_they_were_tried_on() -> None:
    write(Path(), {f"{number}.py": SHARES for number in range(8)})
    assert asynclint("fix", "-q", "--unsafe-fixes", "--exit-zero", ".").status == 0
    gc.collect()
    assert sum(isinstance(each, Tree) for each in gc.get_objects()) < 8
