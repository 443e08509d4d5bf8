"""The command line: what it writes, what it changes, and the status with which it ends."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import asynclint as package
from asynclint.cli.progress import Progress
from asynclint.engine import check, fixing
from front_ends import HARMLESS, asynclint, planted, write

__all__ = ["planted"]

FAULTY = f"{HARMLESS}FAULT = 1\n"
PLANTED_LINE = ":3:1: ASL101 `FAULT` is planted\n"
COUNTED = "1\tASL101\t[ ] planted-fault\n"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def process(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs a command line in a process of its own."""
    command = [sys.executable, "-m", "asynclint", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)


def codes(out: str) -> list[str]:
    """The codes in a JSON report."""
    return [each["code"] for each in json.loads(out)]


def test_version_and_help() -> None:
    assert asynclint("--version").out == f"asynclint {package.__version__}\n"
    for arguments in (["--help"], ["check", "-h"], ["fix", "--help"], ["rule", "--help"]):
        done = asynclint(*arguments)
        assert (done.status, done.err) == (0, "")
        assert done.out.startswith("Usage: asynclint")


def test_process_ends_with_the_status_of_the_run() -> None:
    write(Path(), {"good.py": HARMLESS, "bad.py": "async def\n"})
    good = process("check", "good.py")
    assert (good.returncode, good.stdout, good.stderr) == (0, b"All checks passed!\n", b"")
    bad = process("check", "bad.py", "--output-format", "concise")
    assert bad.returncode == 1
    assert bad.stdout.startswith(b"bad.py:1:10: ASL001 ")
    assert process("check", "none.py").returncode == 2


@pytest.mark.usefixtures("planted")
def test_check_reports_and_exits_1() -> None:
    write(Path(), {"a/x.py": FAULTY, "b.py": HARMLESS})
    done = asynclint("check")
    assert done.status == 1
    assert done.err == ""
    assert done.out.split("\n") == [
        "a/x.py:3:1: ASL101 `FAULT` is planted",
        "  |",
        "2 |     return 1",
        "3 | FAULT = 1",
        "  | ^^^^^",
        "  |",
        "  = a/x.py:1  the file begins here",
        "",
        "Found 1 error.",
        "",
    ]


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    ("arguments", "status", "out"),
    [
        ("check b.py", 0, "All checks passed!\n"),
        ("check -q b.py", 0, ""),
        ("check --exit-zero -q --output-format concise a.py", 0, f"a.py{PLANTED_LINE}"),
        ("check --statistics", 1, COUNTED),
        ("check --select ASL2 .", 0, "All checks passed!\n"),
        ("check --select ASL2 --select planted-fault --statistics .", 1, COUNTED),
        ("check --ignore ASL2,ASL101 .", 0, "All checks passed!\n"),
        ("check --output-format json b.py", 0, "[]\n"),
        ("check --output-format github b.py", 0, ""),
    ],
)  # fmt: skip
def test_options_of_check(arguments: str, status: int, out: str) -> None:
    write(Path(), {"a.py": FAULTY, "b.py": HARMLESS})
    done = asynclint(*arguments.split())
    assert (done.status, done.out, done.err) == (status, out, "")


#: What the tests plant reaches other processes by inheritance only.
needs_fork = pytest.mark.skipif(
    multiprocessing.get_all_start_methods()[0] != "fork", reason="needs fork() as the default"
)


@needs_fork
@pytest.mark.usefixtures("planted")
def test_results_do_not_depend_on_order_or_number_of_processes() -> None:
    names = [f"{folder}/{name}.py" for folder in "ba" for name in "zyx"]
    write(Path(), dict.fromkeys(names, FAULTY))
    write(Path(), {"c.py": "async def\n", "d.py": HARMLESS})
    one = asynclint("check", "--output-format", "json", ".")
    paths = [Path(each["filename"]).relative_to(Path.cwd()) for each in json.loads(one.out)]
    assert [str(path) for path in paths] == [*sorted(names), "c.py"]
    several = asynclint("check", "--output-format", "json", "--jobs", "3", "c.py", "b", "a", "d.py")
    assert (several.status, several.out) == (one.status, one.out)


@pytest.mark.usefixtures("planted")
def test_rule_that_is_off_runs_on_request() -> None:
    write(Path(), {"x.py": f"{HARMLESS}OFF = FAULT\n"})
    json_of = ("check", "--output-format", "json", ".")
    assert codes(asynclint(*json_of).out) == ["ASL101"]
    assert codes(asynclint(*json_of, "--select", "ASL").out) == ["ASL101"]
    assert codes(asynclint(*json_of, "--select", "ASL202").out) == ["ASL202"]
    assert codes(asynclint(*json_of, "--extend-select", "off-fault").out) == ["ASL202", "ASL101"]


