"""Installed packages: where they are found, what their source tells, and what is left alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asynclint.engine.config import ConfigError, find_settings
from asynclint.engine.environment import editable_folders, site_folders
from asynclint.engine.run import Manner, check_paths
from asynclint.flow import file as flow_file
from front_ends import write

POSIX = "lib/python3.11/site-packages"
WINDOWS = "Lib/site-packages"

#: A library that nobody knows, as it could be installed.
PACKAGE = {
    "pigeon/__init__.py": """
        from ._client import Client, connect
        from ._api import *
        from . import errors
        from ._api import send as post
        default = Client()
        """,
    "pigeon/_api.py": """
        import asyncio
        __all__ = ["send", "load", "flock", "feathers", "waiting"]

        async def send(text):
            return text

        def load(path):
            return asyncio.run(send(path))

        def waiting(function):
            return function

        async def flock():
            yield 1

        def feathers():
            return 2
        """,
    "pigeon/_base.py": "class Base:\n    async def close(self): ...\n",
    "pigeon/_client.py": """
        from ._base import Base

        class Client(Base):
            async def fetch(self, url): ...
            def build(self): ...

        def connect() -> Client:
            return Client()
        """,
    "pigeon/errors.py": "async def report(): ...\n",
    "pigeon/plugins/post.py": "async def stamp(): ...\n",
    "owl.pyi": "async def hoot() -> None: ...\n",
    "raven-stubs/__init__.pyi": "from .sub import croak as croak\n",
    "raven-stubs/sub.pyi": "async def croak() -> None: ...\n",
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def dedent(text: str) -> str:
    """The text without the margin of its first line."""
    lines = text.strip("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] for line in lines).rstrip(" ")


def install(environment: str, files: dict[str, str], site: str = POSIX) -> Path:
    """Makes an environment with packages; the folder of these."""
    folder = Path(environment, site).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, {name: dedent(text) for name, text in files.items()})
    return folder


def findings(body: str, head: str = "import pigeon\n") -> list[tuple[int, str]]:
    """Rows of the body, from 1, and codes; `x` stands in an `async def`."""
    indented = "".join(f"    {line}\n" for line in body.split("\n"))
    write(Path(), {"main.py": f"import asyncio\n{head}\n\nasync def main():\n{indented}"})
    result = check_paths(["main.py"], find_settings(Path()), Manner(jobs=1))
    assert result.failures == []
    first = 5 + head.count("\n") - 1
    return [(finding.start.row - first, finding.code) for finding in result.findings]


# where packages are looked for --------------------------------------------------------------------


@pytest.mark.parametrize("site", [POSIX, WINDOWS, "lib/python3/dist-packages"])
def test_the_projects_own_environment(site: str) -> None:
    folder = install(".venv", {}, site)
    assert site_folders("", ".", {}) == (str(folder),)
    assert find_settings(Path()).site == (str(folder),)


def test_the_active_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    own, active = install(".venv", {}), install("active", {})
    environ = {"VIRTUAL_ENV": str(Path("active").absolute())}
    assert site_folders("", ".", environ) == (str(active),)
    monkeypatch.setenv("VIRTUAL_ENV", environ["VIRTUAL_ENV"])
    assert find_settings(Path()).site == (str(active),)
    monkeypatch.setenv("VIRTUAL_ENV", str(Path("gone").absolute()))
    assert find_settings(Path()).site == (str(own),)


def test_the_environment_of_a_hook_runner_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds the tool, not what the project needs; it counts where there is no other."""
    hook = install("hook", {})
    environ = {"VIRTUAL_ENV": str(Path("hook").absolute())}
    monkeypatch.setattr(sys, "prefix", environ["VIRTUAL_ENV"])
    assert site_folders("", ".", environ) == (str(hook),)
    own = install(".venv", {})
    assert site_folders("", ".", environ) == (str(own),)


