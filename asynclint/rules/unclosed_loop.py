"""ASL403 unclosed-loop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from asynclint.findings import Fix
from asynclint.fixes.kit import Kit
from asynclint.fixes.run_block import await_instead, run_instead
from asynclint.fixes.streamlit import is_streamlit, kept_loop_for_block
from asynclint.flow.story import Story
from asynclint.model.values import LOOP
from asynclint.rules.base import Report, Rule


class UnclosedLoop(Rule):
    """An event loop is made and not closed on every path."""

    code = "ASL403"
    name = "unclosed-loop"

    def check(self, story: Story) -> Iterator[Report]:
        for life in story.lives:
            if life.subject.cls != LOOP:
                continue
            if life.unclosed or (life.left_set and life.closed):
                how = "not closed on every path" if life.closed else "never closed"
                message = f"this event loop is {how}: it keeps its selector and sockets"
                yield Report(life.op.node, message, fix=partial(_cure, made=life.op.node))


def _cure(kit: Kit, made: cst.CSTNode) -> Fix | None:
    if kit.story.on_loop:
        return await_instead(kit, made)
    if is_streamlit(kit):
        return kept_loop_for_block(kit, made)
    return run_instead(kit, made, bridging=True)
