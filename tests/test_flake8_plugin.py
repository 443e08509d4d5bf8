"""The plugin inside flake8: the same findings, in flake8's own terms."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flake8.exceptions import ExecutionError  # type: ignore[import-untyped]

from asynclint.engine import check, workspace
from asynclint.flake8_plugin import Plugin
from asynclint.source.text import Source
from front_ends import HARMLESS, asynclint, flake8_options, planted, write

__all__ = ["planted"]

EXAMPLES = Path(__file__).parents[1] / "examples"
LINE = re.compile(r"(.+?):(\d+):(\d+): (ASL\d{3}) (.*)")
NEVER_AWAITED = "async def work():\n    pass\n\n\nasync def main():\n    work(){comment}\n"


@pytest.fixture(autouse=True)
def _forget_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plugin, "settings", None)
    monkeypatch.setattr(Plugin, "around", None)
    monkeypatch.setattr(Plugin, "ahead", None)
    monkeypatch.setattr(Plugin, "is_shown", True)


def flake8(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs flake8 in a process of its own; no configuration but what is given."""
    command = [sys.executable, "-m", "flake8", "--select", "ASL", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=300)


def told(out: bytes) -> list[tuple[str, int, int, str]]:
    """Path, row, column and code of each line."""
    matches = [LINE.fullmatch(line) for line in out.decode().splitlines()]
    return sorted((Path(m[1]).as_posix(), int(m[2]), int(m[3]), m[4]) for m in matches if m)


def run(text: str, name: str = "x.py") -> list[tuple[int, int, str]]:
    """What the plugin yields for a text, in this process."""
    plugin = Plugin(ast.parse(text), name, text.splitlines(keepends=True))
    return [(row, column, message) for row, column, message, _ in plugin.run()]


def test_findings_are_those_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES)
    ours = asynclint("check", "--isolated", "--output-format", "json", ".")
    wanted = sorted(
        (
            Path(each["filename"]).relative_to(EXAMPLES).as_posix(),
            each["location"]["row"],
            each["location"]["column"],
            each["code"],
        )
        for each in json.loads(ours.out)
        if each["code"] != "ASL001"  # flake8 has E999 for a file that does not parse
    )
    done = flake8("--isolated", ".")
    assert told(done.stdout) == wanted, done.stderr
    assert len(wanted) > 4


def test_flake8_lists_the_plugin() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--version"], capture_output=True, check=True, timeout=60
    )
    assert b"asynclint: " in done.stdout


def test_flake8_decides_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plain = NEVER_AWAITED.format(comment="")
    write(
        Path(),
        {
            "plain.py": plain,
            "hidden.py": NEVER_AWAITED.format(comment="  # noqa: ASL5"),
            "all.py": f"# flake8: noqa\n{plain}",
            "quiet/x.py": plain,
        },
    )
    setup = "[flake8]\nper-file-ignores =\n    quiet/*: ASL501\n"
    write(Path(), {".flake8": setup})
    row = ("plain.py", 6, 5, "ASL501")
    assert told(flake8().stdout) == [row]
    assert [each[0] for each in told(flake8("--disable-noqa").stdout)] == [
        "all.py",
        "hidden.py",
        "plain.py",
    ]
    assert told(flake8("--ignore", "ASL5").stdout) == []
    assert told(flake8("--select", "ASL1").stdout) == []
    for option in ("--select=ASL501", "--extend-select=ASL501", "--jobs=2"):
        assert told(flake8(option).stdout) == [row]


def test_standard_input_is_called_what_the_editor_says(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(b"saved = '\xe9'\n")
    data = ("# é\r\n" + NEVER_AWAITED.format(comment="").replace("\n", "\r\n")).encode()
    done = flake8("--stdin-display-name", str(file), "-", stdin=data)
    assert told(done.stdout) == [(file.as_posix(), 7, 5, "ASL501")]
    assert done.stderr == b""


def test_file_that_flake8_reads_as_latin_1_is_reported_as_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = NEVER_AWAITED.format(comment="").encode()
    write(
        Path(),
        {
            "bytes.py": text + b"# \xe9\r\n",
            "codec.py": b"# coding: no-such-codec\n" + text,
            "latin.py": b"# coding: latin-1\n" + text + b"# \xe9\n",
            "marked.py": b"\xef\xbb\xbf" + text + "# é日\n".encode(),
        },
    )
    ours = asynclint("check", "--isolated", "-q", "--output-format", "concise", ".")
    assert told(flake8(".").stdout) == told(ours.raw)
    assert [code for *_, code in told(ours.raw)] == ["ASL002", "ASL002", "ASL501", "ASL501"]


@pytest.mark.usefixtures("planted")
def test_message_names_the_last_step() -> None:
    assert run(f"{HARMLESS}é = FAULT\n") == [
        (3, 4, "ASL101 `FAULT` is planted [line 1: the file begins here]")
    ]


@pytest.mark.usefixtures("planted")
def test_rule_that_is_off_needs_its_full_code() -> None:
    text = f"{HARMLESS}OFF = FAULT\n"

    def codes(select: list[str] | None, extend: list[str] | None) -> list[str]:
        Plugin.parse_options(flake8_options(select=select, extend_select=extend))
        return [message[:6] for _, _, message in run(text)]

    assert [message[:6] for _, _, message in run(text)] == ["ASL101"]
    assert (
        codes(None, None) == codes(["ASL"], None) == codes(["E", "ASL2"], ["ASL20"]) == ["ASL101"]
    )
    assert codes(["ASL202"], None) == codes(None, ["ASL202"]) == ["ASL202", "ASL101"]


def test_target_version_comes_from_flake8() -> None:
    options = flake8_options(asynclint_target_version="3.12")
    Plugin.parse_options(options)
    assert Plugin.settings is not None
    assert Plugin.settings.target_version == (3, 12)
    options.asynclint_target_version = "2.7"
    with pytest.raises(ExecutionError, match=r"'2\.7' is no Python version"):
        Plugin.parse_options(options)


def test_target_version_in_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "setup.cfg"
    config.write_text("[flake8]\nasynclint-target-version = py27\n", encoding="utf-8")
    done = flake8("--config", str(config), "-", stdin=b"")
    assert b"'py27' is no Python version" in done.stdout + done.stderr
    config.write_text("[flake8]\nasynclint-target-version = py312\n", encoding="utf-8")
    assert flake8("--config", str(config), "-", stdin=b"").returncode == 0


def test_internal_error_becomes_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise KeyError("lost\nand found")

    monkeypatch.setattr(check, "check_source", fails)
    ((row, column, message),) = run(HARMLESS)
    assert (row, column) == (1, 0)
    assert message.startswith("ASL003 internal error KeyError: ")
    assert message.isprintable()


def test_files_without_async_code_are_not_analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(check, "check_source", fails)
    assert run("def f():\n    return 1\n") == []


def test_files_share_the_program_and_a_new_round_sees_what_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    user = "from rates import load\n\nload()\n"
    write(tmp_path, {"rates.py": "async def load():\n    pass\n", "a.py": user, "b.py": user})
    read: list[str] = []
    parse = workspace.parse_imported

    def parse_imported(source: Source) -> ast.Module | None:
        read.append(source.path)
        return parse(source)

    monkeypatch.setattr(workspace, "parse_imported", parse_imported)
    assert [len(run(user, name)) for name in ("a.py", "b.py")] == [1, 1]
    assert read.count("rates.py") == 1
    write(tmp_path, {"rates.py": "def load():\n    pass\n"})
    assert run(user, "a.py") == []
