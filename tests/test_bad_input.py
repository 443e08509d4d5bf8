"""Input that no one wants: a file gives a clear message or is analysed, and the rest goes on."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asynclint.engine import check
from front_ends import HARMLESS, asynclint, planted, write

__all__ = ["planted"]

OTHER = {"other.py": "async def\n"}
OTHER_LINE = "other.py:1:10: ASL001 "


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lines(*arguments: str) -> list[str]:
    """The lines of a report on the current folder, checked to be a run that did not fail.

    In every folder stands another file with an error: it must be reported as well.
    """
    write(Path(), OTHER)
    done = asynclint("check", "-q", "--output-format", "concise", *arguments)
    assert done.err == ""
    assert done.status == 1
    told = done.out.splitlines()
    assert [line for line in told if line.startswith(OTHER_LINE)]
    return [line for line in told if not line.startswith(OTHER_LINE)]


TROUBLES: dict[str, tuple[str | bytes, str]] = {
    "syntax error": ("async def f():\n    return (\n", r"2:12: ASL001 '\(' was never closed"),
    "python 2": ("async_ = 1\nprint 'x'\n", "2:1: ASL001 Missing parentheses in call to 'print'"),
    "indentation": ("async def f():\nreturn 1\n", "2:1: ASL001 expected an indented block"),
    "unknown codec": (
        f"# coding: no-such-codec\n{HARMLESS}",
        "1:11: ASL002 unknown encoding: no-such-codec",
    ),
    "wrong codec": (
        b"async def f():\n    '\xe9'\n",
        "2:6: ASL002 byte 0xe9 is not utf-8: invalid continuation byte",
    ),
    "null byte": (b"async def f():\n  x\0\n", "2:4: ASL002 source code cannot contain null bytes"),
    "utf-16": ("async def f(): pass\n".encode("utf-16"), "1:4: ASL002 source code cannot contain"),
    "parentheses": (
        f"async def f():\n    x = {'(' * 5000}1{')' * 5000}\n",
        r"2:20\d: ASL001 too many nested parentheses",
    ),
    "operators": (
        f"async def f():\n    return {'not ' * 50_000}1\n",
        "1:1: ASL002 nested too deeply to be analysed",
    ),
    "sum without end": (
        f"{HARMLESS}x = {' + '.join(['1'] * 2000)}\n",
        "3:1: ASL002 nested too deeply to be analysed",
    ),
    "sum that not every parser takes": (
        f"{HARMLESS}x = {' + '.join(['1'] * 6000)}\n",
        "[13]:1: ASL002 nested too deeply to be analysed",
    ),
    "chain over many lines": (
        HARMLESS + "x = (\n    a\n" + "    .b()\n" * 700 + ")\n",
        "3:1: ASL002 nested too deeply to be analysed",
    ),
    "elif without end": (
        HARMLESS + "if x: pass\n" + "elif x: pass\n" * 1500,
        "1002:1: ASL002 nested too deeply to be analysed",
    ),
    "surrogates": (
        b"# coding: raw_unicode_escape\nx = 'async \\ud800'\n",
        "1:1: ASL002 cannot be parsed",
    ),
    "merge conflict": (f"{HARMLESS}<<<<<<< HEAD\nx = 1\n", "3:1: ASL001 invalid syntax"),
}


@pytest.mark.parametrize(("content", "message"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_is_told_with_its_place(content: str | bytes, message: str) -> None:
    write(Path(), {"bad.py": content})
    (line,) = lines(".")
    assert re.match(f"bad.py:{message}", line)
    assert lines("bad.py", "other.py") == [line]


@pytest.mark.parametrize(("content", "message"), TROUBLES.values(), ids=TROUBLES)
def test_fix_leaves_a_file_in_trouble_alone(content: str | bytes, message: str) -> None:
    write(Path(), {"bad.py": content})
    before = Path("bad.py").read_bytes()
    done = asynclint("fix", "-q", "--unsafe-fixes", "--output-format", "concise", ".")
    assert done.status == 1
    assert re.match(f"bad.py:{message}", done.out)
    assert Path("bad.py").read_bytes() == before


FINE: dict[str, str | bytes] = {
    "empty": b"",
    "only a byte order mark": b"\xef\xbb\xbf",
    "only a comment": b"# async",
    "latin-1": f"# coding: latin-1\n{HARMLESS}# é\n".encode("latin-1"),
    "byte order mark and carriage returns": b"\xef\xbb\xbf"
    + HARMLESS.replace("\n", "\r\n").encode(),
    "lone carriage returns": HARMLESS.replace("\n", "\r"),
    "form feed": f"\x0c{HARMLESS}\x0c\n",
    "no newline at the end": HARMLESS.rstrip(),
    "warnings": HARMLESS + "x = '\\d'\nassert (1, 'always')\nx is 'y'\n",
    "long sum": f"{HARMLESS}x = {' + '.join(['work()'] * 400)}\n",
    "long list": f"{HARMLESS}x = [{', '.join(['1'] * 50_000)}]\n",
    "top-level await": "await x\n",
}


@pytest.mark.parametrize("content", FINE.values(), ids=FINE)
def test_unusual_but_valid_files_are_analysed(content: str | bytes) -> None:
    write(Path(), {"fine.py": content})
    before = Path("fine.py").read_bytes()
    troubles = [line for line in lines(".") if " ASL0" in line]
    assert troubles == []
    assert asynclint("fix", "--select", "ASL4", "fine.py").err == ""
    assert Path("fine.py").read_bytes() == before


@pytest.mark.usefixtures("planted")
def test_rows_and_columns_survive_encoding_and_newlines() -> None:
    write(
        Path(),
        {
            "latin.py": f"# coding: latin-1\r\n{HARMLESS}'é'; FAULT\r\n".encode("latin-1"),
            "marked.py": b"\xef\xbb\xbf" + f"'é🎉'; FAULT; {'async'!r}\r\n".encode(),
        },
    )
    assert [line.partition(" ")[0] for line in lines(".")] == ["latin.py:4:6:", "marked.py:1:7:"]


def test_warnings_about_analysed_code_stay_inside() -> None:
    write(Path(), {"x.py": f"{HARMLESS}x = '\\d'\nassert (1, 'always')\n"})
    command = [sys.executable, "-W", "always", "-m", "asynclint", "check", "x.py"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


class UnspeakableError(Exception):
    """As libcst's KeyError for a node of a deep tree."""

    def __str__(self) -> str:
        raise RecursionError


