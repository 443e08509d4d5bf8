"""Imports and helpers go into any head of a module without harm to what is there."""

from __future__ import annotations

import ast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asynclint.fixes.edits import apply_edits
from asynclint.fixes.helpers import helper_edit
from asynclint.fixes.imports import import_edit
from asynclint.source.text import Source, decode

HELPER = "async def consume(agen):\n    return [item async for item in agen]\n"

TOPS = st.lists(
    st.sampled_from(["#!/bin/python", "# coding: utf-8", "# licence", "", "\x0c"]), max_size=3
)
DOCSTRINGS = st.sampled_from(
    [[], ['"""doc"""'], ['"""doc', "", "import this", '"""'], ["'d'; x = 0"]]
)
FUTURES = st.sampled_from([[], ["from __future__ import annotations"]])
STATEMENTS = st.lists(
    st.sampled_from(
        [
            ["import os"],
            ["import abc, io"],
            ["import httpx"],
            ["import os.path as path; import re"],
            ["from abc import (", "    ABC,  # a comment", "", ")"],
            ["from . import local"],
            ["import sys, \\", "    json"],
            ["try:", "\timport uvloop", "except ImportError:", "\tuvloop = None"],
            ["if TYPE_CHECKING:", "\timport types"],
            ["# a comment"],
            [""],
            ["", ""],
            ["import zlib; text = '''", "import this", "'''; import gc"],
            ["__all__ = []"],
            ["start()"],
            ["def f():", "\timport asyncio as aio", "\treturn aio"],
            ["@decorate", "class A:", "\tpass"],
        ]
    ),
    max_size=7,
)


@st.composite
def heads(draw: st.DrawFn) -> Source:
    statements = draw(STATEMENTS)
    parts = [draw(TOPS), draw(DOCSTRINGS), draw(FUTURES), *statements]
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(line for part in parts for line in part)
    text += draw(st.sampled_from(["", "\n"]))
    assume(compiles(text))
    return decode(text.encode(), "app.py")


def compiles(text: str) -> bool:
    try:
        compile(text, "app.py", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def added_statement(source: Source, text: str) -> ast.stmt:
    """The one statement that is new in a text, in which everything else must be as it was."""
    old, new = ast.parse(source.text).body, ast.parse(text).body
    assert compiles(text)
    pairs = zip(old, new, strict=False)
    place = next((i for i, (a, b) in enumerate(pairs) if dumped(a) != dumped(b)), len(old))
    assert [dumped(node) for node in old] == [
        dumped(node) for node in new[:place] + new[place + 1 :]
    ]
    assert all(not has_call(node) for node in old[:place]), "something runs above it"
    assert decode(text.encode(), "app.py").encoding == source.encoding
    comments = [line for line in source.text.splitlines() if line.startswith("#")]
    assert [line for line in text.splitlines() if line.startswith("#")] == comments
    if source.text.startswith("#!"):
        assert text.startswith("#!")
    return new[place]


def dumped(node: ast.stmt) -> str:
    return ast.dump(node)


def has_call(node: ast.stmt) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.ClassDef)) or "Call(" in ast.dump(node)


@given(heads(), st.sampled_from(["import asyncio", "from contextlib import aclosing"]))
def test_an_import_goes_into_any_head(source: Source, statement: str) -> None:
    edit = import_edit(source, ast.parse(source.text), statement)
    assert edit is not None
    text = apply_edits(source.text, [edit])
    assert ast.unparse(added_statement(source, text)) == statement
    after = decode(text.encode(), "app.py")
    assert import_edit(after, ast.parse(text), statement) is None


@given(heads())
def test_a_helper_goes_into_any_head(source: Source) -> None:
    helper = helper_edit(source, ast.parse(source.text), "consume", HELPER)
    assert helper.edit is not None
    text = apply_edits(source.text, [helper.edit])
    assert ast.unparse(added_statement(source, text)) == HELPER.strip()
    after = decode(text.encode(), "app.py")
    assert helper_edit(after, ast.parse(text), "consume", HELPER).edit is None


@given(heads())
def test_an_import_and_a_helper_go_into_any_head_together(source: Source) -> None:
    tree = ast.parse(source.text)
    imported = import_edit(source, tree, "import asyncio")
    helper = helper_edit(source, tree, "consume", HELPER)
    assert imported is not None
    assert helper.edit is not None
    text = apply_edits(source.text, [imported, helper.edit])
    assert compiles(text)
    names = [getattr(node, "name", ast.unparse(node)) for node in ast.parse(text).body]
    assert names.index("import asyncio") < names.index("consume")
    assert len(names) == len(tree.body) + 2


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@given(heads())
def test_only_the_newlines_of_the_file_are_used(newline: str, source: Source) -> None:
    text = source.text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", newline)
    assume(newline in text)
    head = decode(text.encode(), "app.py")
    helper = helper_edit(head, ast.parse(text), "consume", HELPER)
    assert helper.edit is not None
    result = apply_edits(text, [helper.edit])
    assert set(decode(result.encode(), "app.py").text.replace(newline, "")).isdisjoint("\r\n")
