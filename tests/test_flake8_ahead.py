"""The run over all files that the flake8 plugin makes before flake8 hands out the first of them."""

from __future__ import annotations

import ast
import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclint import flake8_plugin
from asynclint.engine import ahead
from asynclint.engine import run as engine_run
from asynclint.engine.cache import signatures
from asynclint.engine.cache.folder import NAME
from asynclint.flake8_plugin import Plugin
from front_ends import flake8_options, write

USER = "from rates import load\n\nload()\n"
FILES = {"rates.py": "async def load():\n    pass\n", "user.py": USER, "others/user.py": USER}
FOUND = [(3, 0, "ASL501")]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A project and a home of its own; files count as settled after a moment instead of seconds."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(signatures, "TICK", 0)
    write(project, FILES)
    before = ticks()
    while ticks() == before:
        pass
    yield
    for name in ("settings", "around", "ahead"):
        setattr(Plugin, name, None)
    Plugin.is_shown = True


def ticks() -> int:
    """The clock of the file system."""
    probe = Path("..", "probe")
    probe.write_bytes(b"")
    return probe.stat().st_mtime_ns


def told(name: str = "user.py", text: str = USER) -> list[tuple[int, int, str]]:
    """What the plugin yields for a file."""
    plugin = Plugin(ast.parse(text), name, text.splitlines(keepends=True))
    return [(row, column, message[:6]) for row, column, message, _ in plugin.run()]


def fails(*_: object, **__: object) -> None:
    raise AssertionError


def test_files_are_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    Plugin.parse_options(flake8_options(filenames=["."]))
    monkeypatch.setattr(flake8_plugin, "examine", fails)
    assert told("./user.py") == FOUND
    assert told("./rates.py", FILES["rates.py"]) == []


def test_next_run_starts_from_what_this_one_found(monkeypatch: pytest.MonkeyPatch) -> None:
    Plugin.parse_options(flake8_options(filenames=["."]))
    assert Path(NAME).is_dir()
    monkeypatch.setattr(engine_run, "check_paths", fails)
    monkeypatch.setattr(flake8_plugin, "examine", fails)
    # Which other codes flake8 shows does not matter.
    Plugin.parse_options(flake8_options(filenames=["."], extend_select=["E"]))
    assert told() == FOUND
    with pytest.raises(AssertionError):  # but the version that the code must run on does
        Plugin.parse_options(flake8_options(filenames=["."], asynclint_target_version="3.13"))


def test_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    Plugin.parse_options(flake8_options(filenames=["."], asynclint_no_cache=True))
    assert not Path(NAME).exists()
    monkeypatch.setattr(flake8_plugin, "examine", fails)
    assert told() == FOUND


def test_file_that_has_changed_since_is_looked_at_as_it_is() -> None:
    Plugin.parse_options(flake8_options(filenames=["."]))
    write(Path(), {"user.py": f"import rates\n\n{USER}"})
    assert told(text=f"import rates\n\n{USER}") == [(5, 0, "ASL501")]


def test_second_round_sees_what_has_changed() -> None:
    """Programs that keep flake8 running check the same files again."""
    Plugin.parse_options(flake8_options(filenames=["."]))
    assert told() == FOUND
    write(Path(), {"rates.py": "def load():\n    pass\n"})
    assert told() == []


@pytest.mark.parametrize(
    "options",
    [
        {"filenames": ["user.py", "rates.py"]},
        {"filenames": ["-"]},
        {"filenames": []},
        {"filenames": ["."], "bug_report": True},
        {"filenames": ["."], "select": ["E", "W605"]},
    ],
    ids=["files", "stdin", "program", "bug report", "not shown"],
)
def test_no_run_where_it_is_not_wanted(
    options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "run_ahead", fails)
    Plugin.parse_options(flake8_options(**options))
    assert told() == ([] if "select" in options else FOUND)


@pytest.mark.parametrize("selected", ["A", "ASL", "ASL5", "ASL501"])
def test_what_selects_any_of_our_codes_shows_them(selected: str) -> None:
    Plugin.parse_options(flake8_options(select=["E", selected]))
    assert told() == FOUND


def test_command_without_paths_means_the_working_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/flake8"])
    Plugin.parse_options(flake8_options())
    monkeypatch.setattr(flake8_plugin, "examine", fails)
    assert told() == FOUND


@pytest.mark.parametrize("pattern", ["others", "oth*", "{here}/others"])
def test_what_flake8_excludes_is_left_out(pattern: str) -> None:
    """But for what it has to say of other files: those are read where they are imported."""
    given = [pattern.format(here=Path.cwd()), "/somewhere/else", "****a*b*c*d"]
    Plugin.parse_options(flake8_options(filenames=["."], exclude=given))
    assert Plugin.ahead is not None
    names = {Path(path).relative_to(Path.cwd()).as_posix() for path in Plugin.ahead.signatures}
    assert names == {"rates.py", "user.py"}


def test_process_that_does_part_of_the_work_makes_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """flake8's processes read its options again where they do not inherit them."""
    monkeypatch.setattr(multiprocessing, "parent_process", object)
    monkeypatch.setattr(engine_run, "check_paths", fails)
    Plugin.parse_options(flake8_options(filenames=["."]))
    assert told() == FOUND


def test_internal_error_of_a_run_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr("asynclint.engine.check.check_source", lost)
    Plugin.parse_options(flake8_options(filenames=["."]))
    monkeypatch.setattr(flake8_plugin, "examine", fails)
    assert told() == [(1, 0, "ASL003")]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_flake8_twice(jobs: str) -> None:
    command = [sys.executable, "-m", "flake8", "--isolated", "--select=ASL", f"--jobs={jobs}"]
    outputs = []
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, check=False, timeout=300)
        assert done.stderr == b""
        outputs.append(done.stdout.decode())
    assert outputs[0] == outputs[1]
    assert [line.split(" ")[1] for line in outputs[0].splitlines()] == ["ASL501", "ASL501"]
    assert Path(NAME).is_dir()


def test_program_that_uses_flake8() -> None:
    program = (
        "from flake8.api.legacy import get_style_guide\n"
        "guide = get_style_guide(select=['ASL'])\n"
        "print(guide.check_files(['user.py']).total_errors)\n"
    )
    write(Path(), {".flake8": "[flake8]\nselect = E\n"})  # the program overrides it
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, timeout=300
    )
    assert done.stdout.decode().split()[-1:] == ["1"], done.stderr
    assert not Path(NAME).exists()


def test_a_process_for_single_files_does_not_load_the_cache() -> None:
    code = (
        "import sys; from asynclint.flake8_plugin import Plugin\n"
        "print(any(name.startswith('asynclint.engine.cache') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
