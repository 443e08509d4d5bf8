"""How often each rule was broken."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from asynclint.report.outcome import is_safe

if TYPE_CHECKING:
    from asynclint.report.outcome import Outcome

#: The formats that have a form for statistics.
FORMATS = ("full", "concise", "json")


def statistics(outcome: Outcome, output_format: str) -> str:
    """One line (in JSON: one object) a rule, the most frequent first; with the form of `ruff`."""
    counts = Counter((finding.code, finding.name) for finding in outcome.findings)
    safe = Counter(finding.code for finding in outcome.findings if is_safe(finding))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if output_format == "json":
        rows = [
            {"code": code, "name": name, "count": count, "fixable": count == safe[code]}
            for (code, name), count in ordered
        ]
        return json.dumps(rows, indent=2) + "\n"
    width = max((len(str(count)) for count in counts.values()), default=0)
    return "".join(
        f"{count:>{width}}\t{code}\t{'[*]' if count == safe[code] else '[ ]'} {name}\n"
        for (code, name), count in ordered
    )
