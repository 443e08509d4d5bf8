"""Where modules are found, what is made of broken ones, and that nothing is ever imported."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclint.engine.run import Manner, check_paths
from asynclint.engine.settings import Settings
from asynclint.engine.workspace import Workspace, parse_imported
from asynclint.findings import Finding
from asynclint.model.declared import Import, Module
from asynclint.model.files import LARGEST
from asynclint.model.finder import Finder, Roots
from asynclint.model.project import Project
from asynclint.source.text import read_source
from front_ends import write

ALONE = Manner(jobs=1)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def tree(*files: str) -> None:
    """Makes files that hold nothing."""
    write(Path(), dict.fromkeys(files, ""))


def found(dotted: str, importer: str, **roots: tuple[str, ...]) -> str | None:
    """Where a module is found by a file, relative to the project's folder."""
    here = Path.cwd()
    absolute = {key: tuple(str(here / each) for each in value) for key, value in roots.items()}
    path = Finder(Roots(str(here), **absolute)).find(dotted, str(here / importer))
    return path and Path(path).relative_to(here).as_posix()


def near(written: str, importer: str) -> str | None:
    """Where a relative import leads."""
    here = Path.cwd()
    path = Finder(Roots(str(here))).near(written, str(here / importer))
    return path and Path(path).relative_to(here).as_posix()


# absolute imports ---------------------------------------------------------------------------------


def test_a_script_finds_what_lies_beside_it() -> None:
    tree("app.py", "rates.py", "shop/__init__.py", "shop/stock.py")
    assert found("rates", "app.py") == "rates.py"
    assert found("shop", "app.py") == "shop/__init__.py"
    assert found("shop.stock", "app.py") == "shop/stock.py"
    assert found("shop.prices", "app.py") is None
    assert found("shop.stock.prices", "app.py") is None
    assert found("requests", "app.py") is None


def test_a_package_is_seen_from_the_folder_above_it() -> None:
    """A module of a package does not find its neighbours by their bare names."""
    tree("shop/__init__.py", "shop/a/__init__.py", "shop/a/one.py", "shop/two.py", "three.py")
    assert found("shop.two", "shop/a/one.py") == "shop/two.py"
    assert found("three", "shop/a/one.py") == "three.py"
    assert found("two", "shop/a/one.py") is None


@pytest.mark.parametrize(
    "importer", ["tests/unit/test_app.py", "main.py", "src/app/core.py", "scripts/run.py"]
)
def test_src_layout(importer: str) -> None:
    tree("src/app/__init__.py", "src/app/core.py", "src/helper.py", importer)
    assert found("app.core", importer) == "src/app/core.py"
    assert found("helper", importer) == "src/helper.py"


@pytest.mark.parametrize("importer", ["tests/test_app.py", "tests/__init__.py", "app/core.py"])
def test_flat_layout(importer: str) -> None:
    tree("app/__init__.py", "app/core.py", "tests/conftest.py", importer)
    assert found("app.core", importer) == "app/core.py"


def test_several_projects_in_one_repository() -> None:
    tree("api/src/api/__init__.py", "api/tests/test_api.py", "jobs/jobs/core.py", "jobs/run.py")
    tree("jobs/jobs/__init__.py")
    assert found("api", "api/tests/test_api.py") == "api/src/api/__init__.py"
    assert found("jobs", "jobs/run.py") == "jobs/jobs/__init__.py"
    assert found("jobs.core", "api/tests/test_api.py") is None


def test_folders_that_the_configuration_names() -> None:
    tree("lib/tools/__init__.py", "main.py", "vendored/pumps.py")
    assert found("tools", "main.py") is None
    assert found("tools", "main.py", src=("lib",)) == "lib/tools/__init__.py"
    assert found("pumps", "main.py", src=("lib", "vendored")) == "vendored/pumps.py"


def test_programs_side_by_side_do_not_mix() -> None:
    """Each finds its own module first; what only the other one has is not found at all."""
    tree("a/main.py", "a/rates.py", "b/main.py", "b/rates.py", "b/extra.py", "rates.py")
    everywhere = (".", "src")
    assert found("rates", "a/main.py", src=everywhere) == "a/rates.py"
    assert found("rates", "b/main.py", src=everywhere) == "b/rates.py"
    assert found("extra", "a/main.py", src=everywhere) is None