@pytest.mark.parametrize("terms", [50, 300])
def test_stack_that_runs_out_tells_of_the_code_only_if_that_is_deep(
    terms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        try:
            raise RecursionError
        finally:
            raise UnspeakableError

    monkeypatch.setattr(check, "check_source", fails)
    write(Path(), {"x.py": f"{HARMLESS}x = {' + '.join(['1'] * terms)}\n"})
    done = asynclint("check", "-q", "--output-format", "concise", ".")
    if terms == 300:
        assert (done.status, done.err) == (1, "")
        assert done.out == "x.py:3:1: ASL002 nested too deeply to be analysed\n"
    else:
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith("error: x.py: internal error ")
        assert "UnspeakableError" in done.err


def test_error_with_a_text_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("x" * 100_000)

    monkeypatch.setattr(check, "check_source", fails)
    write(Path(), {"x.py": HARMLESS})
    assert len(asynclint("check", ".").err) < 1000


def test_generated_file_of_20000_lines() -> None:
    body = "".join(
        f"async def step_{n}(x):\n    y = await step_{n}(x + {n})\n    return [y, {n}]\n\n\n"
        for n in range(4000)
    )
    write(Path(), {"generated.py": body})
    assert body.count("\n") == 20_000
    started = time.monotonic()
    assert lines(".") == []
    assert time.monotonic() - started < 60


def test_file_that_the_system_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path(), {"locked.py": HARMLESS, "open.py": HARMLESS})
    real = Path.read_bytes

    def refuses(path: Path) -> bytes:
        if path.name == "locked.py":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", refuses)
    message = "locked.py:1:1: ASL002 cannot be read: Permission denied"
    assert lines(".") == [message]
    assert lines("locked.py", "other.py") == [message]


def test_folder_that_the_system_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path(), {"a.py": "async def\n", "locked/x.py": "async def\n", "open/x.py": HARMLESS})
    real = os.scandir

    def refuses(path: str) -> object:
        if Path(path).name == "locked":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuses)
    assert lines(".") == [
        "a.py:1:10: ASL001 invalid syntax",
        "locked:1:1: ASL002 folder cannot be listed: Permission denied",
    ]


def test_things_that_only_look_like_files() -> None:
    write(Path(), {"folder.py/inner.py": "async def\n"})
    Path("dangling.py").symlink_to("nowhere.py")
    Path("itself.py").symlink_to("itself.py")
    os.mkfifo("pipe.py")
    assert lines(".") == [
        "dangling.py:1:1: ASL002 cannot be read: No such file or directory",
        "folder.py/inner.py:1:10: ASL001 invalid syntax",
        "itself.py:1:1: ASL002 cannot be read: Too many levels of symbolic links",
        "pipe.py:1:1: ASL002 is not a regular file",
    ]


def test_link_to_nothing_that_is_named() -> None:
    Path("dangling.py").symlink_to("nowhere.py")
    assert lines("dangling.py", "other.py") == [
        "dangling.py:1:1: ASL002 cannot be read: No such file or directory"
    ]


def test_loop_of_links_between_folders() -> None:
    write(Path(), {"a/b/x.py": "async def\n"})
    Path("a/b/up").symlink_to("../..", target_is_directory=True)
    Path("a/self").symlink_to("self")
    assert [line.partition(":")[0] for line in lines(".")] == ["a/b/x.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems want names that are text")
def test_names_that_are_no_text() -> None:
    Path(os.fsdecode(b"\xff.py")).write_text("async def\n", encoding="utf-8")
    Path("two\nlines.py").write_text("async def\n", encoding="utf-8")
    assert [line.partition(":")[0] for line in lines(".")] == ["two\\nlines.py", "\\udcff.py"]
    told = json.loads(asynclint("check", "--output-format", "json", ".").out)
    names = {Path(each["filename"]).name for each in told}
    assert names == {"two\nlines.py", "\udcff.py", "other.py"}
