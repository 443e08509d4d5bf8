"""The verdicts on real packages are in their form, and what a run reports is held against them."""

from __future__ import annotations

import importlib
import io
import platform
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from asynclint.engine.troubles import TROUBLES
from asynclint.rules import all_rules

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "tests" / "alarms" / "verdicts.toml"

PACKAGES = """\
[[package]]
name = "quotes"
version = "1.0"
"""
VERDICT = """\
[[verdict]]
package = "quotes"
version = "1.0"
file = "quotes/day.py"
line = 7
code = "ASL101"
text = "return await request"
verdict = "true"
reason = "The request was spent on line 5."
"""

FOUND = VERDICT.replace("line = 7", "line = 6").replace("ASL101", "ASL501")
FOUND = FOUND.replace("return await request", "work()  # é")


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("alarms")


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that reads and compares the verdicts."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("verdicts")


def alarm(verdicts: ModuleType, **changed: Any) -> Any:  # noqa: ANN401 - of a module not on the path
    """The alarm that `VERDICT` judges, with other fields where they are given."""
    (known,) = verdicts.read_record(PACKAGES + VERDICT).verdicts
    return verdicts.replace(known.alarm, **changed)


# the data -----------------------------------------------------------------------------------------


def test_data_are_in_their_form(verdicts: ModuleType) -> None:
    record = verdicts.read_record(RECORD.read_text(encoding="utf-8"))
    codes = {rule.code for rule in all_rules()} | {trouble.code for trouble in TROUBLES}
    assert {verdict.alarm.code for verdict in record.verdicts} <= codes
    assert len(record.packages) >= 7
    assert record.verdicts


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("line = 7\n", "", "no line"),
        ("line = 7", "line = 0", "wrong line"),
        ("line = 7", "line = true", "line is no int"),
        ('"true"', '"maybe"', "wrong verdict"),
        ('"ASL101"', '"E501"', "wrong code"),
        ('"quotes/day.py"', '"/quotes/day.py"', "wrong file"),
        ('"quotes/day.py"', '"../day.py"', "wrong file"),
        ('"return await', '" return await', "wrong text"),
        ('"The request was spent on line 5."', '""', "wrong reason"),
        ('"The request was', '"The\\nrequest was', "wrong reason"),
        ('package = "quotes"', 'package = "others"', "wrong package"),
        ("reason", "why", "no reason"),
        ("line = 7", "line = 7\ncolumn = 3", "unknown key column"),
        ("line = 7", "line = 7\ngone = 1", "gone is no bool"),
        ("[[verdict]]", "[verdict]", "verdict is no list"),
        ("[[verdict]]", "[[verdict]", "Expected"),
        (VERDICT, VERDICT * 2, "stands twice"),
        (PACKAGES, PACKAGES * 2, "stands twice"),
    ],
)
def test_entry_out_of_form_is_refused(
    verdicts: ModuleType, old: str, new: str, complaint: str
) -> None:
    text = PACKAGES + VERDICT
    assert verdicts.read_record(text).verdicts
    assert text.count(old) == 1
    with pytest.raises(verdicts.RecordError, match=complaint):
        verdicts.read_record(text.replace(old, new))


def test_entry_that_the_script_writes_lacks_only_the_judgement(verdicts: ModuleType) -> None:
    odd = alarm(verdicts, text='print("é \\n", await request)  # 日本', file="quotes/new day.py")
    written = verdicts.as_toml(odd)
    with pytest.raises(verdicts.RecordError, match="wrong verdict"):
        verdicts.read_record(PACKAGES + written)
    judged = written.replace('verdict = ""', 'verdict = "false"')
    judged = judged.replace('reason = ""', 'reason = "Because."')
    (verdict,) = verdicts.read_record(PACKAGES + judged).verdicts
    assert (verdict.alarm, verdict.verdict, verdict.gone) == (odd, "false", False)


# comparing ----------------------------------------------------------------------------------------


def test_record_that_says_what_comes_holds(verdicts: ModuleType) -> None:
    record = verdicts.read_record(PACKAGES + VERDICT)
    result = verdicts.compare([alarm(verdicts)], record.verdicts)
    assert result.holds
    assert result.reported == record.verdicts


@pytest.mark.parametrize("field", [{"file": "quotes/x.py"}, {"code": "ASL102"}, {"text": "pass"}])
def test_alarm_without_verdict_is_new(verdicts: ModuleType, field: dict[str, str]) -> None:
    record = verdicts.read_record(PACKAGES + VERDICT)
    other = alarm(verdicts, **field)
    result = verdicts.compare([other], record.verdicts)
    assert (result.new, result.lost) == ((other,), record.verdicts)
    assert result.moved == result.back == result.reported == ()
    assert not result.holds


def test_moved_line_keeps_its_verdict(verdicts: ModuleType) -> None:
    record = verdicts.read_record(PACKAGES + VERDICT)
    here, twin = alarm(verdicts, line=9), alarm(verdicts, line=12)
    result = verdicts.compare([twin, here], record.verdicts)
    assert result.moved == ((record.verdicts[0], here),)
    assert result.new == (twin,)  # one verdict is about one line
    assert result.lost == ()
    assert result.reported == record.verdicts


def test_alarm_that_is_gone_may_stay_away_but_not_come_back(verdicts: ModuleType) -> None:
    record = verdicts.read_record(PACKAGES + VERDICT + "gone = true\n")
    assert verdicts.compare([], record.verdicts).holds
    result = verdicts.compare([alarm(verdicts)], record.verdicts)
    assert result.back == record.verdicts
    assert not result.holds


