"""Faults are injected as their kinds say, where a run shows that they would happen."""

from __future__ import annotations

import ast
import importlib
import textwrap
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from asynclint.engine.settings import Settings
from asynclint.source.text import Source, from_text

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "injected"

PROGRAM = '''\
"""A program."""
import asyncio


async def read(path):
    await asyncio.sleep(0)
    return path


async def ticks(count):
    for number in range(count):
        yield number


async def collect(stream):
    return [each async for each in stream]


async def main():
    for _ in range(2):
        print(await read("é"))
    async for tick in ticks(2):
        print(tick)
    print([each * 2 async for each in ticks(2)])
    print(await collect(ticks(3)))


if __name__ == "__main__":
    asyncio.run(main())
'''

#: Of each kind: what stands in the program before the injection, and in its place after it.
INJECTED = {
    "run": ('print(await read("é"))', 'print(asyncio.run(read("é")))'),
    "dropped": ('print(await read("é"))', 'print(read("é"))'),
    "for": ("async for tick in ticks(2):", "for tick in ticks(2):"),
    "comprehension": ("[each async for each in stream]", "list(stream)"),
    "hoisted": (
        '    for _ in range(2):\n        print(await read("é"))',
        '    pending = read("é")\n    for _ in range(2):\n        print(await pending)',
    ),
    "generator": ("await collect(ticks(3))", "await ticks(3)"),
    "loop": (
        "    asyncio.run(main())",
        "    loop = asyncio.new_event_loop()\n    loop.run_until_complete(main())",
    ),
}


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))


def module(name: str) -> ModuleType:
    """A module of the scripts."""
    return importlib.import_module(name)


def injected(text: str, path: str = "program.py") -> list[tuple[Any, Any]]:
    """All faults of a program, each with the files before and after."""
    source, tree = from_text(text, path), ast.parse(text)
    faults = module("fault_kinds").Finder(source, tree).faults()
    inject = module("fault_injecting").inject
    return [(fault, made) for fault in faults if (made := inject(source, tree, fault))]


@pytest.mark.parametrize("kind", INJECTED)
def test_a_kind_changes_what_it_says_and_nothing_else(kind: str) -> None:
    assert INJECTED.keys() == module("fault_kinds").KINDS.keys()
    before, after = INJECTED[kind]
    texts = [made.faulty.text for fault, made in injected(PROGRAM) if fault.kind == kind]
    assert PROGRAM.count(before) == 1
    assert PROGRAM.replace(before, after) in texts


def test_comprehensions_that_do_more_than_collect_lose_their_async() -> None:
    texts = [made.faulty.text for fault, made in injected(PROGRAM) if fault.kind == "comprehension"]
    assert PROGRAM.replace("each * 2 async for", "each * 2 for") in texts


def test_the_rows_are_those_of_the_fault() -> None:
    for _, made in injected(PROGRAM):
        sound, faulty = made.sound.text.split("\n"), made.faulty.text.split("\n")
        changed = [row for row in made.rows if faulty[row - 1] not in sound]
        assert changed
        assert len(made.rows) <= 2


def test_asyncio_is_imported_where_it_is_missing() -> None:
    text = '"""A text."""\nfrom __future__ import annotations\n\nasync def f(g):\n    await g()\n'
    (made,) = (made for fault, made in injected(text) if fault.kind == "run")
    head = '"""A text."""\nfrom __future__ import annotations\nimport asyncio\n'
    assert made.sound.text.startswith(head)
    assert made.faulty.text.startswith(head)
    assert made.rows == {6}


@pytest.mark.parametrize(
    "loop",
    [
        "for path in paths:\n    await read(path)",
        "while True:\n    path = change(path)\n    await read(path)",
        "for _ in paths:\n    async def inner():\n        await read(path)",
        "for _ in await read(path):\n    pass",
    ],
)
def test_calls_that_differ_each_time_are_not_hoisted(loop: str) -> None:
    text = f"async def main(paths, path):\n{textwrap.indent(loop, '    ')}\n"
    assert "hoisted" not in {fault.kind for fault, _ in injected(text)}


# --- evidence ------------------------------------------------------------------------------------


def recorded(text: str) -> Any:  # noqa: ANN401 - of a module not on the path
    """The record of a program that runs on its own, in this process."""
    evidence = module("fault_evidence")
    space: dict[str, Any] = {"__name__": "counter"}
    exec(evidence.COUNTER, space)  # noqa: S102 - what the tests' interpreters load
    tree = ast.fix_missing_locations(evidence.Prober("program.py").visit(ast.parse(text)))
    exec(compile(tree, "program.py", "exec"), {"__name__": "__main__"})  # noqa: S102
    return evidence.Record(space["counts"])


