"""scripts/nothing_lost.py tells runs apart that find different things."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from asynclint.engine.screen import Screen
from front_ends import write

ROOT = Path(__file__).parents[1]
FILES = {
    "rates.py": "async def load():\n    pass\n\n\ndef start():\n    return load()\n",
    "user.py": "from rates import load, start\n\n\ndef main():\n    load()\n    start()\n",
}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("nothing_lost")


def test_all_kinds_of_run_find_the_same(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, FILES)
    assert script.is_same("rates", tmp_path)
    told = capsys.readouterr().out
    assert told.count(": 2 findings") == len(told.splitlines()) == 4


def test_screen_that_loses_something_is_told(
    script: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Screen, "may_hold", lambda _self, _function: False)
    write(tmp_path, FILES)
    assert not script.is_same("rates", tmp_path)
    assert f"  more: {tmp_path / 'user.py'}:5 ASL501" in capsys.readouterr().out