def test_a_file_outside_of_the_project_sees_nothing_of_it(tmp_path: Path) -> None:
    tree("inside/rates.py", "outside/app.py")
    finder = Finder(Roots(str(tmp_path / "inside"), (str(tmp_path / "inside"),)))
    assert finder.find("rates", str(tmp_path / "outside" / "app.py")) is None


def test_a_package_outside_of_the_project_is_seen_as_a_whole(tmp_path: Path) -> None:
    tree(
        "project/app.py", "shop/__init__.py", "shop/plan/walker.py", "shop/sync/list.py", "rates.py"
    )
    finder = Finder(Roots(str(tmp_path / "project")))
    importer = str(tmp_path / "shop/sync/list.py")
    assert finder.find("shop.plan.walker", importer) == str(tmp_path / "shop/plan/walker.py")
    assert finder.find("rates", str(tmp_path / "else" / "app.py")) is None


def test_nothing_above_the_project_is_found(tmp_path: Path) -> None:
    tree("rates.py", "project/app.py")
    finder = Finder(Roots(str(tmp_path / "project")))
    assert finder.find("rates", str(tmp_path / "project" / "app.py")) is None


def test_source_is_preferred_to_stubs() -> None:
    tree("app.py", "both.py", "both.pyi", "stub.pyi", "pack/__init__.pyi", "pack/__init__.py")
    assert found("both", "app.py") == "both.py"
    assert found("stub", "app.py") == "stub.pyi"
    assert found("pack", "app.py") == "pack/__init__.py"


def test_a_package_is_preferred_to_a_module_of_its_name() -> None:
    """As `FileFinder.find_spec` has it (library reference, importlib)."""
    tree("app.py", "shop/__init__.py", "shop.py")
    assert found("shop", "app.py") == "shop/__init__.py"


# namespace packages -------------------------------------------------------------------------------


def test_namespace_packages() -> None:
    tree("app.py", "plugins/one.py", "plugins/deep/er/two.py", "docs/index.md")
    assert found("plugins", "app.py") == "plugins"
    assert found("plugins.one", "app.py") == "plugins/one.py"
    assert found("plugins.deep", "app.py") == "plugins/deep"
    assert found("plugins.deep.er.two", "app.py") == "plugins/deep/er/two.py"
    assert found("docs", "app.py") is None


def test_a_regular_package_anywhere_is_preferred_to_a_folder() -> None:
    """Language reference, 5.4: a namespace package only if no other is found on the path."""
    tree("tests/app/test_one.py", "tests/test_two.py", "src/app/__init__.py", "tests/redis/a.py")
    assert found("app", "tests/test_two.py") == "src/app/__init__.py"
    tree("site/redis/__init__.py")
    assert found("redis", "tests/test_two.py", site=("site",)) == "site/redis/__init__.py"
    assert found("redis", "tests/test_two.py") == "tests/redis"


def test_a_namespace_package_in_several_folders() -> None:
    write(
        Path(),
        {
            "app.py": "import space.one, space.two\nfrom space import two\n",
            "space/one.py": "async def first(): ...\n",
            "src/space/two.py": "async def second(): ...\n",
            "src/space/deep/three.py": "",
        },
    )
    project, app = loaded("app.py")
    space = project.imported(Import("space"), app)
    assert space is not None
    assert space.name == "space"
    one, two = project.submodule(space, "one"), project.submodule(space, "two")
    assert one is project.at(str(Path("space/one.py").absolute()))
    assert two is project.at(str(Path("src/space/two.py").absolute()))
    deep = project.submodule(space, "deep")
    assert deep is not None
    three = project.at(str(Path("src/space/deep/three.py").absolute()))
    assert three is not None
    assert project.submodule(deep, "three") is three
    assert project.submodule(space, "four") is None


# standard library ---------------------------------------------------------------------------------


def test_files_named_like_standard_modules() -> None:
    """`sys.path` begins with the program's folder; a module inside a package is not on it."""
    tree("app.py", "sched.py", "shop/__init__.py", "shop/queue.py", "shop/cart.py", "os.py")
    assert found("sched", "app.py") == "sched.py"
    assert found("asyncio", "app.py") is None
    assert found("queue", "shop/cart.py") is None
    assert found("os", "app.py") is None, "is loaded before the program"
    assert found("sys", "app.py") is None


def test_folders_named_like_standard_modules_hide_nothing() -> None:
    tree("app.py", "asyncio/echo.py", "src/sched.py")
    assert found("asyncio", "app.py") is None
    assert found("asyncio.echo", "app.py") is None
    assert found("sched", "app.py") is None, "the standard library stands before that folder"


