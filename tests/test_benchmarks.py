"""The benchmarks measure what they say: commands turn by turn, code of the size that was asked for.

No time decides a test.
"""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="wait4 is POSIX")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - modules that are not on the path
    """Imports a module of the benchmarks."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    return load


def python(bench: Any, name: str, program: str, **more: Any) -> Any:  # noqa: ANN401 - as above
    """A command that runs a program."""
    return bench("measure").Command(name, (sys.executable, "-c", program), **more)


def test_commands_run_turn_by_turn(bench: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above
    log = tmp_path / "log"
    note = "open({!r}, 'a').write({!r})"
    commands = [python(bench, name, note.format(str(log), name)) for name in "ab"]
    runs = bench("measure").interleaved(commands, 2)
    assert log.read_text(encoding="utf-8") == "ab" * 3  # once untimed
    assert [len(runs[name].runs) for name in "ab"] == [2, 2]


def test_a_run_that_fails_is_an_error(bench: Any) -> None:  # noqa: ANN401 - as above
    measure = bench("measure")
    failing = python(bench, "x", "raise SystemExit('told why')", statuses=(0,))
    with pytest.raises(measure.MeasureError, match="told why"):
        measure.run_once(failing)


def test_processor_time_and_memory_are_those_of_all_processes(bench: Any) -> None:  # noqa: ANN401
    large = "x = bytearray(60_000_000); sum(range(2_000_000))"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {large!r}])"
    measure = bench("measure")
    run = measure.run_once(python(bench, "x", parent))
    assert run.peak > 60_000_000
    assert run.cpu > 0


def test_medians_and_ratios_of_pairs(bench: Any) -> None:  # noqa: ANN401 - as above
    measure = bench("measure")
    slow, fast = (
        measure.Runs(tuple(measure.Run(wall, wall, peak) for wall, peak in pairs))
        for pairs in (((2.0, 5), (30.0, 7), (4.0, 6)), ((1.0, 1), (10.0, 1), (2.0, 1)))
    )
    assert (slow.wall, slow.peak) == (4.0, 7)
    assert slow.ratio(fast) == 2.0


def test_before_goes_before_each_run(bench: Any) -> None:  # noqa: ANN401 - as above
    said: list[str] = []
    command = python(bench, "x", "pass", before=lambda: said.append("x"))
    bench("measure").interleaved([command], 2)
    assert said == ["x"] * 3


def test_sections_are_replaced_one_by_one(bench: Any, tmp_path: Path) -> None:  # noqa: ANN401
    tables, page = bench("tables"), tmp_path / "page.md"
    for title, body in (("One", "1"), ("Two", "### Part\n\n2"), ("One", "3")):
        tables.write_section(page, "# Results\n\nWords.\n", title, body)
    text = page.read_text(encoding="utf-8")
    assert text == "# Results\n\nWords.\n\n## One\n\n3\n\n## Two\n\n### Part\n\n2\n"


def test_numbers_in_tables(bench: Any) -> None:  # noqa: ANN401 - as above
    tables = bench("tables")
    assert [tables.seconds(each) for each in (0.0123, 2.345, 45.67, 1234.5)] == [
        "0.012 s",
        "2.35 s",
        "45.7 s",
        "1,234 s",
    ]
    assert [tables.times(each) for each in (1.234, 23.45, 678.9)] == ["1.23", "23.4", "679"]
    assert tables.table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


@pytest.mark.parametrize("lines", [100, 1000, 5000])
def test_modules_have_the_lines_that_were_asked_for(bench: Any, lines: int) -> None:  # noqa: ANN401
    trees = bench("trees")
    text = trees.module(7, lines, (1, 2))
    assert lines <= text.count("\n") < lines + 40
    assert text == trees.module(7, lines, (1, 2))
    assert text != trees.module(8, lines, (1, 2))
    ast.parse(text)


def test_modules_of_a_tree_import_from_each_other(bench: Any, tmp_path: Path) -> None:  # noqa: ANN401
    bench("trees").write_tree(tmp_path, 1000)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.py")}
    assert 1000 <= sum(text.count("\n") for text in texts.values()) < 1300
    imports = [
        (node.module, alias.name)
        for text in texts.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert imports
    for module, name in imports:
        assert f"async def {name}(" in texts[str(module)]


@pytest.mark.parametrize(
    ("name", "counted", "sizes"),
    [
        ("branches", ast.If, (10, 2000)),
        ("nested_loops", ast.For, (5, 98)),
        ("variables", ast.Await, (10, 5000)),
    ],
)
def test_functions_have_the_parts_that_were_asked_for(
    bench: Any,  # noqa: ANN401 - as above
    name: str,
    counted: type[ast.AST],
    sizes: tuple[int, int],
) -> None:
    for size in sizes:
        tree = ast.parse(getattr(bench("trees"), name)(size))
        grown = tree.body[-1]
        assert sum(isinstance(node, counted) for node in ast.walk(grown)) == size
