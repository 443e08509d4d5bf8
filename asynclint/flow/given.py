"""The arguments of a call as it gives them, those of known containers unpacked."""

from __future__ import annotations

from dataclasses import dataclass, field

from asynclint.flow.containers import CONTAINERS
from asynclint.flow.results import Results
from asynclint.model.values import Value
from asynclint.visitor import ops


@dataclass(slots=True)
class Given:
    """The arguments of a call. open: more may come from a starred argument that is not known."""

    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    open: bool = False


class Unpacking(Results):
    """Takes starred arguments apart."""

    def arguments_of(self, op: ops.Call) -> Given:
        """The arguments as the call gives them, those of known containers unpacked."""
        given = Given()
        for arg in op.args:
            value = self.state.get(arg.slot)
            if arg.star == "**":
                self._take_keywords(value, given)
            elif arg.star:
                self._take_elements(value, given)
            elif arg.keyword:
                given.keywords[arg.keyword] = value
            elif not given.open:
                given.positional.append(value)
        return given

    def _contents(self, value: Value) -> dict[object, Value] | None:
        """What a container holds under which keys, where that is known of all of it."""
        for _, record in self.state.objects(value):
            if len(value) == 1 and record.cls in CONTAINERS and not record.escaped:
                if record.items and not record.keyed:
                    return None
                return dict(record.keyed)
        return None

    def _take_elements(self, value: Value, given: Given) -> None:
        contents = self._contents(value)
        if contents is None or list(contents) != list(range(len(contents))):
            given.open = True
        elif not given.open:
            given.positional.extend(contents.values())

    def _take_keywords(self, value: Value, given: Given) -> None:
        contents = self._contents(value)
        if contents is None:
            given.open = True
        else:
            given.keywords.update({str(key): held for key, held in contents.items()})