# relative imports ---------------------------------------------------------------------------------


def test_relative_imports() -> None:
    tree("a/__init__.py", "a/b/__init__.py", "a/b/c.py", "a/b/d.py", "a/e.py", "a/n/f.py")
    assert near(".d", "a/b/c.py") == "a/b/d.py"
    assert near(".", "a/b/c.py") == "a/b/__init__.py"
    assert near("..", "a/b/c.py") == "a/__init__.py"
    assert near("..e", "a/b/c.py") == "a/e.py"
    assert near("..b.d", "a/b/c.py") == "a/b/d.py"
    assert near("..n", "a/b/c.py") == "a/n"
    assert near("..n.f", "a/b/c.py") == "a/n/f.py"
    assert near(".x", "a/b/c.py") is None
    assert near(".d", "a/b/__init__.py") == "a/b/d.py"


def test_names_of_modules() -> None:
    tree("src/a/__init__.py", "src/a/b/__init__.py", "src/a/b/c.py", "run.py", "n/m.py")
    tree("site/lib-stubs/__init__.pyi", "site/lib-stubs/x.pyi")
    finder = Finder(Roots(str(Path.cwd())))
    names = {
        "src/a/b/c.py": "a.b.c",
        "src/a/b/__init__.py": "a.b",
        "run.py": "run",
        "n/m.py": "m",
        "site/lib-stubs/x.pyi": "lib.x",
    }
    assert {p: finder.name(str(Path(p).absolute())) for p in names} == names


# broken modules -----------------------------------------------------------------------------------


def loaded(path: str, roots: Roots | None = None) -> tuple[Project, Module]:
    """A project, and the module of a file in it that is analysed."""
    project = Project(Finder(roots or Roots(str(Path.cwd()))), parse_imported)
    source = read_source(path)
    return project, project.add(source, ast.parse(source.text))


def findings(*paths: str) -> list[tuple[str, int, str]]:
    """What a run reports; nothing may fail in it."""
    result = check_paths(paths or (".",), Settings.defaults(), ALONE)
    assert result.failures == []
    return [(Path(f.path).as_posix(), f.start.row, f.code) for f in result.findings]


CALLER = """\
import asyncio
import rates


async def main():
    rates.load()


asyncio.run(main())
"""
LOADER = "async def load():\n    return 1\n"
DEEP = f"x = {'-' * 1500}1\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"def load(:\n", "ASL001"),
        (b"async def load():\n\treturn 1\n        return 2\n", "ASL001"),
        (b"# -*- coding: utf-8 -*-\nname = '\xff'\n", "ASL002"),
        (b"# -*- coding: klingon -*-\n", "ASL002"),
        (b"async def load(): ...\n\0", "ASL002"),
        (DEEP.encode() + LOADER.encode(), "ASL002"),
    ],
    ids=["syntax", "indentation", "bytes", "codec", "null", "deep"],
)
def test_broken_modules_are_as_good_as_not_there(data: bytes, code: str) -> None:
    """They are told of when they are analysed themselves; who imports them knows nothing."""
    write(Path(), {"main.py": CALLER, "rates.py": ""})
    Path("rates.py").write_bytes(data)
    project, main = loaded("main.py")
    assert project.imported(Import("rates"), main) is None
    assert findings("main.py") == []
    assert [found for *_, found in findings("main.py", "rates.py")] == [code]


def test_the_same_module_unbroken() -> None:
    """Without this, the silence above could come from anywhere."""
    write(Path(), {"main.py": CALLER, "rates.py": LOADER})
    assert findings("main.py") == [("main.py", 6, "ASL501")]


def test_unreadable_modules() -> None:
    """A folder, a dangling link, a pipe, a link that leads to itself, data that is no code."""
    write(Path(), {"main.py": CALLER})
    for make in (
        Path.mkdir,
        lambda path: path.symlink_to("nowhere.py"),
        os.mkfifo,
        lambda path: path.symlink_to("rates.py"),
        lambda path: path.write_bytes(b"\n" * (LARGEST + 1) + LOADER.encode()),
    ):
        path = Path("rates.py")
        make(path)
        project, main = loaded("main.py")
        assert project.imported(Import("rates"), main) is None
        assert findings("main.py") == []
        path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_modules_that_may_not_be_read() -> None:
    write(Path(), {"main.py": CALLER, "rates.py": LOADER})
    Path("rates.py").chmod(0)
    assert findings("main.py") == []


