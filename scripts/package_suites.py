"""Packages with their own tests: fetched, unpacked, and run in an environment of their own.

All of it lies in a cache folder outside the repository: the sdists, a virtual environment for each
package with it and what its tests need, and the copies in which the tests run.
"""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from verdicts import Package

from alarms import unpack

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_SECONDS = 900


class SuiteError(Exception):
    """A package could not be fetched or installed, or its tests could not be run."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A package and how its tests are run.

    source: the folder that is put on Python's path ('.', 'src'). code: the folders and files whose
    code is looked at. tests: what pytest is given, options included. needs: what is installed
    besides.
    """

    package: Package
    source: str
    code: tuple[str, ...]
    tests: tuple[str, ...]
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the distribution."""
        return self.package.name


def read_suites(text: str) -> list[Suite]:
    """The suites of a TOML file: one `[[package]]` each. Raises ValueError."""
    suites = []
    for entry in tomllib.loads(text)["package"]:
        if unknown := entry.keys() - {"name", "version", "source", "code", "tests", "needs"}:
            raise ValueError(f"unknown key {min(unknown)!r}")
        suites.append(
            Suite(
                Package(entry["name"], entry["version"]),
                entry.get("source", "."),
                tuple(entry["code"]),
                tuple(entry["tests"]),
                tuple(entry.get("needs", ())),
            )
        )
    return suites


def provide_sdist(suite: Suite, cache: Path) -> Path:
    """The folder of the cache with the files of a package's sdist, fetched if missing.

    Raises SuiteError, or AlarmsError where it cannot be unpacked.
    """
    folder = cache / "sdist" / suite.package.folder
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Under its name the folder is complete: what is cut short stays in the temporary one.
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        wanted = f"{suite.name}=={suite.package.version}"
        options = ["--no-deps", "--no-binary", suite.name, "--dest", scratch]
        _checked([sys.executable, "-m", "pip", "download", "--quiet", *options, wanted])
        (archive,) = (each for each in Path(scratch).iterdir() if each.is_file())
        unpack(archive, Path(scratch, "x")).rename(folder)
    return folder


def provide_environment(suite: Suite, cache: Path) -> Path:
    """The virtual environment for a package's tests, made if missing. Raises SuiteError."""
    folder = cache / "env" / suite.package.folder
    if not (folder / "ready").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        sdist = provide_sdist(suite, cache)
        with tempfile.TemporaryDirectory() as scratch:  # a build leaves files where it is made
            build = shutil.copytree(sdist, Path(scratch, sdist.name))
            wanted = [str(build), "pytest", *suite.needs]
            _checked([str(interpreter(folder)), "-m", "pip", "install", "--quiet", *wanted])
        (folder / "ready").touch()
    return folder


def interpreter(environment: Path) -> Path:
    """The Python of a virtual environment."""
    windows = environment / "Scripts" / "python.exe"
    return windows if windows.is_file() else environment / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a package's files, in which its tests can be run."""

    suite: Suite
    folder: Path
    environment: Path

    def run(
        self,
        chosen: Sequence[str] = (),
        extra: Mapping[str, str] | None = None,
        seconds: int = _SECONDS,
    ) -> dict[str, str]:
        """The outcome of each test by its name: 'passed', 'failed', 'error' or 'skipped'.

        chosen: the tests to run, by default all. extra: further variables of the environment;
        `PATHS` are searched for modules, too. seconds: how long it may take. Raises SuiteError
        where no test ran.
        """
        name = self.suite.name
        report = self.folder / "junit.xml"
        report.unlink(missing_ok=True)
        options = [each for each in self.suite.tests if each.startswith("-")]
        paths = [each for each in self.suite.tests if each not in options]
        command = [str(interpreter(self.environment)), "-m", "pytest", "-q", *options]
        command += ["-p", "no:cacheprovider", f"--junitxml={report}", *(chosen or paths)]
        source = str((self.folder / self.suite.source).resolve())
        environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(extra or {})}
        environ["PYTHONPATH"] = os.pathsep.join((source, environ.pop("PATHS", "")))
        environ.pop("VIRTUAL_ENV", None)
        try:
            done = _run(command, cwd=self.folder, env=environ, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise SuiteError(f"{name}: no end after {seconds} s") from error
        if not report.is_file():
            raise SuiteError(f"{name}: no report of the tests:\n{done.stdout[-2000:]}")
        return _outcomes(report)


@contextmanager
def copied(suite: Suite, cache: Path) -> Iterator[Copy]:
    """A copy that goes when it is no longer needed. Raises SuiteError."""
    source, environment = provide_sdist(suite, cache), provide_environment(suite, cache)
    with tempfile.TemporaryDirectory(prefix="asynclint-") as scratch:
        folder = Path(scratch, source.name)
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        yield Copy(suite, folder, environment)


def _outcomes(report: Path) -> dict[str, str]:
    outcomes: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        name = f"{case.get('classname')}::{case.get('name')}"
        words = {"failure": "failed", "error": "error", "skipped": "skipped"}
        found = [words[child.tag] for child in case if child.tag in words]
        outcomes[name] = found[0] if found else "passed"
    return outcomes


def _checked(command: Sequence[str]) -> None:
    done = _run(command)
    if done.returncode != 0:
        raise SuiteError(f"{' '.join(command)}:\n{done.stderr[-2000:]}")


def _run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
    return subprocess.run(  # noqa: S603 - pip, or a package's tests as the list names them
        command, capture_output=True, text=True, errors="replace", check=False, **options
    )
