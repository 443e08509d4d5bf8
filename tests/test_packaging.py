"""What the wheel carries and declares, read from a wheel that is built here."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from configparser import ConfigParser
from email import message_from_string
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import asynclint

ROOT = Path(__file__).parents[1]
INFO = f"asynclint-{asynclint.__version__}.dist-info"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of every file in the wheel, by its path there."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def entry_points(wheel: dict[str, str]) -> list[EntryPoint]:
    """The entry points that an installer would write down."""
    parser = ConfigParser(delimiters=["="])
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(wheel[f"{INFO}/entry_points.txt"])
    return [
        EntryPoint(name, value, group)
        for group in parser.sections()
        for name, value in parser[group].items()
    ]


def test_wheel_holds_the_whole_package_and_nothing_else(wheel: dict[str, str]) -> None:
    package = ROOT / "asynclint"
    shipped = {name for name in wheel if not name.startswith(f"{INFO}/")}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.py", "*.toml", "py.typed")
        for path in package.rglob(pattern)
    }
    assert shipped == wanted
    assert "asynclint/py.typed" in shipped
    assert "asynclint/facts/asyncio.toml" in shipped


def test_wheel_declares_version_and_license(wheel: dict[str, str]) -> None:
    metadata = message_from_string(wheel[f"{INFO}/METADATA"])
    assert metadata["Name"] == "asynclint"
    assert metadata["Version"] == asynclint.__version__
    assert metadata["Requires-Python"] == ">=3.10"
    assert f"{INFO}/licenses/LICENSE" in wheel


def test_entry_points_are_declared(wheel: dict[str, str]) -> None:
    assert {(point.group, point.name) for point in entry_points(wheel)} == {
        ("console_scripts", "asynclint"),
        ("flake8.extension", "ASL"),
    }


def test_entry_points_resolve(wheel: dict[str, str]) -> None:
    for point in entry_points(wheel):
        assert callable(point.load()), point.value