def test_folders_that_contain_themselves() -> None:
    write(Path(), {"main.py": CALLER, "rates.py": LOADER, "a/__init__.py": "", "a/b.py": ""})
    Path("a/a").symlink_to("../a", target_is_directory=True)
    Path("loop").symlink_to(".", target_is_directory=True)
    assert found("a.a.a.b", "main.py") == "a/a/a/b.py"
    assert findings() == [("main.py", 6, "ASL501")]


def test_a_link_to_a_folder_of_modules() -> None:
    write(Path(), {"main.py": CALLER, "elsewhere/rates/__init__.py": LOADER})
    Path("rates").symlink_to("elsewhere/rates", target_is_directory=True)
    assert findings("main.py") == [("main.py", 6, "ASL501")]


def test_an_analysed_file_is_seen_by_others_as_if_it_were_not() -> None:
    """So it does not matter which comes first: one too large to be read for others' sake."""
    caller = "\n\nasync def main():\n    load()\n"
    large = f"{LOADER}{caller}# {'x' * LARGEST}\n"
    write(Path(), {"zmain.py": CALLER, "rates.py": large})
    alone = findings("zmain.py")
    own = findings("rates.py")
    assert findings("rates.py", "zmain.py") == [*own, *alone]
    assert (own, alone) == ([("rates.py", 6, "ASL501")], [])


# what is read, and when ---------------------------------------------------------------------------


def test_a_module_that_changes_is_read_anew_by_the_next_run() -> None:
    write(Path(), {"main.py": CALLER, "rates.py": LOADER})
    assert findings("main.py") == [("main.py", 6, "ASL501")]
    write(Path(), {"rates.py": "def load():\n    return 1\n"})
    assert findings("main.py") == []
    Path("rates.py").unlink()
    write(Path(), {"rates/__init__.py": "from .web import load\n", "rates/web.py": LOADER})
    assert findings("main.py") == [("main.py", 6, "ASL501")]


def test_within_a_run_a_module_is_read_once() -> None:
    write(Path(), {"main.py": CALLER, "rates.py": LOADER})
    space = Workspace(Settings.defaults())
    main = space.project.add(read_source("main.py"), ast.parse(CALLER))
    first = space.project.imported(Import("rates"), main)
    write(Path(), {"rates.py": "def load():\n    return 1\n"})
    assert space.project.imported(Import("rates"), main) is first
    rates = read_source("rates.py")
    assert space.project.add(rates, ast.parse(rates.text)) is not first, "the text given is newer"
    assert space.project.add(rates, ast.parse(rates.text)) is space.project.at(
        str(Path("rates.py").absolute())
    )


class _Forbidden:
    """Finds no module, and notes what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find_spec(self, name: str, *_: object) -> None:
        """Called for each module that is not loaded yet."""
        self.asked.append(name)


@pytest.fixture
def imports() -> Iterator[list[str]]:
    """The names of the modules that are imported during a test."""
    finder = _Forbidden()
    sys.meta_path.insert(0, finder)
    yield finder.asked
    sys.meta_path.remove(finder)


def test_nothing_is_imported(imports: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that would tell if they ran; they are on the path, too."""
    side_effect = "import pathlib\npathlib.Path('ran').touch()\n"
    write(
        Path(),
        {
            "main.py": CALLER,
            "rates.py": side_effect + LOADER,
            "pack/__init__.py": side_effect + "from .inner import *\n",
            "pack/inner.py": side_effect + LOADER,
            "again.py": CALLER.replace("import rates", "from pack import inner as rates"),
        },
    )
    monkeypatch.syspath_prepend(str(Path.cwd()))
    assert findings() == [("again.py", 6, "ASL501"), ("main.py", 6, "ASL501")]
    assert {"main", "rates", "pack", "again"}.isdisjoint(imports)
    assert {"main", "rates", "pack", "again"}.isdisjoint(sys.modules)
    assert not Path("ran").exists()