def shown(text: str) -> Counter[str]:
    """How many faults of each kind a run of a program shows."""
    record = recorded(text)
    return Counter(
        fault.kind
        for fault, _ in injected(text)
        if all(record.shows("program.py", each) for each in fault.evidence)
    )


def test_a_run_shows_where_faults_would_happen(capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(PROGRAM)
    assert capsys.readouterr().out.split("\n")[0] == "é"
    assert found == Counter(
        {
            "run": 3,
            "dropped": 3,
            "for": 1,
            "comprehension": 2,
            "hoisted": 1,
            "generator": 1,
            "loop": 1,
        }
    )


def test_what_does_not_run_shows_nothing() -> None:
    assert shown(PROGRAM.replace("asyncio.run(main())", "pass")) == Counter()


def test_what_is_no_coroutine_object_is_not_dropped() -> None:
    text = "import asyncio\nasync def main():\n    await asyncio.ensure_future(asyncio.sleep(0))\n"
    text += "asyncio.run(main())\n"
    assert shown(text)["dropped"] == 0
    assert shown(text)["run"] == 1


def test_a_loop_that_goes_round_once_hoists_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(PROGRAM.replace("for _ in range(2)", "for _ in range(1)"))["hoisted"] == 0
    capsys.readouterr()


# --- judging -------------------------------------------------------------------------------------


def judged(text: str, kind: str, tmp_path: Path) -> Any:  # noqa: ANN401 - as above
    """What becomes of the first fault of a kind in a program."""
    path = tmp_path / "program.py"
    path.write_text(text, encoding="utf-8")
    made = next(made for fault, made in injected(text, str(path)) if fault.kind == kind)
    return module("fault_judging").Judge(Settings.defaults(str(tmp_path))).judge(made)


@pytest.mark.parametrize(("kind", "code"), [("run", "ASL301"), ("for", "ASL203")])
def test_a_fault_is_found_and_given_back(kind: str, code: str, tmp_path: Path) -> None:
    result = judged(PROGRAM, kind, tmp_path)
    assert result.codes == (code,)
    assert result.same


def test_what_was_said_before_does_not_count(tmp_path: Path) -> None:
    text = "async def read():\n    pass\n\nasync def main():\n    read(); await read()\n"
    (made,) = (made for fault, made in injected(text) if fault.kind == "dropped")
    judge = module("fault_judging")
    seen = judge.look(made.sound, _finding(made.sound, tmp_path))
    assert seen[0] == "ASL501"
    assert judge.without(made.sound, [_finding(made.sound, tmp_path)], Counter([seen])) == []


def _finding(source: Source, tmp_path: Path) -> Any:  # noqa: ANN401 - as above
    check = importlib.import_module("asynclint.engine.check").check_source
    (finding,) = check(source, Settings.defaults(str(tmp_path)))
    return finding


def test_what_nobody_can_see_is_not_found(tmp_path: Path) -> None:
    text = "async def main(job):\n    await job()\n"
    result = judged(text, "dropped", tmp_path)
    assert (result.codes, result.same) == ((), False)


def test_names_of_comprehension_variables_do_not_count() -> None:
    shape = module("fault_judging").shape
    assert shape("[a async for a in b]") == shape("[item async for item in b]")
    assert shape("[a async for a in b]") != shape("[b async for a in b]")


# --- the sample ----------------------------------------------------------------------------------


def test_the_same_sites_are_drawn_each_time() -> None:
    sites, suites = module("fault_sites"), module("package_suites")
    packages = suites.read_suites((DATA / "packages.toml").read_text(encoding="utf-8"))[:3]
    faults = [fault for fault, _ in injected(PROGRAM)]
    found = [
        sites.Site(package, f"{i}.py", f) for package in packages for i in range(5) for f in faults
    ]
    shares = {"for": 4, "run": 7}
    chosen = sites.sample(found, lambda site: site.file != "0.py", shares)
    assert chosen == sites.sample(found, lambda site: site.file != "0.py", shares)
    assert "0.py" not in {each.file for each in chosen}
    assert Counter(each.fault.kind for each in chosen) == Counter({"for": 4, "run": 7})
    assert Counter(each.suite.name for each in chosen).most_common()[-1][1] >= 3
