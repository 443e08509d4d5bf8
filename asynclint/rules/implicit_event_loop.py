"""ASL404 implicit-event-loop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from asynclint.findings import Fix
from asynclint.fixes.kit import Kit
from asynclint.fixes.run_block import run_instead
from asynclint.fixes.streamlit import is_streamlit, kept_loop_for_block
from asynclint.flow.story import Story
from asynclint.rules.base import Report, Rule


class ImplicitEventLoop(Rule):
    """`get_event_loop()` is asked for a loop where none is set."""

    code = "ASL404"
    name = "implicit-event-loop"

    def check(self, story: Story) -> Iterator[Report]:
        if story.on_loop or story.program.module.mentions & _SETTERS:
            return
        asked = {id(use.node) for use in story.loop_uses if use.what == "asked"}
        for use in story.loop_uses:
            if use.what == "run" and id(use.node) in asked:
                message = (
                    "`asyncio.get_event_loop()` where no loop is set is deprecated, and "
                    "raises RuntimeError from Python 3.14; use `asyncio.run()`"
                )
                yield Report(use.node, message, fix=partial(_cure, asked=use.node))


def _cure(kit: Kit, asked: cst.CSTNode) -> Fix | None:
    return kept_loop_for_block(kit, asked) if is_streamlit(kit) else run_instead(kit, asked)


_SETTERS = frozenset({"set_event_loop", "set_event_loop_policy", "new_event_loop", "install"})
