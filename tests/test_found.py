"""docs/found.md tells of all alarms on released packages that are true, and of no others."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from verdicts import read_record  # noqa: E402

_PLACE = re.compile(r"`([\w/]*)(?:\.py)?:(\d+)`")


def _told() -> set[tuple[str, str, int]]:
    """The places that the page names: package with version, file and line."""
    found: set[tuple[str, str, int]] = set()
    for section in (ROOT / "docs" / "found.md").read_text(encoding="utf-8").split("\n### ")[1:]:
        package, version = section.split(",")[0].split()
        file = ""
        for name, line in _PLACE.findall(section):
            file = f"{name}.py" if name else file
            found.add((f"{package} {version}", file, int(line)))
    return found


def test_the_page_tells_of_the_true_alarms() -> None:
    record = read_record((ROOT / "tests" / "alarms" / "verdicts.toml").read_text(encoding="utf-8"))
    true = {
        (f"{v.alarm.package.name} {v.alarm.package.version}", v.alarm.file, v.alarm.line)
        for v in record.verdicts
        if v.verdict == "true" and not v.gone
    }
    assert len(true) > 10
    assert _told() == true
