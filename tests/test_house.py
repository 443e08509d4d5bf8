"""What holds for the whole project: lint, format, types, layers, size of files, change log."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import asynclint

ROOT = Path(__file__).parents[1]
MOST_LINES = 400

CHECKS = {
    "lint": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
    "types": ["-m", "mypy"],
    # import-linter has no __main__, and the folder of its script need not be on the path.
    "layers": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
    "hooks offered": ["-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"],
    "hooks used": ["-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"],
}


@pytest.mark.parametrize("arguments", CHECKS.values(), ids=CHECKS.keys())
def test_check_passes(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_too_long() -> None:
    modules = sorted(ROOT.joinpath("asynclint").rglob("*.py"))
    lengths = {
        str(module.relative_to(ROOT)): module.read_text(encoding="utf-8").count("\n")
        for module in modules
    }
    assert len(lengths) > 1
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_change_log_names_this_version() -> None:
    text = ROOT.joinpath("CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", text, flags=re.MULTILINE)
    assert asynclint.__version__ in versions