@pytest.mark.usefixtures("planted")
def test_configuration_and_what_overrides_it() -> None:
    write(
        Path(),
        {
            "app/pyproject.toml": '[tool.asynclint]\nselect = ["ASL2"]\n',
            "app/x.py": f"{HARMLESS}FAR = FAULT\n",
            "conf.toml": '[tool.asynclint]\nignore = ["ASL2"]\n',
        },
    )
    json_of = ("check", "--output-format", "json")
    assert codes(asynclint(*json_of, "app").out) == ["ASL201"]
    assert codes(asynclint(*json_of, "app/x.py").out) == ["ASL201"]
    assert codes(asynclint(*json_of, "--isolated", "app").out) == ["ASL201", "ASL101"]
    assert codes(asynclint(*json_of, "--config", "conf.toml", "app").out) == ["ASL101"]
    assert codes(asynclint(*json_of, "--select", "ASL1", "app").out) == ["ASL101"]
    assert codes(asynclint(*json_of, "--extend-select", "ASL1", "app").out) == ["ASL201", "ASL101"]
    assert codes(asynclint(*json_of, "--ignore", "ASL201", "app").out) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("check --selekt ASL", "No such option"),
        ("check --select ASL10l .", "unknown rule 'ASL10l'; did you mean 'ASL101'?"),
        ("check --output-format xml .", "'xml' is not one of"),
        ("check --jobs 0 .", "0 is not in the range"),
        ("check --config none.toml .", "none.toml: cannot be read: No such file"),
        ("check --config a --isolated .", "exclude one another"),
        ("check - .", "cannot be checked along with other paths"),
        ("check --stdin-filename x.py .", "goes with the path -"),
        ("check --statistics --output-format github .", "--statistics goes with the formats"),
        ("chek .", "No such command"),
        ("rule ASL999", "unknown rule 'ASL999'"),
        ("rule ASL1", "ASL1 is a group: ASL101, ASL102"),
        ("rule ASL101 --all", "name one rule"),
        ("check none.py also/none.py", "error: none.py: no such file or folder\n"),
    ],
)
@pytest.mark.usefixtures("planted")
def test_what_cannot_be_done_exits_2_and_says_why(arguments: str, message: str) -> None:
    done = asynclint(*arguments.split())
    assert done.status == 2
    assert message.replace("'", "") in done.err.replace("'", "")
    assert done.out == ""


@pytest.mark.usefixtures("planted")
def test_noqa_hides_findings() -> None:
    text = f"{HARMLESS}FAULT = 1  # noqa: ASL1\nFAULT = 2  # noqa: ASL2\nFAULT = '''\n'''  # noqa\n"
    write(Path(), {"x.py": text, "y.py": f"# flake8: noqa\n{FAULTY}"})
    done = asynclint("check", "-q", "--output-format", "concise", ".")
    assert done.out == "x.py:4:1: ASL101 `FAULT` is planted\n"


@pytest.mark.usefixtures("planted")
def test_standard_input() -> None:
    write(Path(), {"app/pyproject.toml": '[tool.asynclint]\nselect = ["ASL2"]\n'})
    data = f"{HARMLESS}FAR = FAULT\n".encode()
    one_line = ("check", "-q", "--output-format", "concise")
    named = ("--stdin-filename", "app/new.py")
    far = ":3:1: ASL201 `FAR` is planted\n"
    fault = ":3:7: ASL101 `FAULT` is planted\n"
    assert asynclint(*one_line, "-", stdin=data).out == f"-{far}-{fault}"
    for arguments in ([*named, "-"], [*named]):
        done = asynclint(*one_line, *arguments, stdin=data)
        assert (done.status, done.out) == (1, f"app/new.py{far}")
    write(Path(), {"app/pyproject.toml": '[tool.asynclint]\nexclude = ["new.py"]\n'})
    assert asynclint(*one_line, *named, "-", stdin=data).status == 1
    assert asynclint(*one_line, *named, "--force-exclude", "-", stdin=data).status == 0