@pytest.mark.parametrize(
    ("setting", "site"),
    [
        ("env", POSIX),
        ("env/bin/python", POSIX),
        ("env/bin/python3.11", POSIX),
        ("env/Scripts/python.exe", WINDOWS),
        ("env/python.exe", WINDOWS),
    ],
)
def test_the_setting(setting: str, site: str) -> None:
    """An environment's folder or an interpreter, relative to the project or absolute."""
    install(".venv", {})
    folder = install("env", {}, site)
    if setting != "env":
        write(Path(), {setting: ""})
    for value in (setting, str(Path(setting).absolute())):
        write(Path(), {"pyproject.toml": f"[tool.asynclint]\npython = '{value}'\n"})
        assert find_settings(Path()).site == (str(folder),)


def test_an_interpreter_that_is_a_link_is_that_of_its_environment() -> None:
    folder = install("env", {})
    write(Path(), {"usr/bin/python3.11": "", "env/bin/other": ""})
    install("usr", {})
    Path("env/bin/python").symlink_to(Path("usr/bin/python3.11").absolute())
    assert site_folders("env/bin/python", ".", {}) == (str(folder),)


def test_the_newest_python_of_an_environment() -> None:
    for version in ("3.9", "3.12", "3.10"):
        install("env", {}, f"lib/python{version}/site-packages")
    (found,) = site_folders("env", ".", {})
    assert "python3.12" in found


def test_no_environment() -> None:
    """A setting that names none is meant: others are not looked for."""
    install(".venv", {})
    assert site_folders("elsewhere", ".", {}) == ()
    Path(".venv").rename("venv")
    assert site_folders("", ".", {}) == ()


@pytest.mark.parametrize("value", ["3", "''", "['a']"])
def test_a_setting_of_the_wrong_type(value: str) -> None:
    write(Path(), {"pyproject.toml": f"[tool.asynclint]\npython = {value}\n"})
    with pytest.raises(ConfigError, match="python: must be a string"):
        find_settings(Path())


def test_packages_of_the_project_that_are_installed_from_their_folders() -> None:
    """As workspaces of several packages do it; what lies outside of the project is not its own."""
    here = Path.cwd()
    write(
        here,
        {"libs/core/src/core/__init__.py": "", "libs/core/src/core/api.py": PACKAGE["owl.pyi"]},
    )
    lines = ["import sys; sys.path.append('libs')", f"{here}/libs/core/src", "/tmp", "", "# /gone"]  # noqa: S108
    folder = install(".venv", {"_core.pth": "\n".join([*lines, f"{here}/gone"])})
    assert editable_folders((str(folder),), str(here)) == (str(here / "libs/core/src"),)
    assert findings("api.hoot()", "from core import api\n") == [(1, "ASL501")]


# what their source tells --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("import pigeon\n", "pigeon.send('x')"),
        ("import pigeon as p\n", "p.post('x')"),
        ("from pigeon import post\n", "post('x')"),
        ("from pigeon import *\n", "send('x')"),
        ("from pigeon._api import send\n", "send('x')"),
        ("import pigeon\n", "pigeon.errors.report()"),
        ("import pigeon.plugins.post\n", "pigeon.plugins.post.stamp()"),
        ("from pigeon import Client\n", "Client().fetch('x')"),
        ("from pigeon import Client\n", "client = Client()\nawait client.fetch(1)\nclient.close()"),
        ("from pigeon import connect\n", "connect().close()"),
        ("from pigeon import default\n", "default.fetch('x')"),
        ("import owl\n", "owl.hoot()"),
        ("from raven import croak\n", "croak()"),
        ("import raven.sub\n", "raven.sub.croak()"),
    ],
)
def test_coroutine_functions_of_a_library(head: str, body: str) -> None:
    rows = body.count("\n") + 1
    assert findings(body, head) == []
    install(".venv", PACKAGE)
    assert findings(body, head) == [(rows, "ASL501")]


