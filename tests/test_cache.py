"""The cache: what it remembers, what it must notice, and what must not make it lie."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from asynclint.engine.cache import signatures
from asynclint.engine.cache.folder import NAME, Folder
from asynclint.engine.cache.seal import Seal
from asynclint.model.finder import Finder
from asynclint.model.noting import NotingFinder
from front_ends import asynclint, deep_folder

FAULTY = """\
import asyncio

from kitchen import bake


async def main():
    bread = bake()
    await bread
    await bread


asyncio.run(main())
"""
KITCHEN = "import asyncio\n\n\nasync def bake():\n    await asyncio.sleep(0)\n"
PLAIN = "def bake():\n    return wait\n\n\nwait = object()\n"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A project and a home of its own; files count as settled after a moment instead of seconds."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    with mock.patch.object(signatures, "TICK", 0):
        yield


def write(name: str, text: str) -> Path:
    """A file that was written before the run begins, by the clock of the file system."""
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="")
    rest()
    return file


def rest() -> None:
    """Waits until the clock of the file system has gone on."""
    before = ticks()
    while ticks() == before:
        pass


def ticks() -> int:
    probe = Path("..", "probe")
    probe.write_bytes(b"")
    return probe.stat().st_mtime_ns


def told(*options: str) -> list[tuple[str, str, int]]:
    """Code, file and row of what a run tells; the report is the same in every respect uncached."""
    done = asynclint("check", "--output-format", "json", *options, ".")
    bare = asynclint("check", "--output-format", "json", "--no-cache", ".")
    assert done == bare
    return [
        (e["code"], Path(e["filename"]).name, e["location"]["row"]) for e in json.loads(done.out)
    ]


def analysed() -> list[str]:
    """The files that a run looks at anew."""
    from asynclint.engine.run import check_file

    names: list[str] = []

    def noted(candidate, settings, workspace):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        names.append(candidate.path)
        return check_file(candidate, settings, workspace)

    with mock.patch("asynclint.engine.cache.again.check_file", noted):
        asynclint("check", "--jobs", "1", ".")
    return names


def entry() -> Path:
    (found,) = Path(NAME).glob("*.run")
    return found


FOUND = [("ASL101", "main.py", 9)]


# what is remembered -----------------------------------------------------------------------------


def test_second_run_analyses_nothing_and_tells_the_same() -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert analysed() == ["kitchen.py", "main.py"]
    assert analysed() == []
    assert told() == FOUND


@pytest.mark.parametrize("form", ["full", "concise", "json", "github"])
def test_reports_are_the_same_from_the_cache(form: str) -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    first, second = (asynclint("check", "--output-format", form, ".") for _ in range(2))
    assert first == second
    assert "ASL101" in first.out


def test_unchanged_run_opens_no_source_and_imports_no_parser() -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert told() == FOUND
    script = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda n, a: n == 'open' and opened.append(str(a[0])))\n"
        "from asynclint.engine.cache import signatures\n"
        "signatures.TICK = 0\n"
        "from asynclint.cli import main\n"
        "try:\n"
        "    main(['check', '--select', 'ASL', '.'])\n"
        "except SystemExit as exit:\n"
        "    assert exit.code == 1, exit.code\n"
        "assert '.run' in str(opened), opened\n"
        "assert not [p for p in opened if p.endswith(('kitchen.py', 'main.py'))\n"
        "            and 'asynclint' not in p], opened\n"
        "heavy = {'libcst', 'tomllib', 'tomli', 'asynclint.engine.run'}\n"
        "assert heavy.isdisjoint(sys.modules), heavy & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", script]
    subprocess.run(command, capture_output=True, check=False)  # keeps what is found
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_what_rests_on_a_change_is_analysed_again() -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    write("apart.py", "async def work():\n    return 1\n")
    assert len(analysed()) == 3
    write("apart.py", "async def work():\n    return 2\n")
    assert analysed() == ["apart.py"]
    write("kitchen.py", f"{KITCHEN}\n")
    assert analysed() == ["kitchen.py"]
    write("kitchen.py", KITCHEN.replace("bake():", "bake(bread=1):"))
    assert analysed() == ["kitchen.py", "main.py"]
    assert told() == FOUND


HELPER = """\
import asyncio


def load():
    # here
    print("loading")
    return asyncio.run(work())


def apart():
    \"\"\"Nothing.\"\"\"
    print("apart")


async def work():
    return 1