def test_gate_decides_what_is_parsed_and_analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is named is parsed in any case, and only one with async code is analysed."""

    def fails(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(check, "check_source", fails)
    monkeypatch.setattr(fixing, "fix_source", fails)
    write(Path(), {"folder/broken.py": "def\n", "folder/plain.py": "x = 1\n", "y.py": HARMLESS})
    for command in ("check", "fix"):
        assert asynclint(command, "folder").status == 0
        assert asynclint(command, "folder/plain.py").status == 0
        named = asynclint(command, "--output-format", "json", "folder/broken.py")
        assert (named.status, codes(named.out)) == (1, ["ASL001"])
        assert asynclint(command, "y.py").status == 2


@pytest.mark.usefixtures("planted")
def test_nothing_to_check_is_said() -> None:
    done = asynclint("check")
    assert (done.status, done.out) == (0, "All checks passed!\n")
    assert done.err == "warning: no Python files found under the given paths\n"


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    ("arguments", "variables", "terminal", "coloured"),
    [
        ([], {}, False, False),
        ([], {}, True, True),
        ([], {"NO_COLOR": "1"}, True, False),
        ([], {"NO_COLOR": ""}, True, True),
        ([], {"TERM": "dumb"}, True, False),
        ([], {"FORCE_COLOR": "1"}, False, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (["--color", "always"], {"NO_COLOR": "1"}, False, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colours(
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variables: dict[str, str],
    *,
    terminal: bool,
    coloured: bool,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    write(Path(), {"x.py": FAULTY})
    done = asynclint("check", *arguments, "x.py", terminal=terminal)
    assert ("\x1b[" in done.out) is coloured


def test_internal_error_of_one_file_does_not_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    real = check.check_source

    def fails_on_some(source: object, *arguments: object) -> object:
        if getattr(source, "path", "") == "b.py":
            raise KeyError("lost")
        return real(source, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(check, "check_source", fails_on_some)
    write(Path(), {"a.py": "async def\n", "b.py": HARMLESS, "c.py": "async def\n"})
    done = asynclint("check", "-q", "--output-format", "concise", "--exit-zero", ".")
    assert done.status == 2
    assert [line[:4] for line in done.out.splitlines()] == ["a.py", "c.py"]
    assert done.err.startswith("error: b.py: internal error KeyError: 'lost' (at ")
    assert done.err.count("\n") == 1


def test_error_in_the_tool_itself_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asynclint.engine.run.check_paths", lambda *_: 1 / 0)
    done = asynclint("check", ".")
    assert done.status == 2
    assert "internal error, please report it" in done.err
    assert "ZeroDivisionError" in done.err


@needs_fork
def test_process_that_dies_is_named_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies_on_some(source: object, *_: object) -> list[object]:
        if getattr(source, "path", "") == "b.py":
            os.kill(os.getpid(), signal.SIGKILL)
        return []

    monkeypatch.setattr(check, "check_source", dies_on_some)
    write(Path(), dict.fromkeys(["a.py", "b.py", "c.py"], HARMLESS))
    write(Path(), {"d.py": "async def\n"})
    done = asynclint("check", "-q", "--output-format", "concise", "--jobs", "2", ".")
    assert done.status == 2
    assert done.out.startswith("d.py:1:10: ASL001")
    assert done.err == "error: b.py: the process that analysed this file died; please report it\n"


def test_reader_that_goes_away_is_no_error() -> None:
    write(Path(), {f"{number}.py": "async def\n" * 2 for number in range(400)})
    command = [sys.executable, "-m", "asynclint", "check", "--jobs", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""


def test_text_that_the_terminal_cannot_show_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path(), {"é.py": "async def 日本(\n"})
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = process("check", ".")
    assert done.returncode == 1
    assert b"\\xe9.py:1:" in done.stdout
    assert b"\\u65e5\\u672c" in done.stdout


def test_progress_is_for_long_runs_and_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    unwatched = Progress()
    clock[0] = 2.0
    unwatched(1, 3)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    watched = Progress()
    watched(1, 4)
    clock[0] = 3.5
    watched(2, 4)
    watched(3, 4)
    watched(4, 4)
    assert capsys.readouterr().err == "\r\x1b[K2 of 4 files\r\x1b[K"


CURABLE = f"{HARMLESS}FAULTSAFE = FAULTUNSAFE\nFAULT = 1\n"


@pytest.mark.usefixtures("planted")
def test_fix_applies_safe_fixes_and_reports_the_rest() -> None:
    write(Path(), {"a.py": CURABLE, "b.py": HARMLESS})
    done = asynclint("fix", "-q", "--output-format", "concise", ".")
    assert done.status == 1
    assert Path("a.py").read_text() == f"{HARMLESS}cured = FAULTUNSAFE\nFAULT = 1\n"
    assert done.out.splitlines() == [
        "a.py:3:9: ASL101 `FAULT` is planted",
        "a.py:4:1: ASL101 `FAULT` is planted",
    ]
    again = asynclint("fix", "--unsafe-fixes", "--ignore", "ASL2", ".")
    assert Path("a.py").read_text() == f"{HARMLESS}cured = cured\nFAULT = 1\n"
    assert again.err == "Fixed 1 error in 1 file.\n"
    assert again.out.endswith("Found 1 error.\n")


@pytest.mark.usefixtures("planted")
def test_fix_that_leaves_nothing_exits_0() -> None:
    write(Path(), {"a.py": f"{HARMLESS}FAULTSAFE = 1\n", "b.py": f"{HARMLESS}FAULTSAFE = 1\n"})
    done = asynclint("fix", ".")
    assert (done.status, done.out) == (0, "All checks passed!\n")
    assert done.err == "Fixed 2 errors in 2 files.\n"
    second = asynclint("fix", ".")
    assert (second.status, second.err) == (0, "")


@needs_fork
@pytest.mark.usefixtures("planted")
def test_fix_in_several_processes() -> None:
    names = [f"{number}.py" for number in range(5)]
    write(Path(), dict.fromkeys(names, f"{HARMLESS}FAULTSAFE = 1\n"))
    done = asynclint("fix", "--jobs", "2", ".")
    assert done.err == "Fixed 5 errors in 5 files.\n"
    assert {Path(name).read_text() for name in names} == {f"{HARMLESS}cured = 1\n"}


@pytest.mark.usefixtures("planted")
def test_fix_keeps_bytes_that_it_does_not_mean() -> None:
    latin = f"# coding: latin-1\r\n{HARMLESS}FAULTSAFE = 'é'\r\n\x0c\n".encode("latin-1")
    marked = b"\xef\xbb\xbf" + f"{HARMLESS}FAULTSAFE = 'é'".encode()
    write(Path(), {"latin.py": latin, "marked.py": marked})
    assert asynclint("fix", ".").status == 0
    assert Path("latin.py").read_bytes() == latin.replace(b"FAULTSAFE", b"cured")
    assert Path("marked.py").read_bytes() == marked.replace(b"FAULTSAFE", b"cured")


@pytest.mark.usefixtures("planted")
def test_fix_leaves_hidden_and_unselected_findings_alone() -> None:
    text = f"{HARMLESS}FAULTSAFE = 1  # noqa\nFARSAFE = 1\n"
    write(Path(), {"a.py": text})
    done = asynclint("fix", "--select", "ASL1", ".")
    assert (done.status, done.err) == (0, "")
    assert Path("a.py").read_text() == text


@pytest.mark.usefixtures("planted")
def test_fix_of_standard_input_writes_the_text() -> None:
    data = b"\xef\xbb\xbf" + CURABLE.replace("\n", "\r\n").encode()
    done = asynclint("fix", "-", "--output-format", "concise", stdin=data)
    assert done.status == 1
    assert done.raw == data.replace(b"FAULTSAFE", b"cured")
    assert "-:3:9: ASL101" in done.err
    assert "Fixed 1 error in 1 file." in done.err
    clean = asynclint("fix", "-", "-q", stdin=HARMLESS.encode())
    assert (clean.status, clean.out, clean.err) == (0, HARMLESS, "")


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("data", [b"async def\n", b"async = '\xff'\n", b"\0"])
def test_fix_of_unreadable_standard_input_gives_it_back(data: bytes) -> None:
    done = asynclint("fix", "-", "--output-format", "concise", stdin=data)
    assert (done.status, done.raw) == (1, data)
    assert done.err.startswith("-:1:")


DIFFED: dict[str, str | bytes] = {
    "app/a.py": CURABLE,
    "app/crlf.py": f"{HARMLESS}FAULTSAFE = 1\n".replace("\n", "\r\n"),
    "app/end.py": f"{HARMLESS}FAULTSAFE = 1",
    "app/latin.py": f"# coding: latin-1\n{HARMLESS}FAULTSAFE = 'é'\n".encode("latin-1"),
    "app/marked.py": b"\xef\xbb\xbf" + f"FAULTSAFE = 1\n{HARMLESS}".encode(),
    "app/same.py": HARMLESS,
}


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    "command", [["git", "apply"], ["patch", "-p1", "--binary", "-s"]], ids=["git", "patch"]
)
def test_diff_writes_nothing_and_is_taken_by(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    write(Path(), DIFFED)
    before = {name: Path(name).read_bytes() for name in DIFFED}
    done = asynclint("fix", "--diff", "--unsafe-fixes", ".", "--ignore", "ASL2")
    assert done.status == 1
    assert done.err == "Would fix 6 errors in 5 files.\n"
    assert {name: Path(name).read_bytes() for name in DIFFED} == before
    subprocess.run(command, input=done.raw, check=True, timeout=60)
    for name, data in before.items():
        cured = data.replace(b"FAULTSAFE", b"cured").replace(b"FAULTUNSAFE", b"cured")
        assert Path(name).read_bytes() == cured


@pytest.mark.usefixtures("planted")
def test_diff_of_nothing_exits_0() -> None:
    write(Path(), {"a.py": FAULTY})
    done = asynclint("fix", "--diff", ".")
    assert (done.status, done.out, done.err) == (0, "", "")


@pytest.mark.usefixtures("planted")
def test_file_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "b.py")
    write(Path(), dict.fromkeys(["a.py", "b.py"], f"{HARMLESS}FAULTSAFE = 1\n"))
    done = asynclint("fix", "-q", ".")
    assert done.status == 2
    assert done.err == "error: b.py: not fixed: cannot be written: Permission denied\n"


@pytest.mark.usefixtures("planted")
def test_rule_shows_pages() -> None:
    page = asynclint("rule", "planted-fault")
    assert page.status == 0
    assert page.out.startswith(
        "# planted-fault (ASL101)\n\nA word that the tests plant.\n\n## What"
    )
    assert asynclint("rule", "ASL101").out == page.out
    assert "off unless it is selected" in asynclint("rule", "ASL202").out
    assert asynclint("rule", "ASL001").out.startswith("# syntax-error (ASL001)\n")
    listed = asynclint("rule").out.splitlines()
    assert [line.split()[0] for line in listed] == [
        "ASL001", "ASL002", "ASL003", "ASL101", "ASL102", "ASL201", "ASL202",
    ]  # fmt: skip
    assert asynclint("rule", "--all").out.count("\n# ") == 6


@pytest.mark.usefixtures("planted")
def test_rule_as_json() -> None:
    one = json.loads(asynclint("rule", "ASL202", "--output-format", "json").out)
    assert one["code"] == "ASL202"
    assert one["name"] == "off-fault"
    assert one["summary"] == "A word that is found on request only"
    assert one["default"] is False
    every = json.loads(asynclint("rule", "--all", "--output-format", "json").out)
    assert one in every
    assert len(every) == 7


def imported_by(*arguments: str) -> set[str]:
    """The modules that a process has which ran this command line, and said that all is well."""
    program = (
        "import sys\nfrom asynclint.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n    print(*sorted(sys.modules), sep='\\n')\n"
    )
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    said, *modules = done.stdout.splitlines()
    assert said == "All checks passed!", done.stdout + done.stderr
    return set(modules)


def test_start_is_light() -> None:
    write(Path(), {"x.py": "def f():\n    return 1\n", "folder/y.py": "x = 1\n"})
    modules = imported_by("check", "folder")
    heavy = {"libcst", "pathspec", "multiprocessing", "asynclint.model.project", "asynclint.facts"}
    assert modules & heavy == set()
    assert "asynclint.cli.fix" not in modules


def test_a_file_without_a_candidate_is_not_parsed_by_libcst() -> None:
    text = "import asyncio\n\nasync def f():\n    await g()\n"
    write(Path(), {"x.py": f"{text}\nasync def g():\n    await asyncio.sleep(0)\n"})
    modules = imported_by("check", "x.py")
    assert "asynclint.engine.screen" in modules
    assert {"libcst", "asynclint.flow.program", "asynclint.rules.nested_run"}.isdisjoint(modules)


def test_what_makes_fixes_is_imported_for_findings_only() -> None:
    text = "import asyncio\n\nasync def f():\n    await asyncio.gather(*[g() for _ in 'ab'])\n"
    write(Path(), {"x.py": f"{text}\nasync def g():\n    await asyncio.sleep(0)\n"})
    modules = imported_by("check", "x.py")
    assert {"libcst", "asynclint.flow.story"} <= modules
    # As much to import as all of libcst.
    assert "libcst.matchers" not in modules
    fixes = {name for name in modules if name.startswith("asynclint.fixes.")}
    assert fixes <= {"asynclint.fixes.kit"}