def test_shares_by_rule(verdicts: ModuleType) -> None:
    false = VERDICT.replace('"true"', '"false"')
    texts = [
        VERDICT,
        VERDICT.replace("line = 7", "line = 8").replace('"true"', '"arguable"'),
        false.replace("line = 7", "line = 9"),
        false.replace("ASL101", "ASL403"),
    ]
    record = verdicts.read_record(PACKAGES + "".join(texts))
    assert list(verdicts.shares(record.verdicts)) == [
        "ASL101    1 true    1 arguable    1 false   66.7% true or arguable",
        "ASL403    0 true    0 arguable    1 false    0.0% true or arguable",
        "all       1 true    1 arguable    2 false   50.0% true or arguable",
    ]
    assert list(verdicts.shares([])) == []


# the packages -------------------------------------------------------------------------------------

PROGRAM = b"async def work():\n    pass\n\n\nasync def main():\n    work()  # \xc3\xa9\n"


def wheel(path: Path) -> None:
    """Writes a wheel with one module that has one fault."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("quotes/day.py", PROGRAM)


def sdist(path: Path) -> None:
    """Writes an sdist with the same module."""
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("quotes-1.0/quotes/day.py")
        member.size = len(PROGRAM)
        archive.addfile(member, io.BytesIO(PROGRAM))


@pytest.mark.parametrize(
    ("write", "name"),
    [(wheel, "Quotes-1.0-py3-none-any.whl"), (sdist, "quotes-1.0.tar.gz")],
    ids=["wheel", "sdist"],
)
def test_package_in_the_cache_is_unpacked_and_analysed(
    alarms: ModuleType,
    tmp_path: Path,
    write: Callable[[Path], None],
    name: str,
) -> None:
    package = alarms.Package("quotes", "1.0")
    tmp_path.joinpath("dl").mkdir()
    write(tmp_path / "dl" / name)
    folder = alarms.provide(package, tmp_path)
    assert alarms.provide(package, tmp_path) == folder  # and not unpacked again
    assert [path.name for path in folder.parent.iterdir()] == ["quotes-1.0"]
    messages, _ = alarms.analyse(package, folder)
    assert list(messages) == [
        alarms.Alarm(package, "quotes/day.py", 6, "ASL501", "work()  # é"),
    ]


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        ("", (1, "# no verdict: `work()`")),
        (FOUND, (0, "ASL501    1 true")),
        (
            FOUND.replace("line = 6", "line = 5"),
            (1, "moved: quotes/day.py:5 ASL501 is on line 6 now"),
        ),
        (FOUND + "gone = true\n", (1, "came back: quotes/day.py:6 ASL501 true: ")),
        (FOUND + VERDICT, (1, "no longer comes: quotes/day.py:7 ASL101 true: ")),
    ],
    ids=["new", "known", "moved", "back", "lost"],
)
def test_exit_status_says_whether_the_record_holds(
    alarms: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    verdict: str,
    outcome: tuple[int, str],
) -> None:
    record = tmp_path / "verdicts.toml"
    record.write_text((verdict or "verdict = []\n") + PACKAGES, encoding="utf-8")
    monkeypatch.setattr(alarms, "RECORD", record)
    tmp_path.joinpath("dl").mkdir()
    wheel(tmp_path / "dl" / "quotes-1.0-py3-none-any.whl")
    done = CliRunner().invoke(alarms.main, ["--cache", str(tmp_path)])
    status, told = outcome
    assert done.exit_code == status, done.output
    assert told in done.output


def test_download_that_fails_says_why(
    alarms: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(arguments, 1, "", "no route to the index")

    monkeypatch.setattr(alarms, "_python", offline)
    with pytest.raises(alarms.AlarmsError, match="no route to the index"):
        alarms.provide(alarms.Package("quotes", "2.0"), tmp_path)
    assert list(tmp_path.joinpath("src").iterdir()) == []


def test_standard_library_is_that_of_this_python(
    alarms: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "lib"
    for name in ("queue.py", "test/test_queue.py", "site-packages/click.py"):
        library.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        library.joinpath(name).write_text("")
    monkeypatch.setattr(alarms.sysconfig, "get_path", lambda _name: str(library))
    here = alarms.Package("python", platform.python_version())
    folder = alarms.provide(here, tmp_path)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}
    assert files == {"library/queue.py", "tests/test/test_queue.py"}


def test_other_python_is_skipped(
    alarms: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "verdicts.toml"
    record.write_text(PACKAGES.replace("quotes", "python"), encoding="utf-8")
    with record.open("a", encoding="utf-8") as file:
        file.write("\n" + VERDICT.replace("quotes", "python"))
    monkeypatch.setattr(alarms, "RECORD", record)
    result = CliRunner().invoke(alarms.main, ["--cache", str(tmp_path)])
    assert result.exit_code == 0
    assert "python 1.0: skipped, this is Python 3." in result.output


def test_run_that_fails_is_no_empty_list(
    alarms: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(arguments, 2, "[]", "internal error")

    monkeypatch.setattr(alarms, "_python", broken)
    with pytest.raises(alarms.AlarmsError, match="internal error"):
        alarms.analyse(alarms.Package("quotes", "1.0"), tmp_path)