"""


def test_a_change_in_a_body_is_noticed_by_those_who_read_it() -> None:
    write("helper.py", HELPER)
    write("names.py", "from helper import apart\n\n\nasync def main():\n    apart()\n")
    write("main.py", "from helper import load\n\n\nasync def main():\n    load()\n")
    assert len(analysed()) == 3
    found = told()
    assert found == [("ASL302", "main.py", 5)]  # tells where in helper.py
    assert analysed() == []
    for old, new, anew in (
        ("Nothing.", "Nothing here.", ["helper.py", "main.py"]),
        ('"apart"', '"alone"', ["helper.py", "main.py"]),
        ('"loading"', '"at it"', ["helper.py", "main.py"]),
        ("def apart", "\n\ndef apart", ["helper.py", "main.py"]),
        ("def apart():", "async def apart():", ["helper.py", "main.py", "names.py"]),
    ):
        write("helper.py", HELPER.replace(old, new))
        assert analysed() == anew, new
        told()
        write("helper.py", HELPER)
        assert analysed() == anew, new
        assert told() == found


def test_a_change_in_a_body_is_noticed_through_other_bodies() -> None:
    deep = "import asyncio\n\n\ndef load():\n    asyncio.run(work())\n\n\nasync def work(): ...\n"
    never = deep.replace("    asyncio.run", "    while True:\n        pass\n    asyncio.run")
    write("deep.py", never)
    write("helper.py", "from deep import load\n\n\ndef through():\n    load()\n")
    write("main.py", "from helper import through\n\n\nasync def main():\n    through()\n")
    assert told() == []
    write("deep.py", deep)
    assert told() == [("ASL302", "main.py", 5)]
    write("deep.py", never)
    assert told() == []


def test_a_changed_import_is_noticed() -> None:
    write("main.py", FAULTY)
    write("kitchen.py", KITCHEN)
    assert told() == FOUND
    write("kitchen.py", PLAIN)
    assert told() == []
    write("kitchen.py", KITCHEN)
    assert told() == FOUND


def test_a_module_that_comes_and_goes_is_noticed() -> None:
    write("main.py", FAULTY)
    assert told() == []
    kitchen = write("kitchen.py", KITCHEN)
    assert told() == FOUND
    write("src/kitchen.py", PLAIN)
    kitchen.unlink()
    assert told() == []
    write("kitchen/__init__.py", KITCHEN)
    assert told() == FOUND


def test_a_deleted_and_a_renamed_file_are_noticed() -> None:
    write("kitchen.py", KITCHEN)
    main = write("main.py", FAULTY)
    assert told() == FOUND
    main.rename("other.py")
    assert told() == [("ASL101", "other.py", 9)]
    Path("other.py").unlink()
    assert told() == []


def test_a_file_that_only_a_search_finds_is_noticed() -> None:
    write("base.py", "class Job:\n    async def run(self):\n        return 1\n")
    write("use.py", "from base import Job\n\n\nasync def go(job: Job):\n    job.run()\n")
    found = told()
    assert found == [("ASL501", "use.py", 5)]
    write(
        "heir.py",
        "from base import Job\n\n\nclass Now(Job):\n    def run(self):\n        return 1\n",
    )
    told()
    Path("heir.py").unlink()
    assert told() == found


def test_options_and_configuration_are_runs_of_their_own() -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert told() == FOUND
    assert asynclint("check", "--ignore", "ASL101", ".").status == 0
    write("pyproject.toml", '[tool.asynclint]\nignore = ["ASL101"]\n')
    assert told() == []
    write("pyproject.toml", "[tool.asynclint]\n")
    assert told() == FOUND


def test_installed_packages_count() -> None:
    write("main.py", FAULTY)
    assert told() == []
    kitchen = write(".venv/lib/python3.11/site-packages/kitchen.py", KITCHEN)
    assert told() == FOUND
    kitchen.unlink()
    write(str(kitchen), PLAIN)
    assert told() == []


def test_trouble_with_a_file_is_told_again_until_it_is_gone() -> None:
    write("main.py", "async def main(:\n")
    assert told() == [("ASL001", "main.py", 1)]
    assert told() == [("ASL001", "main.py", 1)]
    write("main.py", "async def main():\n    return 1\n")
    assert told() == []


def test_a_failure_is_not_remembered() -> None:
    write("main.py", FAULTY)
    with mock.patch("asynclint.engine.check.check_source", side_effect=ZeroDivisionError):
        assert asynclint("check", "--jobs", "1", ".").status == 2
    assert analysed() == ["main.py"]
    assert told() == []


def test_no_question_goes_unnoted() -> None:
    """What a finder is asked is noted, unless the answer follows from paths or from other notes."""
    follows = {"is_library", "know", "locate", "name", "project_of", "same"}
    questions = {name for name in vars(Finder) if not name.startswith("_")}
    assert questions - follows == {n for n in vars(NotingFinder) if not n.startswith("_")}


def test_only_the_finder_touches_files() -> None:
    """What an analysis learns of files elsewhere would not be noted."""
    touching = re.compile(
        r"\bopen\(|read_bytes|read_text|listdir|scandir|os\.walk|glob\(|os\.stat|\.stat\(|"
        r"path\.(?:exists|isfile|isdir|getsize|getmtime)|\.(?:exists|is_dir|iterdir)\("
    )
    package = Path(signatures.__file__).parents[2]
    layers = ("model", "visitor", "flow", "rules", "fixes")
    found = {
        file.relative_to(package).as_posix()
        for layer in layers
        for file in package.joinpath(layer).rglob("*.py")
        if touching.search(
            re.sub(r'""".*?"""|#[^\n]*', "", file.read_text("utf-8"), flags=re.DOTALL)
        )
    }
    assert found == {"model/files.py", "model/finder.py", "model/search.py"}


# clocks -----------------------------------------------------------------------------------------


def test_same_size_within_one_tick_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "TICK", 2_000_000_000)
    kitchen = write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert told() == FOUND
    status = kitchen.stat()
    for text in (KITCHEN.replace("async def", "def      "), KITCHEN):
        kitchen.write_text(text, encoding="utf-8", newline="")
        os.utime(kitchen, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert kitchen.stat().st_size == status.st_size
        assert told() == (FOUND if text == KITCHEN else [])


def test_what_was_written_just_now_is_compared_and_not_analysed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signatures, "TICK", 2_000_000_000)
    write("main.py", FAULTY)
    assert analysed() == ["main.py"]
    assert analysed() == []


def test_new_times_without_new_content_change_nothing() -> None:
    main = write("main.py", FAULTY)
    assert analysed() == ["main.py"]
    os.utime(main, ns=(1, 1))
    assert analysed() == []
    shutil.copyfile(main, "copy")
    Path("copy").replace(main)
    rest()
    assert analysed() == []


def test_a_file_that_changes_during_the_run_is_looked_at_again() -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    from asynclint.engine.discovery import discover

    def changing(*args, **given):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN202
        found = discover(*args, **given)
        write("kitchen.py", PLAIN)
        return found

    with mock.patch("asynclint.engine.cache.again.discover", changing):
        asynclint("check", "--jobs", "1", ".")
    write("kitchen.py", KITCHEN)
    assert told() == FOUND


# broken, foreign and hostile caches -------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:0],
        lambda data: data[:10],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: b"rubbish" * len(data),
        lambda data: data[:30] + b"\xff" + data[31:],
        lambda data: data[:-10] + b"\0" * 10,
        lambda data: data.replace(b'"files":2', b'"files":3'),
        lambda data: data[:18] + b"\xff" * 8 + data[26:],
    ],
)
def test_a_damaged_entry_is_no_entry(damage) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert told() == FOUND
    file = entry()
    file.write_bytes(damage(file.read_bytes()))
    write("main.py", f"\n{FAULTY}")
    assert told() == [("ASL101", "main.py", 10)]
    assert analysed() == []


def test_an_entry_that_someone_else_wrote_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "attacker"))
    with mock.patch("asynclint.engine.check.check_source", return_value=[]):
        assert asynclint("check", ".").status == 0
    forged = entry()
    assert asynclint("check", ".").status == 0  # believed by whoever wrote it
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "victim"))
    assert told() == FOUND
    (own,) = {each.name for each in Path(NAME).glob("*.run")} - {forged.name}
    Path(NAME, own).write_bytes(forged.read_bytes())
    assert told() == FOUND


def test_an_entry_of_another_run_is_not_believed() -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert asynclint("check", "--ignore", "ASL1", ".").status == 0
    other = entry()
    assert told() == FOUND
    (own,) = {*Path(NAME).glob("*.run")} - {other}
    own.write_bytes(other.read_bytes())
    assert told() == FOUND


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_folder_that_is_a_link_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    Path(NAME).symlink_to(target)
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert told() == FOUND
    assert list(target.iterdir()) == []
    assert asynclint("clean").status == 0
    assert Path(NAME).is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_pipe_in_the_place_of_an_entry_does_not_block() -> None:
    write("main.py", FAULTY)
    told()
    file = entry()
    file.unlink()
    os.mkfifo(file)
    assert told() == []


def test_folders_without_end_are_looked_through_again() -> None:
    """A search, and then the question of what it looks through, goes down all of them."""
    write("base.py", "class Job:\n    async def run(self):\n        return 1\n")
    write("use.py", "from base import Job\n\n\nasync def go(job: Job):\n    job.run()\n")
    with deep_folder("x.py", ""):
        assert told() == [("ASL501", "use.py", 5)]
        write("a/y.py", "")
        assert told() == [("ASL501", "use.py", 5)]
        Path("a/y.py").unlink()


# places where nothing can be kept ---------------------------------------------------------------


def test_a_file_in_the_place_of_the_folder() -> None:
    Path(NAME).write_text("here first", encoding="utf-8")
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert told() == FOUND
    assert Path(NAME).read_text(encoding="utf-8") == "here first"


def test_a_folder_that_cannot_be_written_is_still_read() -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert told() == FOUND
    before = entry().read_bytes()
    with mock.patch.object(Path, "open", side_effect=PermissionError):  # root may write anywhere
        assert analysed() == []
        write_text = os.open("main.py", os.O_WRONLY | os.O_APPEND)
        os.write(write_text, b"\n")
        os.close(write_text)
        assert analysed() == ["main.py"]
    assert entry().read_bytes() == before
    assert told() == FOUND


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_leaves_the_old_entry(tmp_path: Path) -> None:
    seal = Seal.of_user()
    assert seal is not None
    folder = Folder(tmp_path / "cache", seal)
    assert folder.prepare() is not None
    assert folder.write("key", b"first", b"second")
    opened = Path.open

    def full(self: Path, mode: str = "r") -> object:
        return Path("/dev/full").open("wb") if "x" in mode else opened(self, mode)

    with mock.patch.object(Path, "open", full):
        assert not folder.write("key", b"other", b"parts")
    kept = folder.read("key")
    assert kept is not None
    assert (kept.first, kept.second()) == (b"first", b"second")
    assert not list(folder.path.glob("*.tmp"))


def test_no_home_for_the_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(occupied))
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    assert told() == FOUND
    assert not Path(NAME).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="modes say nothing there")
def test_a_secret_that_others_may_read_is_replaced(tmp_path: Path) -> None:
    first = Seal.of_user()
    file = tmp_path / "home" / "asynclint" / "cache-secret"
    file.chmod(0o644)
    second = Seal.of_user()
    assert first is not None
    assert second is not None
    assert first.on(b"") != second.on(b"")
    assert file.stat().st_mode & 0o777 == 0o600


# runs at the same time ----------------------------------------------------------------------------


def test_runs_at_the_same_time_share_a_folder() -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    command = [sys.executable, "-m", "asynclint", "check", "--output-format", "concise", "."]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = {run.communicate()[0] for run in runs}
    assert len(outputs) == 1
    assert [run.returncode for run in runs] == [1] * 4
    assert not list(Path(NAME).glob("*.tmp"))
    assert told() == FOUND


def test_second_part_of_an_entry_that_was_replaced_is_not_given(tmp_path: Path) -> None:
    seal = Seal.of_user()
    assert seal is not None
    folder = Folder(tmp_path / "cache", seal)
    folder.prepare()
    folder.write("key", b"first", b"second")
    read = folder.read("key")
    folder.write("key", b"other", b"parts")
    assert read is not None
    assert read.second() is None


# the command line -------------------------------------------------------------------------------


def test_no_cache_writes_none() -> None:
    write("main.py", FAULTY)
    asynclint("check", "--no-cache", ".")
    assert not Path(NAME).exists()


def test_cache_folder_is_not_for_version_control() -> None:
    write("main.py", FAULTY)
    told()
    assert Path(NAME, ".gitignore").read_text(encoding="utf-8").split()[-1] == "*"
    assert Path(NAME, "CACHEDIR.TAG").exists()


def test_another_folder_and_clean(tmp_path: Path) -> None:
    write("kitchen.py", KITCHEN)
    write("main.py", FAULTY)
    folder = tmp_path / "far" / "cache"
    assert told("--cache-dir", str(folder)) == FOUND
    assert not Path(NAME).exists()
    assert list(folder.glob("*.run"))
    foreign = folder / "notes.txt"
    foreign.write_text("mine", encoding="utf-8")
    assert asynclint("clean", "--cache-dir", str(folder)).status == 0
    assert [each.name for each in folder.iterdir()] == ["notes.txt"]
    told()
    assert Path(NAME).exists()
    assert asynclint("clean").status == 0
    assert not Path(NAME).exists()
    assert asynclint("clean").status == 0


def test_clean_leaves_an_ignore_file_that_it_did_not_write() -> None:
    ignored = write(".gitignore", "dist/\n")
    write("main.py", FAULTY)
    told("--cache-dir", ".")
    assert asynclint("clean", "--cache-dir", ".").status == 0
    assert ignored.read_text(encoding="utf-8") == "dist/\n"
    assert sorted(each.name for each in Path().iterdir()) == [".gitignore", "main.py"]


def test_few_runs_are_remembered() -> None:
    write("main.py", FAULTY)
    for number in range(30):
        write(f"other{number}.py", "")
        asynclint("check", "main.py", f"other{number}.py")
    assert len(list(Path(NAME).glob("*.run"))) == 24