def test_kinds() -> None:
    install(".venv", PACKAGE)
    assert findings("await pigeon.flock()") == [(1, "ASL202")]
    assert findings("async for x in pigeon.send('x'): print(x)") == [(1, "ASL204")]
    assert findings("pigeon.feathers()\npigeon.Client().build()\npigeon.connect()") == []
    job = "job = pigeon.send(1)\nawait job\nawait job"
    assert findings(job) == [(3, "ASL101")]


def test_the_body_of_a_library_function_is_not_looked_into() -> None:
    """What it does when it is called is for the facts to say; nothing of it is ever analysed."""
    install(".venv", PACKAGE)
    assert findings("pigeon.load('x')") == []
    assert findings("@pigeon.waiting\ndef f(): ...\nf()") == []


def test_no_library_is_parsed_as_the_program_is(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    make = flow_file.File.__init__

    def noting(self: flow_file.File, source: object, *given: object) -> None:
        parsed.append(str(getattr(source, "path", "")))
        make(self, source, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(flow_file.File, "__init__", noting)
    install(".venv", PACKAGE)
    body = "pigeon.load(1)\npigeon.send(2)\nx = pigeon.connect()\nx.fetch(3)\nprint(pigeon.flock)"
    assert findings(body) != []
    assert parsed == ["main.py"]


def test_the_facts_win_over_the_source() -> None:
    """Of `asyncio` as of others: here the package's own source says the contrary."""
    install(
        ".venv",
        {
            "anyio/__init__.py": """
                def sleep(delay): ...
                async def run(f): ...
                async def more(): ...
                """,
            "asyncio/__init__.py": "def sleep(delay): ...\n",
        },
    )
    head = "import anyio\n"
    assert findings("anyio.sleep(1)", head) == [(1, "ASL501")]
    assert findings("asyncio.sleep(1)", head) == [(1, "ASL501")]
    assert findings("anyio.run(main)", head) == [(1, "ASL303")]
    assert findings("anyio.more()", head) == [(1, "ASL501")]
    assert findings("sleep(1)", "from anyio import sleep\n") == [(1, "ASL501")]


def test_the_program_wins_over_libraries() -> None:
    install(".venv", PACKAGE)
    write(Path(), {"pigeon.py": "def send(text): ...\n"})
    assert findings("pigeon.send('x')") == []


def test_a_folder_that_shares_its_name_with_a_library_does_not_hide_it() -> None:
    write(Path(), {"anyio/notes.py": "def sleep(delay): ...\n"})
    assert findings("anyio.sleep(1)", "import anyio\n") == [(1, "ASL501")]
    assert findings("anyio.notes.sleep(1)", "import anyio.notes\n") == []


def test_libraries_that_cannot_be_read() -> None:
    install(".venv", {"pigeon/__init__.py": "from ._api import send\n", "pigeon/_api.py": "def ("})
    assert findings("pigeon.send('x')") == []
    install(".venv", {"pigeon/__init__.py": "def __getattr__(name): ...\n"})
    assert findings("pigeon.send('x')") == []


def test_names_that_a_library_binds_twice() -> None:
    """Both must agree, as in the program."""
    either = "try:\n    from ._fast import send\nexcept ImportError:\n    from ._api import send\n"
    files = {
        "pigeon/__init__.py": either,
        "pigeon/_api.py": PACKAGE["owl.pyi"].replace("hoot", "send"),
    }
    install(".venv", {**files, "pigeon/_fast.py": "def send(): ...\n"})
    assert findings("pigeon.send()") == []
    install(".venv", {**files, "pigeon/_fast.py": "async def send(): ...\n"})
    assert findings("pigeon.send()") == [(1, "ASL501")]


def test_files_of_an_environment_that_are_named_are_checked_as_any_other() -> None:
    folder = install(".venv", {"pigeon.py": "async def a(): ...\nasync def b():\n    a()\n"})
    result = check_paths([str(folder / "pigeon.py")], find_settings(Path()), Manner(jobs=1))
    assert [(f.start.row, f.code) for f in result.findings] == [(3, "ASL501")]
