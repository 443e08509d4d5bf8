"""Locale, home, folder, pipe, terminal, system: the tool works the same without any of them."""

from __future__ import annotations

import ntpath
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from asynclint.report.formats import concise, full, github
from asynclint.report.formats import json as as_json
from front_ends import write

FORGETS = "async def go():\n    return 'é日本'\n\n\nasync def main():\n    go()  # é日本\n"
CURED = FORGETS.replace("    go()", "    await go()")
FORMATS = (concise, full, github, as_json)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(
    *arguments: str, environ: dict[str, str] | None = None, before: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[bytes]:
    """Runs a command line in a process of its own, with nothing but PATH and what is given."""
    command = [*before, sys.executable, "-m", "asynclint", *arguments]
    given = {"PATH": os.environ.get("PATH", ""), **(environ or {})}
    if sys.platform == "win32":
        given["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return subprocess.run(command, env=given, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(
    "environ",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C.UTF-8"},
        {"LC_ALL": "no_SUCH.locale"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=lambda environ: next(iter(environ.values())),
)
def test_any_locale(environ: dict[str, str]) -> None:
    write(Path(), {"a.py": FORGETS})
    done = run("check", "--no-cache", "a.py", environ=environ)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"a.py:6:5: ASL501" in done.stdout
    assert run("fix", "-q", "--unsafe-fixes", "a.py", environ=environ).returncode == 0
    assert Path("a.py").read_bytes() == CURED.encode()


@pytest.mark.parametrize("home", [None, "", "/nonexistent/home", "/dev/null"])
def test_no_home(home: str | None) -> None:
    write(Path(), {"a.py": FORGETS})
    environ = {} if home is None else {"HOME": home, "XDG_CACHE_HOME": ""}
    for _ in range(2):  # the second time there may be a cache
        done = run("check", "a.py", environ=environ)
        assert (done.returncode, done.stderr) == (1, b"")


def test_read_only_working_folder() -> None:
    before: tuple[str, ...] = ()
    if os.name != "posix":
        pytest.skip("the means are those of POSIX")
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everything")
        before = ("setpriv", "--bounding-set=-dac_override", "--")
    write(Path(), {"a.py": FORGETS})
    Path().chmod(0o555)
    try:
        done = run("check", ".", before=before)
        assert (done.returncode, done.stderr) == (1, b"")
        assert run("fix", "--diff", ".", before=before).returncode == 1
        assert os.listdir() == ["a.py"]  # noqa: PTH208 - names
    finally:
        Path().chmod(0o755)


def test_working_folder_that_is_gone() -> None:
    write(Path(), {"x/a.py": FORGETS})
    if os.name != "posix":
        pytest.skip("the means are those of POSIX")
    code = 'cd x && rm a.py && rmdir ../x && exec "$@"'
    done = run("check", ".", before=("sh", "-c", code, "sh"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"error: the working folder does not exist any more\n"


@pytest.mark.parametrize("arguments", ["check .", "fix -q --diff .", "rule --all", "check -h"])
def test_output_to_a_closed_pipe(arguments: str) -> None:
    if os.name != "posix":
        pytest.skip("the means are those of POSIX")
    write(Path(), {f"{number}.py": FORGETS for number in range(30)})
    tool = f"'{sys.executable}' -m asynclint"
    script = f"{tool} {arguments} 2>errors | head -n 1 >/dev/null; {tool} {arguments} 2>>errors >&-"
    subprocess.run(["/bin/sh", "-c", script], check=False, timeout=60)
    assert Path("errors").read_text() == ""


@pytest.mark.parametrize("columns", ["0", "1", "2", "-1", "many", "100000"])
def test_narrow_terminal(columns: str) -> None:
    write(Path(), {"a.py": FORGETS})
    environ = {"COLUMNS": columns, "LINES": columns, "FORCE_COLOR": "1"}
    done = run("check", "--no-cache", ".", environ=environ)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\x1b[1;31mASL501" in done.stdout
    assert b"\x1b[" not in run("check", ".", environ={"NO_COLOR": "1", **environ}).stdout
    shown = run("check", "--help", environ=environ)
    assert (shown.returncode, shown.stderr) == (0, b"")


def test_paths_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What decides over paths as text does so for backslashes and drives, too."""
    from asynclint.engine import patterns
    from asynclint.source import paths

    monkeypatch.setattr(patterns, "os", _Windows)
    monkeypatch.setattr(paths, "os", _Windows)
    tests = patterns.Patterns(["tests/**/x*.py", "build"], "C:\\work\\app")
    assert tests.match("C:\\work\\app\\tests\\deep\\x1.py")
    assert tests.match("C:\\work\\app\\build\\y.py")
    assert not tests.match("D:\\tests\\deep\\y.py")
    assert paths.shown("C:\\work\\app\\a.py") == "a.py"
    assert paths.shown("D:\\other\\a.py") == "D:\\other\\a.py"


class _Windows:
    """The part of `os` that decides over paths, as it is on Windows."""

    path = ntpath
    sep = "\\"
    curdir = "."

    @staticmethod
    def getcwd() -> str:
        return "C:\\work\\app"
