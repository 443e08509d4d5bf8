"""Nothing of the analysed code is run, and nothing in it makes the tool harm or hang itself."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import asynclint as package
from asynclint.engine.config import ConfigError, find_settings
from front_ends import asynclint, deep_folder, write

ROOT = Path(__file__).parents[1]
SCRIPT = Path(sys.executable).with_name("asynclint")
#: Leaves a mark when it is imported or run.
TRAP = (
    "from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\nasync def go(): pass\n"
)
FORGETS = (
    "import helpers\nimport libcst, click\nfrom pkg import mod\n\n\n"
    "async def main():\n    helpers.go()\n"
)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def marks() -> list[str]:
    """The modules that have been run."""
    return sorted(path.relative_to(Path.cwd()).as_posix() for path in Path.cwd().rglob("*.ran"))


def process(*command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in the current folder."""
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


TRAPS = [
    "helpers.py", "pkg/__init__.py", "pkg/mod.py", "conftest.py", "setup.py", "sitecustomize.py",
    "libcst.py", "click.py", "pathspec.py", "tomli.py", "tomllib.py", "ast.py", "asyncio.py",
    "concurrent/__init__.py", "concurrent/futures.py", "logging.py", "json.py", "dataclasses.py",
    "libcst/__init__.py", "asynclint_rules.py",
]  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [[str(SCRIPT)], [sys.executable, "-m", "asynclint"], [sys.executable, "-m", "asynclint", "-j"]],
    ids=["script", "module", "processes"],
)
def test_nothing_of_the_analysed_code_is_imported(command: list[str]) -> None:
    jobs = ["--jobs", "2"] if command[-1] == "-j" else []
    command = [each for each in command if each != "-j"]
    if not Path(command[0]).exists():
        pytest.skip("the console script is not installed")
    write(Path(), {**dict.fromkeys(TRAPS, TRAP), "main.py": FORGETS})
    done = process(*command, "check", *jobs, "--output-format", "concise", ".")
    assert (done.returncode, done.stderr) == (1, "")
    assert "main.py:7:5: ASL501" in done.stdout
    done = process(*command, "fix", *jobs, "--unsafe-fixes", ".")
    assert done.returncode == 0
    assert "await helpers.go()" in Path("main.py").read_text()
    assert marks() == []


def test_the_traps_work() -> None:
    """Otherwise the test above would prove nothing."""
    write(Path(), dict.fromkeys(TRAPS, TRAP))
    done = process(sys.executable, "-c", "import helpers, pkg.mod")
    assert done.returncode == 0, done.stderr
    assert {"helpers.ran", "pkg/__init__.ran", "pkg/mod.ran"} <= set(marks())


def test_a_package_of_the_same_name_is_no_plugin() -> None:
    write(Path(), dict.fromkeys(["asynclint/__init__.py", "asynclint/rules/evil.py"], TRAP))
    done = process(str(SCRIPT), "check", "--output-format", "concise", ".")
    if not SCRIPT.exists():
        pytest.skip("the console script is not installed")
    assert (done.returncode, marks()) == (0, [])


def test_the_environment_that_the_configuration_names_is_only_read() -> None:
    site = "env/lib/python3.11/site-packages"
    write(
        Path(),
        {
            "pyproject.toml": "[tool.asynclint]\npython = 'env/bin/python'\nsrc = ['lib']\n",
            "env/bin/python": "#!/bin/sh\ntouch run.ran\n",
            f"{site}/helpers.py": TRAP,
            f"{site}/evil.pth": "import helpers\n",
            f"{site}/sitecustomize.py": TRAP,
            "lib/other.py": TRAP,
            "main.py": (
                "import helpers, other\n\n\nasync def main():\n    helpers.go()\n    other.go()\n"
            ),
        },
    )
    Path("env/bin/python").chmod(0o755)
    done = process(sys.executable, "-m", "asynclint", "check", "-q", "--output-format", "concise")
    assert [line.split(":")[:2] for line in done.stdout.splitlines()] == [
        ["main.py", "5"],
        ["main.py", "6"],
    ]
    assert marks() == []


@pytest.mark.parametrize("key", ["plugins", "load-plugins", "extend", "rules", "formatter", "hook"])
def test_no_key_of_the_configuration_loads_anything(key: str) -> None:
    write(Path(), {"pyproject.toml": f"[tool.asynclint]\n{key} = ['evil']\n", "evil.py": TRAP})
    done = process(sys.executable, "-m", "asynclint", "check", ".")
    assert done.returncode == 2
    assert f"unknown key '{key}'" in done.stderr
    assert marks() == []


def test_no_configuration_names_a_file_to_write() -> None:
    write(
        Path(),
        {
            "out/far.py": "async def go():\n    return 1\n\n\nasync def main():\n    go()\n",
            "in/pyproject.toml": "[tool.asynclint]\nsrc = ['../out']\nexclude = ['!../out/**']\n",
            "in/near.py": "import far\n\n\nasync def main():\n    far.go()\n",
        },
    )
    before = Path("out/far.py").read_bytes()
    assert asynclint("fix", "--unsafe-fixes", "in").status == 0
    assert "await far.go()" in Path("in/near.py").read_text()
    assert Path("out/far.py").read_bytes() == before
    assert sorted(path.name for path in Path().rglob("*.py")) == ["far.py", "near.py"]