# what modules give to others ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", None),
        ("__all__ = ['a', 'b']", {"a", "b"}),
        ("__all__ = ('a',)\n__all__ += ['b']", {"a", "b"}),
        ("__all__: list[str] = ['a']\n__all__.append('b')\n__all__.extend(['c'])", set("abc")),
        ("__all__ = ['a'] + ['b']", {"a", "b"}),
        ("if x:\n    __all__ = ['a']\nelse:\n    __all__ = ['b']", {"a", "b"}),
        ("__all__ = [each for each in dir()]", None),
        ("__all__ = ['a']\n__all__ += other.__all__", None),
        ("__all__ = [a.__name__]", None),
        ("def f():\n    __all__ = ['a']", None),
        ("__all__ = []", set()),
    ],
)
def test_public_names(text: str, names: set[str] | None) -> None:
    write(Path(), {"m.py": text})
    _, module = loaded("m.py")
    assert module.public == (None if names is None else frozenset(names))


def test_heirs_are_found_by_their_text() -> None:
    write(
        Path(),
        {
            "app/__init__.py": "",
            "app/base.py": "class Base: ...\nclass Own(Base): ...\n",
            "app/plain.py": "class Plain(object): ...\n",
            "app/one.py": "from app.base import Base as B\nclass One(\n    B,\n): ...\n",
            "main.py": "import app.base\nclass Main(make(1), app.base.Base[int]): ...\n",
            "app/broken.py": "class Broken(Base:\n",
            "tests/test_app.py": "from app.base import Base\nclass Fake(Base): ...\n",
            ".venv/x.py": "class Far(Base): ...\n",
        },
    )
    project, base = loaded("app/base.py")
    names = [cls.name for cls in project.possible_heirs(base.classes[0])]
    assert names == ["Own", "Main", "One"]
    write(Path(), {"tests/more.py": "from test_app import Fake\nclass Faker(Fake): ...\n"})
    project, test = loaded("tests/test_app.py")
    assert [cls.name for cls in project.possible_heirs(test.classes[0])] == ["Faker"]


def test_holders_of_a_name_are_found_by_their_text() -> None:
    write(
        Path(),
        {
            "main.py": "from app.bridge import run as go\n",
            "app/__init__.py": "",
            "app/bridge.py": "def run(): ...\nrun()\n",
            "app/other.py": "def rerun(): ...\nrun_all = rerun\n",
            "tests/test_app.py": "from app.bridge import run\n",
            "app/broken.py": "run(\n",
        },
    )
    project, bridge = loaded("app/bridge.py")
    assert [module.path for module in project.holders("run", bridge)] == ["main.py"]


def test_findings_name_places_in_other_files() -> None:
    write(
        Path(),
        {
            "main.py": CALLER.replace("    rates.load()", "    rates.load_now()"),
            "rates.py": LOADER
            + "\n\ndef load_now():\n    import asyncio\n\n    return asyncio.run(load())\n",
        },
    )
    result = check_paths(["main.py"], Settings.defaults(), ALONE)
    (finding,) = result.findings
    assert isinstance(finding, Finding)
    assert (finding.code, finding.path, finding.start.row) == ("ASL302", "main.py", 6)
    assert ("rates.py", 8) in {(place.path, place.start.row) for place in finding.related}


def test_all_ways_to_one_loop_are_one_story() -> None:
    write(
        Path(),
        {
            "rates.py": "import asyncio\n\n\nasync def fetch():\n    pass\n\n\n"
            "def fetch_sync():\n    return asyncio.run(fetch())\n",
            "app.py": "from rates import fetch_sync\n\n\ndef load():\n    return fetch_sync()\n\n\n"
            "async def quote():\n    return load()\n\n\n"
            "async def offer():\n    return load(), fetch_sync()\n",
        },
    )
    findings = check_paths(["."], Settings.defaults(), ALONE).findings
    assert [each.start.row for each in findings] == [9, 13, 13]
    (cause,) = {each.cause for each in findings}
    assert (cause[0], cause[1].row) == ("rates.py", 9)


def test_class_attributes_that_lead_to_each_other_in_a_circle() -> None:
    write(
        Path(),
        {
            "main.py": "class Base:\n    model = None\n\n    @classmethod\n    def ask(cls):\n"
            "        return cls.model()\n\n\nclass Heir(Base):\n    other = None\n\n"
            "    @classmethod\n    def get(cls):\n        cls.model = cls.other\n"
            "        cls.other = cls.model\n        return cls.model\n\n\n"
            "async def work():\n    Heir.get()\n    Base.ask()\n",
        },
    )
    result = check_paths(["."], Settings.defaults(), ALONE)
    assert (result.findings, result.failures) == ([], [])
