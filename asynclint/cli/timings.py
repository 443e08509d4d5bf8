"""Where the time of a run goes, by stage: `asynclint check --timings`.

Nothing in the stages knows of it. While it is asked for, and only then, the functions of the table
below have others in their place that look at the clock.
"""

from __future__ import annotations

import importlib
import inspect
import time
from collections import Counter, defaultdict
from functools import wraps
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Function = Callable[..., Any]

#: The stages in the order in which a file goes through them, each with what is called for it:
#: module and name, in the module that calls it where it is a function.
STAGES: dict[str, tuple[str, ...]] = {
    "cache": (
        "asynclint.engine.cache.cached:Cache.unchanged",
        "asynclint.engine.cache.cached:Cache.check",
    ),
    "discover": ("asynclint.engine.run:discover", "asynclint.engine.cache.again:discover"),
    "read": ("asynclint.engine.run:read", "asynclint.engine.run:read_stdin"),
    "gate": ("asynclint.engine.workspace:Workspace.gate",),
    "parse": (
        "asynclint.engine.examine:parse",
        "asynclint.engine.workspace:parse",
        "asynclint.engine.screen:parsed",
        "asynclint.engine.examine:depth_trouble",
    ),
    "index": ("asynclint.model.project:index_module",),
    "facts": ("asynclint.facts.loader:parse_facts",),
    "screen": (
        "asynclint.engine.screen:Screen.may_hold",
        "asynclint.engine.screen:Screen.body_may_hold",
        "asynclint.engine.screen:Screen.leads",
        "asynclint.engine.screen:loose_names",
    ),
    "cst": (
        "asynclint.flow.program:Program.unit",
        "asynclint.flow.file:parse_function",
        "asynclint.flow.file:parse_module_body",
        "asynclint.flow.program:lower",
    ),
    "flow": ("asynclint.flow.program:Program.story", "asynclint.flow.program:Program.summary"),
    "rules": (),  # the method `check` of each rule
    "fixes": ("asynclint.engine.analysis:_finding",),
    "report": ("asynclint.cli.output:Output.findings",),
}
#: What the table's functions take to import, and what none of them does.
_IMPORT, _OTHER = "import", "other"


@final
class Timings:
    """A context: of what runs in it, in this process, each moment counts for one stage.

    That is the innermost one, so what a stage asks of another counts for that. The functions of the
    table are imported on entry, and as they were on exit.
    """

    def __init__(self) -> None:
        self.calls = Counter[str]()
        self._seconds: dict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = 0.0
        self._replaced: list[tuple[object, str, Function]] = []

    def __enter__(self) -> Timings:
        self._since = time.perf_counter()
        self._open.append(_IMPORT)
        found = [(stage, *_place(each)) for stage, names in STAGES.items() for each in names]
        found += [("rules", rule, "check") for rule in _rules()]
        for stage, owner, name in found:
            self._replace(stage, owner, name)
        self._leave()
        self._open.append(_OTHER)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
        for owner, name, function in reversed(self._replaced):
            setattr(owner, name, function)
        self._replaced.clear()

    def table(self) -> str:
        """A line for each stage: seconds, share of the whole, how often it began."""
        total = sum(self._seconds.values()) or 1.0
        lines = [f"{'stage':<10}{'seconds':>10}{'share':>8}{'calls':>10}"]
        for stage in (_IMPORT, *STAGES, _OTHER):
            seconds = self._seconds[stage]
            calls = str(self.calls[stage] or "")
            lines.append(f"{stage:<10}{seconds:>10.3f}{seconds / total:>8.1%}{calls:>10}".rstrip())
        return "\n".join([*lines, f"{'total':<10}{total:>10.3f}", ""])

    def _replace(self, stage: str, owner: object, name: str) -> None:
        function = getattr(owner, name)
        make = self._stepwise if inspect.isgeneratorfunction(function) else self._whole
        self._replaced.append((owner, name, function))
        setattr(owner, name, make(stage, function))

    def _whole(self, stage: str, function: Function) -> Function:
        @wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as the function has it
            self._begin(stage)
            try:
                return function(*arguments, **named)
            finally:
                self._leave()

        return timed

    def _stepwise(self, stage: str, function: Function) -> Function:
        """Of a generator function: what runs between two of its values."""

        @wraps(function)
        def timed(*arguments: Any, **named: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
            values = function(*arguments, **named)
            while True:
                self._begin(stage)
                try:
                    value = next(values)
                except StopIteration:
                    return
                finally:
                    self._leave()
                yield value

        return timed

    def _begin(self, stage: str) -> None:
        self.calls[stage] += 1
        self._count()
        self._open.append(stage)

    def _leave(self) -> None:
        self._count()
        self._open.pop()

    def _count(self) -> None:
        """The time since the last change goes to the stage that was the innermost one."""
        now = time.perf_counter()
        if self._open:
            self._seconds[self._open[-1]] += now - self._since
        self._since = now


def _place(name: str) -> tuple[object, str]:
    """What has the function as an attribute, and the attribute's name."""
    module, _, path = name.partition(":")
    owner: object = importlib.import_module(module)
    *outer, last = path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    return owner, last


def _rules() -> list[type]:
    """The classes that have a `check` of their own."""
    from asynclint.rules import Rule, all_rules

    owners = (next(c for c in rule.__mro__ if "check" in vars(c)) for rule in all_rules())
    return [owner for owner in dict.fromkeys(owners) if owner is not Rule]