# --- input that could take for ever ------------------------------------------------------------


Pattern = re.Pattern[str] | re.Pattern[bytes]


def patterns() -> Iterator[tuple[str, Pattern, bool]]:
    """The regular expressions of all modules, and whether each is looked for within a text."""
    for module in pkgutil.walk_packages(package.__path__, "asynclint."):
        if module.name == "asynclint.__main__":
            continue
        loaded = importlib.import_module(module.name)
        source = Path(loaded.__file__ or "").read_text(encoding="utf-8")
        for name, value in vars(loaded).items():
            if isinstance(value, re.Pattern):
                ways = set(re.findall(rf"\b{name}\.(\w+)", source))
                yield f"{module.name}.{name}", value, not ways <= {"match", "fullmatch"}


LENGTH = 10_000
PIECES = (
    " ", "\t", "\n", "a", "A1", "0", "(", "[", "#", ",", "'", "\\", "=", "-", "*", "class a(",
    "class a:\n", "# noqa: ", "# noqa:A1,", "coding:", "a as ", "async ", "a.b.", ") ", "f'{a",
)  # fmt: skip
STARTS = ("", "#", "class ", "# noqa:", "async def ", "\n", "[", "'")


def test_no_regular_expression_blows_up() -> None:
    """Of time that grows with the square of a text, 10,000 characters take seconds."""
    known = list(patterns())
    assert len(known) > 15
    texts = [start + piece * (LENGTH // len(piece)) + "!" for start in STARTS for piece in PIECES]
    slow: list[str] = []
    for name, pattern, within in known:
        for text in texts:
            began = time.process_time()
            _apply(pattern, text, within=within)
            if time.process_time() - began > 0.3:
                slow.append(f"{name}: {text[:20]!r}")
    assert slow == []


def test_a_regular_expression_that_blows_up_is_seen() -> None:
    began = time.process_time()
    _apply(re.compile(r"\s+$"), "a" + " " * LENGTH + "!", within=True)
    assert time.process_time() - began > 0.1


def _apply(pattern: Pattern, text: str, *, within: bool) -> None:
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    if within:
        for _ in pattern.finditer(given):  # type: ignore[arg-type]
            pass
    else:
        pattern.match(given)  # type: ignore[arg-type]


HOSTILE = {
    "noqa": "x = go()  # noqa: " + "A1" * 50_000,
    "noqa and blanks": "x = go()  # noqa:" + " " * 100_000 + "!",
    "blanks": "x = 1" + " " * 100_000,
    "open heads": "class A(\n" * 5_000,
    "long name": f"class {'a' * 100_000}: pass",
    "cookie": f"#{'coding:' * 20_000}",
    "codec of host names": "# coding: punycode\n" + "zz9a" * 50_000,
    "codec that spells nothing": f"# coding: {'.' * 50_000}",
    "strings": "x = '' " * 20_000,
    "semicolons": "go();" * 5_000,
    "annotation": f"x: '{'list[' * 5_000}' = 1",
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_hostile_lines_come_to_an_end(line: str) -> None:
    write(Path(), {"a.py": f"{line}\nasync def go(): pass\nclass B: pass\n", "b.py": "import a\n"})
    began = time.process_time()
    done = asynclint("check", "a.py", "b.py")
    assert done.status in (0, 1), done.err
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a*a*a*a*b", "has more than 3 `*` in one name"),
        ("**/a/**/a/**/b", "has more than 2 `**/`"),
        ("\\", "is no pattern as in .gitignore"),
        ("!" + "*x" * 30, "has more than 3 `*` in one name"),
    ],
)
def test_patterns_that_could_take_for_ever_are_refused(pattern: str, reason: str) -> None:
    for text in (
        f"[tool.asynclint]\nexclude = ['{pattern}']\n",
        f"[tool.asynclint.per-file-ignores]\n'{pattern}' = ['ASL1']\n",
    ):
        write(Path(), {"pyproject.toml": text})
        with pytest.raises(ConfigError, match=re.escape(reason)) as caught:
            find_settings(Path.cwd())
        assert caught.value.row == 2


def test_patterns_that_are_taken_come_to_an_end() -> None:
    taken = ["a*a*a*b", "*a*a*b/**", "**/a/**/b", "**/a*a*a*b/**/a*a*a*b"]
    write(Path(), {"pyproject.toml": f"[tool.asynclint]\nexclude = {taken}\n"})
    write(Path(), {f"{'a/' * 200}{'a' * 200}.py": "x = 1\n"})
    began = time.process_time()
    assert asynclint("check", ".").status == 0
    assert time.process_time() - began < 5


@pytest.mark.parametrize("text", [f"x = {'1' * 5000}", f"x = {'[' * 5000}", "x = 9999-99-99", "\0"])
def test_configuration_that_no_parser_likes(text: str) -> None:
    write(Path(), {"pyproject.toml": f"[tool.asynclint]\n{text}\n", "x.py": ""})
    done = asynclint("check", ".")
    assert done.status == 2
    assert done.err.startswith("Error: pyproject.toml:") or "not valid TOML" in done.err


def test_folders_without_end() -> None:
    with deep_folder("x.py", "async def\n"):
        done = asynclint("check", "-q", "--output-format", "concise", ".")
    assert done.status == 1
    assert "/x.py:1:10: ASL001 invalid syntax" in done.out
