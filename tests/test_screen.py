"""The screen in front of the analysis: it passes over much, and loses nothing."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest

from asynclint.engine.run import Manner, check_paths
from asynclint.engine.settings import Settings
from asynclint.engine.workspace import Workspace
from asynclint.findings import Finding
from asynclint.flow import file as flow_file
from asynclint.model.declared import Function
from asynclint.source.text import Source, read_source
from asynclint.visitor.parse import Tree, parse_function
from fixture_harness import fixture_folders
from front_ends import write
from test_order import SEEDS, made

ALONE = Manner(jobs=1)
FOLDERS = [path for path in fixture_folders() if not path.name.startswith("fixed_")]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(settings: Settings | None = None, path: str = ".") -> list[Finding]:
    """What a run reports."""
    result = check_paths([path], settings or Settings.defaults(path), ALONE)
    assert result.failures == []
    return result.findings


def found_without_screen(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, path: str = "."
) -> list[Finding]:
    """The same where every function of the program is analysed."""
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "gate", lambda _self, _source: True)
        patch.setattr(Workspace, "matters", lambda _self, f: not f.scope.module.library)
        patch.setattr(Workspace, "leads", lambda _self, f: not f.scope.module.library)
        patch.setattr(Workspace, "body_matters", lambda _self, _module: True)
        return found(settings, path)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_is_lost_in_the_fixtures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.defaults(str(folder))
    everything = found_without_screen(monkeypatch, settings, str(folder))
    assert found(settings, str(folder)) == everything


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_nothing_is_lost_in_programs_made_by_chance(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = made(seed)
    everything = found_without_screen(monkeypatch, settings)
    assert everything != []
    assert found(settings) == everything


# which files are looked at ------------------------------------------------------------------------

PLAIN = "import shop\n\nfor day in (1, 2):\n    print(shop.load(day))\n"
LOADER = """\
import asyncio

async def ask(day): ...

def load(day):
    return asyncio.run(ask(day))
"""


def passes(files: dict[str, str]) -> bool:
    """Whether `main.py`, without any word of async code, is looked at in a program."""
    write(Path(), files)
    return Workspace(Settings.defaults()).gate(read_source("main.py"))


@pytest.mark.parametrize(
    ("main", "package"),
    [
        ("import shop\n", {"shop.py": LOADER}),
        ("from shop import load\n", {"shop/__init__.py": LOADER}),
        ("from shop import web\n", {"shop/__init__.py": "", "shop/web.py": LOADER}),
        ("from shop import (\n    a,  # first\n    web as w,\n)\n", {"shop/web.py": LOADER}),
        ("from shop import \\\n    load\n", {"shop.py": LOADER}),
        ("import os, \\\n    shop.web as web\n", {"shop/web.py": LOADER}),
        ("from shop import *\n", {"shop.py": LOADER}),
        ("def f():\n    import shop\n", {"shop.py": LOADER}),
        ("import shop\n", {"shop/__init__.py": "from .web import load\n", "shop/web.py": LOADER}),
        (
            "from shop import fetch\n",
            {
                "shop/__init__.py": "from .a import get as fetch\n",
                "shop/a.py": "from shop.b import *\n",
                "shop/b.py": "from . import c\nfrom .c import load as get\n",
                "shop/c.py": LOADER,
            },
        ),
        (
            "from shop import one\n",
            {
                "shop/__init__.py": "from .a import one\n",
                "shop/a.py": "from .b import one, two\n",
                "shop/b.py": "from .a import two\nfrom .web import load as one\n",
                "shop/web.py": LOADER,
            },
        ),
    ],
)
def test_files_are_looked_at_for_the_sake_of_what_they_import(
    main: str, package: dict[str, str]
) -> None:
    assert passes({"main.py": main, **package})


@pytest.mark.parametrize(
    ("main", "package"),
    [
        ("import os\n", {"shop.py": LOADER}),
        ("from shop import plain\n", {"shop/__init__.py": "", "shop/web.py": LOADER}),
        (
            "from shop import name\n",
            {
                "shop/__init__.py": "from .web import load\nfrom .names import name\n",
                "shop/names.py": "name = 'shop'\n",
                "shop/web.py": LOADER,
            },
        ),
        ("import shop\n", {"shop.py": "import main\n"}),
        ("from shop import a\n", {"shop.py": "from main import a\n"}),
    ],
)
def test_other_files_are_passed_over(main: str, package: dict[str, str]) -> None:
    assert not passes({"main.py": main, **package})


def test_what_comes_through_a_package_is_found() -> None:
    write(
        Path(),
        {
            "main.py": PLAIN,
            "shop/__init__.py": "from .a import load\n",
            "shop/a.py": "from .web import load\n",
            "shop/web.py": LOADER,
        },
    )
    assert [(f.path, f.start.row, f.code) for f in found()] == [("main.py", 4, "ASL402")]


# which functions are parsed -----------------------------------------------------------------------


def test_functions_that_cannot_matter_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def noting(source: Source, function: Function) -> tuple[Tree, cst.FunctionDef]:
        parsed.append(function.name)
        return parse_function(source, function)

    monkeypatch.setattr(flow_file, "parse_function", noting)
    write(
        Path(),
        {
            "main.py": "from shop import ask, load\n\ndef tell(day):\n    print(load(day))\n\n"
            "def name(day):\n    return str(day)\n\nasync def ring():\n    tell(1)\n\n"
            "async def look(day):\n    return name(await ask(day))\n",
            "shop.py": LOADER + "\ndef other():\n    return 3\n",
        },
    )
    assert [finding.code for finding in found()] == ["ASL302"]
    assert sorted(set(parsed)) == ["load", "ring", "tell"]
