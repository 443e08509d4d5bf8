"""The list of real bugs is in its form, and a run's reports are held against it. No network."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

ROOT = Path(__file__).parents[1]
BUGS = ROOT / "tests" / "real_bugs" / "bugs.toml"

PACKAGED = """\
[[bug]]
id = "quotes-dropped-work"
family = "driven"
package = "quotes"
version = "1.0"
path = "quotes/day.py"
line = 6
thread = "https://example.org/issues/1"
fault = "The coroutine is dropped."
"""
COMMITTED = PACKAGED.replace("quotes-", "pages-").replace(
    'package = "quotes"\nversion = "1.0"\n',
    f'repository = "some/pages"\ncommit = "{"0" * 40}"\n',
)
PROGRAM = "async def work():\n    pass\n\n\nasync def main():\n    work()\n"


@pytest.fixture
def bug_list(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that reads the list and compares."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("bug_list")


@pytest.fixture
def real_bugs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("real_bugs")


# the data -----------------------------------------------------------------------------------------


def test_list_holds_enough_of_each_family(bug_list: ModuleType) -> None:
    bugs = bug_list.read_bugs(BUGS.read_text(encoding="utf-8"))
    families = Counter(bug.family for bug in bugs)
    assert len(bugs) >= 36
    assert set(families) == set(bug_list.FAMILIES)
    assert min(families.values()) >= 5


def test_both_ways_to_name_a_program_are_read(bug_list: ModuleType) -> None:
    text = PACKAGED + 'also = ["quotes/month.py:12"]\n' + COMMITTED
    packaged, committed = bug_list.read_bugs(text)
    assert packaged.origin == bug_list.Package("quotes", "1.0")
    assert packaged.places == (
        bug_list.Place("quotes/day.py", 6),
        bug_list.Place("quotes/month.py", 12),
    )
    assert committed.origin == bug_list.Commit("some/pages", "0" * 40)
    assert committed.origin.folder == f"some+pages-{'0' * 40}"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('id = "quotes-dropped-work"', 'id = "Quotes!"', "wrong id"),
        ('"driven"', '"other"', "wrong family"),
        ('"driven"', "5", "family is no str"),
        ("line = 6\n", "", "no line"),
        ("line = 6", "line = 0", "wrong place"),
        ("line = 6", "line = true", "line is no int"),
        ('path = "quotes', 'path = "/quotes', "wrong place"),
        ('path = "quotes', 'path = "../quotes', "wrong place"),
        ("line = 6", 'line = 6\nalso = "quotes/day.py:7"', "also is no list"),
        ("line = 6", 'line = 6\nalso = ["quotes/day.py"]', "wrong place"),
        ("line = 6", "line = 6\nalso = [7]", "wrong place"),
        ("line = 6", 'line = 6\nalso = ["quotes/day.py:6"]', "stands twice"),
        ("line = 6", "line = 6\ncolumn = 1", "unknown key column"),
        ("https://", "", "wrong thread"),
        ('"The coroutine is dropped."', '""', "wrong fault"),
        ('version = "1.0"\n', "", "either package"),
        ('version = "1.0"\n', 'version = "1.0"\ncommit = "0"\n', "either package"),
        ("[[bug]]", "[bug]", "no list"),
        ("[[bug]]", "[[bug]", "Expected"),
        ("[[bug]]", "[[fault]]\n[[bug]]", "no list"),
        (PACKAGED, PACKAGED * 2, "id stands twice"),
    ],
)
def test_entry_out_of_form_is_refused(
    bug_list: ModuleType, old: str, new: str, complaint: str
) -> None:
    assert bug_list.read_bugs(PACKAGED)
    assert PACKAGED.count(old) == 1
    with pytest.raises(bug_list.BugListError, match=complaint):
        bug_list.read_bugs(PACKAGED.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"), [("0" * 40, "0" * 39), ("some/pages", "pages"), ("some/pages", "a/b/c")]
)
def test_commit_out_of_form_is_refused(bug_list: ModuleType, old: str, new: str) -> None:
    assert bug_list.read_bugs(COMMITTED)
    with pytest.raises(bug_list.BugListError, match="wrong repository or commit"):
        bug_list.read_bugs(COMMITTED.replace(old, new))


# comparing ----------------------------------------------------------------------------------------


def report(bug_list: ModuleType, path: str, line: int, code: str) -> Any:  # noqa: ANN401 - its class is not on the path
    return bug_list.Report(bug_list.Place(path, line), code)


def judged(bug_list: ModuleType, *places: tuple[str, int, str]) -> Any:  # noqa: ANN401 - as above
    """What reports at some places say of the bug on lines 6 and, equally right, 9."""
    (bug,) = bug_list.read_bugs(PACKAGED + 'also = ["quotes/day.py:9"]\n')
    return bug_list.judge(bug, [report(bug_list, *place) for place in places])


@pytest.mark.parametrize("line", [6, 9])
def test_report_at_one_of_the_lines_finds_the_bug(bug_list: ModuleType, line: int) -> None:
    here = ("quotes/day.py", line, "ASL501")
    result = judged(bug_list, ("quotes/day.py", 7, "ASL502"), here, here)
    assert (result.outcome, result.others) == ("found", ())
    assert result.reports == (report(bug_list, *here),)


@pytest.mark.parametrize("place", [("quotes/day.py", 5), ("quotes/month.py", 6), ("day.py", 6)])
def test_report_elsewhere_does_not_count(bug_list: ModuleType, place: tuple[str, int]) -> None:
    result = judged(bug_list, (*place, "ASL501"))
    assert (result.outcome, result.reports, result.others) == ("missed", (), ())


def test_report_of_another_family_is_shown_but_does_not_count(bug_list: ModuleType) -> None:
    other = ("quotes/day.py", 6, "ASL404")
    result = judged(bug_list, other)
    assert (result.outcome, result.reports) == ("missed", ())
    assert result.others == (report(bug_list, *other),)
    assert "quotes/day.py:6 ASL404" in bug_list.line(result)


def test_table_counts_families_and_leaves_out_what_no_run_saw(bug_list: ModuleType) -> None:
    (bug,) = bug_list.read_bugs(PACKAGED)
    found = judged(bug_list, ("quotes/day.py", 6, "ASL501"))
    unfetched = bug_list.Result(bug, "not fetched", why="no route")
    failed = bug_list.Result(bug, "failed", why="internal error")
    results = [found, judged(bug_list), judged(bug_list), unfetched, failed]
    expected = {"found": 1, "missed": 2, "not fetched": 1, "failed": 1}
    counts = bug_list.counts(results)
    assert counts["driven"] == counts["all"] == expected
    assert set(counts["reuse"].values()) == {0}
    reuse, *_, last = bug_list.table(results)
    assert " ".join(last.split()) == "all 1 found 2 missed 1 not fetched 1 failed 33% of 3"
    assert reuse.endswith("- of 0")


# the run ------------------------------------------------------------------------------------------


def invoke(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, *options: str
) -> Result:
    """Runs the script over a list with its cache in `tmp_path`; nothing can be downloaded."""

    def offline(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(arguments, 1, "", "no route to the index")

    bugs = tmp_path / "bugs.toml"
    bugs.write_text(text, encoding="utf-8")
    monkeypatch.setattr(script, "BUGS", bugs)
    monkeypatch.setattr(script, "GITHUB", str(tmp_path / "nowhere"))
    alarms = importlib.import_module("alarms")
    whole = alarms._python  # noqa: SLF001 - downloads and runs of asynclint go through it
    monkeypatch.setattr(alarms, "_python", lambda *a: offline(*a) if "pip" in a else whole(*a))
    done = CliRunner().invoke(script.main, ["--cache", str(tmp_path / "cache"), *options])
    assert done.exit_code == 0, done.output
    return done


def put_wheel(tmp_path: Path, program: str) -> None:
    downloads = tmp_path / "cache" / "dl"
    downloads.mkdir(parents=True)
    with zipfile.ZipFile(downloads / "quotes-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("quotes/day.py", program)


@pytest.mark.parametrize(
    ("program", "outcome"), [(PROGRAM, "found"), (PROGRAM.replace("work()\n", "0\n"), "missed")]
)
def test_package_of_the_cache_is_judged(
    real_bugs: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    outcome: str,
) -> None:
    put_wheel(tmp_path, program)
    done = invoke(real_bugs, monkeypatch, tmp_path, PACKAGED, "--json")
    told = json.loads(done.stdout)
    assert [bug["outcome"] for bug in told["bugs"]] == [outcome]
    assert told["counts"]["driven"][outcome] == told["counts"]["all"][outcome] == 1


def test_what_cannot_be_had_is_not_fetched(
    real_bugs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = invoke(real_bugs, monkeypatch, tmp_path, PACKAGED + COMMITTED)
    first, second, *_ = done.stdout.splitlines()
    assert first.startswith("not fetched  driven  quotes-dropped-work")
    assert "no route to the index" in first
    assert second.startswith("not fetched  driven  pages-dropped-work")
    assert list((tmp_path / "cache" / "src").iterdir()) == []


def test_run_that_fails_is_no_miss(
    real_bugs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise real_bugs.AlarmsError("internal error")

    put_wheel(tmp_path, PROGRAM)
    monkeypatch.setattr(real_bugs, "analyse", broken)
    done = invoke(real_bugs, monkeypatch, tmp_path, PACKAGED)
    assert done.stdout.startswith("failed       driven  quotes-dropped-work  internal error")


def test_list_that_names_a_file_that_is_not_there_is_wrong(
    real_bugs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_wheel(tmp_path, PROGRAM)
    with pytest.raises(AssertionError, match=r"no quotes/night\.py"):
        invoke(real_bugs, monkeypatch, tmp_path, PACKAGED.replace("day.py", "night.py"))


def test_only_the_bugs_that_are_named_are_run(
    real_bugs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_wheel(tmp_path, PROGRAM)
    text = PACKAGED + COMMITTED
    done = invoke(real_bugs, monkeypatch, tmp_path, text, "--json", "quotes-dropped-work")
    assert [bug["id"] for bug in json.loads(done.stdout)["bugs"]] == ["quotes-dropped-work"]
    with pytest.raises(AssertionError, match="has no bug quotes-other"):
        invoke(real_bugs, monkeypatch, tmp_path, text, "quotes-other")


# repositories -------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> str:
    program = shutil.which("git")
    assert program is not None
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = [program, "-C", str(folder), *identity, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_repository(folder: Path, message: str = "a change") -> str:
    """A repository whose first commit has the fault and whose second one has not: the first."""
    program = folder / "quotes" / "day.py"
    program.parent.mkdir(parents=True)
    git(folder, "init", "--quiet")
    for text in (PROGRAM, PROGRAM.replace("work()\n", "await work()\n")):
        program.write_text(text, encoding="utf-8")
        folder.joinpath("picture.bin").write_bytes(b"\0")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD~1")


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("copy", ["mirror/some+pages", "mirror/some+pages/copy"])
def test_faulty_commit_is_taken_from_a_local_copy(
    real_bugs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copy: str
) -> None:
    commit = make_repository(tmp_path / "work")
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "work"), str(tmp_path / copy))
    text = COMMITTED.replace("0" * 40, commit)
    mirror = str(tmp_path / "mirror")
    done = invoke(real_bugs, monkeypatch, tmp_path, text, "--mirror", mirror)
    assert done.stdout.startswith("found        driven  pages-dropped-work  quotes/day.py:6 ASL501")
    (folder,) = tmp_path.joinpath("cache", "src").iterdir()
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert files == ["quotes/day.py"]  # what is not analysed is not unpacked


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_commit_that_the_copy_lacks_is_fetched(
    real_bugs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = make_repository(tmp_path / "nowhere" / "some" / "pages")
    make_repository(tmp_path / "work", "another history")
    copy = tmp_path / "mirror" / "some+pages"
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "work"), str(copy))
    text = COMMITTED.replace("0" * 40, commit)
    mirror = str(tmp_path / "mirror")
    done = invoke(real_bugs, monkeypatch, tmp_path, text, "--mirror", mirror, "--json")
    (bug,) = json.loads(done.stdout)["bugs"]
    assert (bug["outcome"], bug["why"]) == ("found", "")
