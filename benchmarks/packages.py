"""What is measured, and with what: packages and other tools, in a folder outside the repository."""
# ruff: noqa: INP001, E402 - stands beside the script that uses it; the scripts are no package

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "scripts"))

from verdicts import Package

from alarms import provide

PACKAGES = {
    "homeassistant": Package("homeassistant", "2024.3.3"),
    "aiohttp": Package("aiohttp", "3.14.5"),
    "distributed": Package("distributed", "2026.8.0"),
    "textual": Package("textual", "8.2.8"),
}
FLAKE8_ASYNC = "26.8.1"
PYRIGHT = "1.1.414"


class MissingError(Exception):
    """A package or tool could not be had; the text says why."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder with Python files: its name in tables, how many files and lines there are."""

    name: str
    folder: Path
    files: int
    lines: int


def tree_of(name: str, folder: Path) -> Tree:
    """Counts the Python files below a folder, and their lines."""
    contents = [path.read_bytes() for path in folder.rglob("*.py")]
    return Tree(name, folder, len(contents), sum(data.count(b"\n") for data in contents))


def copied(names: tuple[str, ...], cache: Path, folder: Path) -> Tree:
    """The Python files of packages in a folder of their own, which the runs may change."""
    for name in names:
        source = provide(PACKAGES[name], cache) / name
        shutil.copytree(source, folder / name, ignore=_all_but_python)
    return tree_of(" + ".join(_titled(name) for name in names), folder)


def _titled(name: str) -> str:
    return f"{name} {PACKAGES[name].version}"


def _all_but_python(folder: str, names: list[str]) -> list[str]:
    return [n for n in names if not n.endswith(".py") and not Path(folder, n).is_dir()]


@dataclass(frozen=True, slots=True)
class Tools:
    """Programs to compare with, of the versions in `versions`.

    plain, asynced, plugged: interpreters that have flake8 alone, with flake8-async, and with
    asynclint's plugin. pyright: its command, empty where there is no node.
    """

    plain: Path
    asynced: Path
    plugged: Path
    ruff: Path
    pyright: tuple[str, ...]
    versions: tuple[str, ...]


def tools(cache: Path) -> Tools:
    """Installs what is missing into the cache folder. Raises MissingError.

    flake8 loads every plugin that is installed beside it, so each variant has an environment of its
    own. All have the flake8 and ruff of the environment that runs this script.
    """
    flake8, ruff = f"flake8=={version('flake8')}", f"ruff=={version('ruff')}"
    plain = _environment(cache / "env" / f"bench-{flake8}-{ruff}", flake8, ruff)
    asynced = f"flake8-async=={FLAKE8_ASYNC}"
    both = _environment(cache / "env" / f"bench-{flake8}-{asynced}", flake8, asynced)
    # Editable, so that it stays true: it is the working tree that is measured.
    here = _environment(cache / "env" / f"bench-{flake8}-asynclint", flake8, "-e", str(ROOT))
    pyright = _pyright(cache / "env" / f"bench-pyright-{PYRIGHT}")
    versions = [flake8, ruff, asynced, *([f"pyright=={PYRIGHT}"] if pyright else [])]
    return Tools(
        plain, both, here, plain.with_name(f"ruff{plain.suffix}"), pyright, tuple(versions)
    )


def _environment(folder: Path, *requirements: str) -> Path:
    """The interpreter of a virtual environment with these packages."""
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / ("python.exe" if sys.platform == "win32" else "python")
    done = folder / "complete"
    if not done.is_file():
        venv.create(folder, with_pip=True, clear=True)
        _run(str(python), "-m", "pip", "install", "--quiet", *requirements)
        done.touch()
    if "-e" in requirements:  # another working tree may have been there last
        _run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", *requirements[-2:])
    return python


def _pyright(folder: Path) -> tuple[str, ...]:
    node, npm = shutil.which("node"), shutil.which("npm")
    script = folder / "node_modules" / "pyright" / "index.js"
    if node is None or (npm is None and not script.is_file()):
        return ()
    if npm is not None and not script.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _run(npm, "install", "--silent", "--prefix", str(folder), f"pyright@{PYRIGHT}")
    return node, str(script)


def _run(*argv: str) -> None:
    done = subprocess.run(  # noqa: S603 - installers
        argv, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        raise MissingError(f"{' '.join(argv)}\n{done.stderr}")
