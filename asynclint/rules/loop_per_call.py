"""ASL401 loop-per-call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from asynclint.facts import DECORATED, Where
from asynclint.findings import Fix
from asynclint.fixes.kit import Kit
from asynclint.fixes.run_block import run_instead
from asynclint.fixes.streamlit import is_streamlit, kept_loop_for_block, kept_loop_for_run
from asynclint.flow.story import Life, LoopStart, Story
from asynclint.rules.base import Report, Rule
from asynclint.rules.loops import makes_its_loop


class LoopPerCall(Rule):
    """An event loop is made for every call, request or interaction."""

    code = "ASL401"
    name = "loop-per-call"

    def check(self, story: Story) -> Iterator[Report]:
        if story.on_loop or story.unit.parent is not None and story.unit.function is None:
            return
        for start in story.starts:
            if start.chain or start.repeated or start.kept or not (makes_its_loop(start) or start.loop):
                continue
            place = start.loop.op.node if start.loop is not None else start.node
            reason = self._reason(story, start)
            if reason:
                fix = None if _is_handler(story) else partial(_cure, start=start)
                yield Report(place, f"an event loop is made {reason}", fix=fix)

    @staticmethod
    def _reason(story: Story, start: LoopStart) -> str:
        """For what a loop is made each time, '' if it is made once."""
        if _is_streamlit(story):
            return "" if _runs_once(story) else "each time that the Streamlit script runs"
        if _is_handler(story):
            return "for every request"
        if start.loop is not None and _by_hand(story, start.loop):
            return "and closed by hand for one call; `asyncio.run()` does this and cleans up"
        return ""


def _cure(kit: Kit, start: LoopStart) -> Fix | None:
    if start.loop is None:
        return kept_loop_for_run(kit, start) if is_streamlit(kit) else None
    made = start.loop.op.node
    return kept_loop_for_block(kit, made) if is_streamlit(kit) else run_instead(kit, made)


def _is_streamlit(story: Story) -> bool:
    return story.program.module.imports_whole("streamlit")


def _runs_once(story: Story) -> bool:
    """Whether Streamlit keeps the result, or the script guards the place by its session state."""
    function = story.unit.function
    if function is None:
        return False
    facts = story.program.resolver.decorator_facts(function)
    return any(fact.name.startswith("streamlit.cache") for fact in facts)


def _is_handler(story: Story) -> bool:
    """Whether a framework calls the function for each request or task."""
    function = story.unit.function
    if function is None:
        return False
    facts = story.program.resolver.decorator_facts(function)
    return any(
        calls.at == DECORATED and calls.where in (Where.LATER, Where.PROCESS, Where.THREAD)
        for fact in facts
        if not fact.name.startswith(_ONCE)
        for calls in fact.calls
    )


def _by_hand(story: Story, life: Life) -> bool:
    function = story.unit.function
    if function is None or function.name == "main" or not life.closed:
        return False
    runs = [start for start in story.starts if start.loop is life and start.argument is not None]
    if len(runs) != 1 or story.program.is_given_away(function):
        return False
    return life.set_current or _is_given(story, runs[0])


def _is_given(story: Story, start: LoopStart) -> bool:
    """Whether the coroutine comes from the caller: a helper that bridges from plain code."""
    return any(
        entry.by is start.op and entry.subject.origin == "parameter"
        for entry in story.consumptions
    )


_ONCE = ("click.", "typer.", "atexit.", "pytest", "signal.")  # called once, or by a test runner
