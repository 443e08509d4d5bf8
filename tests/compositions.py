"""Files made of several fixtures' programs, in any layout, encoding and newlines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from asynclint.source.text import Source, decode
from fixture_harness import fixture_paths, load
from reformatting import ADDING, KEEPING, SHARING, joined, reformatted, tree_of, wrapped

#: What stands above a program, the codec, and the byte order mark.
TOPS = [
    ("", "utf-8", b""),
    ("", "utf-8", b"\xef\xbb\xbf"),
    ("# -*- coding: latin-1 -*-\n", "latin-1", b""),
    ("#!/usr/bin/python\n# vim: set fileencoding=utf-8 :\n", "utf-8", b""),
]
NEWLINES = ("\n", "\r\n", "\r")
NUMBERS = st.integers(0, 9999)
ADDED = st.lists(st.tuples(st.sampled_from(ADDING), NUMBERS), max_size=2)
KEPT = st.lists(st.tuples(st.sampled_from(KEEPING), NUMBERS), max_size=12)

#: In a folder that is not there: no other file is looked at.
PATH = "nowhere/app.py"


@cache
def pool() -> list[str]:
    """The faulty programs of one file that every Python can read."""
    fixtures = [load(path) for path in fixture_paths()]
    return [
        each.program
        for each in fixtures
        if each.kind in ("raises", "missed")
        and each.runs_on((3, 10))
        and "__future__" not in each.program
    ]


@dataclass(frozen=True)
class Composition:
    """Programs in one: as they are written, and as the file has them.

    alike: each statement stands on lines of its own in both, so that the same cures are open to it.
    """

    plain: str
    source: Source
    alike: bool


@st.composite
def compositions(draw: st.DrawFn) -> Composition:
    """Up to three programs, perhaps within a block, in any layout, encoding and newlines."""
    chosen = draw(st.lists(st.sampled_from(pool()), min_size=1, max_size=3))
    text = joined(chosen, apart=draw(st.booleans()))
    block = draw(st.none() | NUMBERS)
    if block is not None and tree_of(inside := wrapped(text, block)):
        text = inside
    plain = reformatted(text, draw(ADDED))
    steps = draw(KEPT)
    text = reformatted(plain, steps)
    top, encoding, bom = draw(st.sampled_from(TOPS))
    if encoding == "latin-1":
        plain, text = (re.sub(r"[^\x00-\xff]", "?", each) for each in (plain, text))
    text = (top + text) if draw(st.booleans()) else (top + text).rstrip("\n")
    text = text.replace("\n", draw(st.sampled_from(NEWLINES)))
    alike = all(step not in SHARING for step, _ in steps)
    return Composition(plain, decode(bom + text.encode(encoding), PATH), alike)
