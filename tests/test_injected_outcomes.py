"""The data on faults that were injected into real packages are in form, and the page shows them."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "injected"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))


def module(name: str) -> ModuleType:
    """A module of the scripts."""
    return importlib.import_module(name)


def read(name: str) -> str:
    """A file of the data."""
    return (DATA / name).read_text(encoding="utf-8")


def test_the_outcomes_are_of_the_packages_and_enough() -> None:
    suites = {s.name: s for s in module("package_suites").read_suites(read("packages.toml"))}
    outcomes = module("fault_outcomes").read_outcomes(read("outcomes.json"))
    assert len(outcomes) >= 500
    assert len({each.package for each in outcomes}) >= 8
    assert len({each.id for each in outcomes}) == len(outcomes)
    assert outcomes == sorted(outcomes, key=lambda each: each.key)
    for each in outcomes:
        assert suites[each.package].package.version == each.version
        assert each.kind in module("fault_kinds").KINDS
        assert each.back in ("", "same", "tests")


def test_each_site_that_is_not_found_has_one_reason() -> None:
    outcomes = module("fault_outcomes").read_outcomes(read("outcomes.json"))
    reasons = module("fault_outcomes").read_reasons(read("reasons.toml"))
    explained = Counter(site for reason in reasons.values() for site in reason.sites)
    assert explained == Counter(each.id for each in outcomes if not each.found)
    assert all(reason.text.strip() for reason in reasons.values())


def test_the_page_is_what_the_data_say() -> None:
    outcomes = module("fault_outcomes")
    expected = module("fault_page").page(
        outcomes.read_outcomes(read("outcomes.json")),
        outcomes.read_reasons(read("reasons.toml")),
        module("package_suites").read_suites(read("packages.toml")),
        module("safe_fix_outcomes").read_unchanged(read("safe_fixes.json")),
    )
    assert (ROOT / "docs" / "injected-faults.md").read_text(encoding="utf-8") == expected
