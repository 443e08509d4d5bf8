"""Fixes that edit several files: in all of them, or in none."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from asynclint.engine import spreading
from asynclint.engine.writing import _groups
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes import replayed
from asynclint.fixes.kit import Kit
from asynclint.flow.story import Consumption
from asynclint.source.text import Source
from front_ends import asynclint, write

MAIN = """\
import asyncio

from robust import retry


async def flaky():
    return 1


async def main():
    print(await retry(flaky()))


asyncio.run(main())
"""
ROBUST = """\
async def retry(work):
    try:
        return await work
    except OSError:
        return await work
"""
FILES = {"main.py": MAIN, "robust.py": ROBUST}
CURED = {
    "main.py": MAIN.replace("retry(flaky())", "retry(flaky)"),
    "robust.py": ROBUST.replace("await work", "await work()"),
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path(), FILES)


def texts() -> dict[str, str]:
    return {name: Path(name).read_text(encoding="utf-8") for name in FILES}


def test_edits_all_files() -> None:
    done = asynclint("fix", "--unsafe-fixes", ".")
    assert (done.status, done.err) == (0, "Fixed 1 error in 2 files.\n")
    assert texts() == CURED
    assert asynclint("fix", "--unsafe-fixes", ".").out == "All checks passed!\n"


def test_is_unsafe() -> None:
    assert asynclint("fix", ".").status == 1
    assert texts() == FILES


def test_diff_shows_all_files_and_writes_none() -> None:
    done = asynclint("fix", "--unsafe-fixes", "--diff", ".")
    assert done.status == 1
    assert "+++ b/main.py" in done.out
    assert "+++ b/robust.py" in done.out
    assert texts() == FILES


def test_touches_no_file_that_is_not_of_the_run() -> None:
    done = asynclint("fix", "--unsafe-fixes", "robust.py")
    assert done.status == 1
    assert "it would change main.py too, which is not among the files of this run" in done.err
    assert texts() == FILES


def test_touches_no_file_that_is_excluded() -> None:
    write(Path(), {"pyproject.toml": "[tool.asynclint]\nextend-exclude = ['main.py']\n"})
    assert asynclint("fix", "--unsafe-fixes", ".").status == 1
    assert texts() == FILES


def test_standard_input_is_no_place_for_it() -> None:
    done = asynclint(
        "fix", "--unsafe-fixes", "--stdin-filename", "robust.py", "-", stdin=ROBUST.encode()
    )
    assert (done.status, done.out) == (1, ROBUST)
    assert texts() == FILES


@pytest.mark.parametrize("refused", FILES)
@pytest.mark.parametrize("step", ["prepared", "put"])
def test_writes_none_if_one_cannot_be_written(
    refused: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.replace

    def fails(temporary: Path, target: Path) -> Path:
        if target.name == refused:
            raise PermissionError(13, "Permission denied")
        return real(temporary, target)

    if step == "prepared":
        monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != refused)
    else:
        monkeypatch.setattr(Path, "replace", fails)
    done = asynclint("fix", "--unsafe-fixes", "-q", ".")
    assert done.status == 2
    other = next(name for name in FILES if name != refused)
    assert set(done.err.splitlines()) == {
        f"error: {refused}: not fixed: cannot be written: Permission denied",
        f"error: {other}: not fixed: {refused} cannot be written: Permission denied",
    }
    assert texts() == FILES
    assert sorted(path.name for path in Path().iterdir()) == sorted(FILES)


@pytest.mark.parametrize("harmed", FILES)
def test_a_fix_that_does_harm_in_one_file_is_made_in_none(
    harmed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damage(_: Source, after: Source) -> str:
        return "the result is no valid Python" if after.path == harmed else ""

    monkeypatch.setattr(spreading, "damage", damage)
    done = asynclint("fix", "--unsafe-fixes", ".")
    assert done.status == 1
    reason = f"the fix of ASL104 was taken back: {harmed}: the result is no valid Python"
    assert f"robust.py:5:22: {reason}" in done.err
    assert texts() == FILES


def test_what_it_does_instead_where_it_must_not_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fix that cannot be made gives way to what it has as `otherwise`."""
    real = replayed.given_function

    def with_second_choice(kit: Kit, entry: Consumption) -> Fix | None:
        fix = real(kit, entry)
        level = Applicability.UNSAFE
        comment = Edit(len(kit.source.text), len(kit.source.text), "# noqa\n")
        passed = kit.replace(entry.node, "None")
        second = Fix(level, "await nothing", (passed, comment))
        return None if fix is None else Fix(level, fix.message, fix.edits, second)

    monkeypatch.setattr(replayed, "given_function", with_second_choice)
    cured = ROBUST.replace(
        "OSError:\n        return await work", "OSError:\n        return await None"
    )
    for paths in ([], ["--stdin-filename", "robust.py"]):
        target = "-" if paths else "robust.py"
        done = asynclint("fix", "--unsafe-fixes", *paths, target, stdin=ROBUST.encode())
        assert done.status == 0, done.err
        assert (done.out if paths else texts()["robust.py"]) == f"{cured}# noqa\n"
        assert texts()["main.py"] == MAIN


def test_what_follows_in_a_file_sees_what_was_done_before() -> None:
    """The second helper's callers stand in a file that the first fix has changed."""
    more = ROBUST.replace("retry", "insist").replace("work", "task")
    write(
        Path(),
        {
            "main.py": MAIN.replace("import retry", "import insist, retry").replace(
                "    print(", "    print(await insist(flaky()), "
            ),
            "robust.py": f"{ROBUST}\n\n{more}",
        },
    )
    assert asynclint("fix", "--unsafe-fixes", ".").status == 0
    assert "print(await insist(flaky), await retry(flaky))" in texts()["main.py"]
    assert texts()["robust.py"].count("await work()") == 2
    assert texts()["robust.py"].count("await task()") == 2


def test_json_names_the_files_and_gives_no_half_of_the_edits() -> None:
    done = asynclint("check", "--output-format", "json", ".")
    (finding,) = json.loads(done.out)
    assert finding["fix"]["edits"] == []
    assert [Path(each).name for each in finding["fix"]["files"]] == ["main.py", "robust.py"]


def test_files_that_fixes_share_are_written_together() -> None:
    linked = [frozenset("ab"), frozenset("cd"), frozenset("be"), frozenset("xf")]
    groups = _groups("abcdef", linked)
    assert sorted(groups) == [["a", "b", "e"], ["c", "d"], ["f"]]
