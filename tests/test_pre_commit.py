"""The hooks, as pre-commit installs and runs them: in an environment of their own, on a repository.

This installs asynclint and what it depends on from the package index that pip is set up for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pre_commit", reason="pre-commit is not installed")

ROOT = Path(__file__).parents[1]
SECONDS = 600.0  # for an installation over a slow line
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "__pycache__")

FAULTY = """\
import asyncio


async def price(item: str) -> int:
    await asyncio.sleep(0)
    return len(item)


async def total(items: list[str]) -> int:
    return sum([asyncio.run(price(item)) for item in items])
"""
GOOD = "async def price(item: str) -> int:\n    return len(item)\n"
TEXT = "asyncio.run() is not looked for here.\n"


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a program; git does not look at the repository that the tests stand in."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment["PRE_COMMIT_HOME"] = str(folder.parent / "pre-commit")
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=SECONDS,
    )


def commit(folder: Path) -> None:
    """Makes a git repository of a folder, with all files in its first commit."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for arguments in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*identity, "-c", "commit.gpgsign=false", "commit", "--quiet", "--no-verify", "-m", "All"],
    ):
        done = run(folder, "git", "-c", "core.autocrlf=false", *arguments)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with this project as it stands in the working tree."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    backend = ["--no-deps", "--dest", str(tmp_path / "backend"), "hatchling"]
    pip = [sys.executable, "-m", "pip", "--retries", "0", "--timeout", "15"]
    done = run(tmp_path, *pip, "download", "--quiet", *backend)
    if done.returncode != 0:
        pytest.skip(f"pip reaches no package index: {done.stderr.strip()[-200:]}")
    folder = tmp_path / "asynclint"
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    commit(folder)
    return folder


def test_hooks_report_and_repair(clone: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    files = {"faulty.py": FAULTY, "good.py": GOOD, "notes.txt": TEXT}
    for name, text in files.items():
        shop.joinpath(name).write_text(text, encoding="utf-8")
    commit(shop)

    # Without the name of a hook it runs all of the manifest, in one environment.
    done = run(shop, sys.executable, "-m", "pre_commit", "try-repo", str(clone), "--files", *files)
    report, repair = done.stdout.split("\nasynclint fix.")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "- hook id: asynclint\n- exit code: 1\n" in report, done.stdout
    assert "faulty.py:10:17: ASL301 " in report
    assert "Found 1 error." in report
    assert "- hook id: asynclint-fix\n" in repair
    assert "- files were modified by this hook" in repair

    repaired = FAULTY.replace("asyncio.run(price(item))", "await price(item)")
    texts = {name: shop.joinpath(name).read_text(encoding="utf-8") for name in files}
    assert texts == {**files, "faulty.py": repaired}
