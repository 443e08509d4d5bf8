"""Decoding, lines and columns as CPython has them; `noqa` as flake8 has it."""

from __future__ import annotations

import argparse
import ast
import io
import itertools
import tokenize
from pathlib import Path

import pytest
from flake8.processor import FileProcessor  # type: ignore[import-untyped]
from flake8.violation import Violation  # type: ignore[import-untyped]
from hypothesis import assume, given
from hypothesis import strategies as st

from asynclint.source.gate import WORDS, may_matter
from asynclint.source.noqa import Suppressions
from asynclint.source.text import Source, SourceError, decode, from_text, read_source

BOM = b"\xef\xbb\xbf"

DECODABLE = {
    "plain": b"x = 1\n",
    "empty": b"",
    "only a byte order mark": BOM,
    "no newline at the end": b"x = 1",
    "utf-8": "x = 'é日🎉'\n".encode(),
    "byte order mark": BOM + b"x = 1\r\n",
    "byte order mark and cookie": BOM + b"# coding: utf-8\nx = 1\n",
    "latin-1": "# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"),
    "latin-9 on the second line": b"#!x\n# vim: set fileencoding=iso-8859-15 :\nx = '\xe9\xa4'\n",
    "second line below a blank one": b" \t\n# coding=cp1252\nx = '\x80'\n",
    "cookie behind carriage returns": b"# one\r# coding: latin-1\rx = '\xe9'\r",
    "spelling of utf-8": b"# coding: UTF_8-SIG\nx = '\xc3\xa9'\n",
    "spelling of latin-1": b"# coding: iso-latin-1-unix\nx = '\xe9'\n",
    "cookie below code is none": b"x = 1\n# coding: latin-1\n",
    "cookie on the third line is none": b"\n\n# coding: no-such-codec\n",
    "cookie in a string is none": b"x = 'coding: no-such-codec'\n",
    "multi-byte codec": "# coding: shift_jis\nx = '日本'\n".encode("shift_jis"),
}

UNDECODABLE = {
    "not utf-8": (b"x = 1\ny = '\xe9'\n", 2, 6),
    "not utf-8 behind a byte order mark": (BOM + b"y = '\xe9'\n", 1, 9),
    "not utf-8 below mixed newlines": (b"a\rb\r\nc\nd = '\xff'", 4, 6),
    "cookie below code is none": (b"x = 1\n# coding: latin-1\ny = '\xe9'\n", 3, 6),
    "not what the cookie says": (b"# coding: ascii\n\nx = '\xc3\xa9'\n", 3, 6),
    "unknown codec": (b"#!/bin/python\n# coding: no-such-codec\n", 2, 11),
    "codec that makes no text": (b"# coding: hex\n", 1, 11),
    "codec that refuses everything": (b"# coding: undefined\n", 1, 1),
    "byte order mark against cookie": (BOM + b"# coding: latin-1\n", 1, 11),
    "null byte": (b"x = 1\n\ny = '\0'\n", 3, 6),
    "utf-16": ("x = 1\n".encode("utf-16"), 1, 4),
}


@pytest.mark.parametrize("data", DECODABLE.values(), ids=DECODABLE)
def test_decodes_what_cpython_decodes(data: bytes) -> None:
    source = decode(data, "x.py")
    assert ast.dump(ast.parse(source.text)) == ast.dump(ast.parse(data))
    assert source.bom + source.text.encode(source.encoding) == data


#: tokenize is given lines of bytes here, which end at line feeds only.
BY_LINE_FEEDS = [data for data in DECODABLE.values() if b"\r" not in data.replace(b"\r\n", b"")]


@pytest.mark.parametrize("data", BY_LINE_FEEDS)
def test_encoding_is_that_of_tokenize(data: bytes) -> None:
    name, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    source = decode(data, "x.py")
    assert (source.encoding + "-sig" * bool(source.bom)).lower() == name.lower()


@pytest.mark.parametrize(("data", "row", "column"), UNDECODABLE.values(), ids=UNDECODABLE)
def test_refuses_what_cpython_refuses_and_says_where(data: bytes, row: int, column: int) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        compile(data, "x.py", "exec")
    with pytest.raises(SourceError) as caught:
        decode(data, "some/x.py")
    error = caught.value
    assert (error.path, error.row, error.column) == ("some/x.py", row, column)
    assert str(error).startswith(f"some/x.py:{row}:{column}: ")


def test_reads_a_file_and_leaves_newlines_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(b"a\r\nb\rc\nd")
    source = read_source(str(path))
    assert (source.text, source.data) == ("a\r\nb\rc\nd", b"a\r\nb\rc\nd")
    with pytest.raises(FileNotFoundError):
        read_source(str(tmp_path / "y.py"))


def test_lines_end_where_the_tokenizer_ends_them() -> None:
    text = "a\x0cb\n\x0cc\r\nd\x0b\re\x1c\x85f\u2028g\n"
    source = from_text(text, "x.py")
    lines = [source.line(row) for row in range(1, len(source.line_starts) + 1)]
    assert lines == ["a\x0cb", "\x0cc", "d\x0b", "e\x1c\x85f\u2028g", ""]
    assert source.line(0) == source.line(99) == ""


NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])
STATEMENTS = st.sampled_from(["x = 1", "", "\x0cy", "'é\x1c\u2028'", "# \x0b\x85", "日本 = '🎉'"])


@given(st.lists(st.tuples(STATEMENTS, NEWLINES)))
def test_rows_are_those_of_the_parser(lines: list[tuple[str, str]]) -> None:
    pairs = itertools.pairwise(lines)
    assume(not any(one[1] == "\r" and two == ("", "\n") for one, two in pairs))  # one newline
    source = from_text("".join(line + newline for line, newline in lines), "x.py")
    for node in ast.parse(source.text).body:
        assert source.line(node.lineno).lstrip("\x0c") == lines[node.lineno - 1][0].lstrip("\x0c")


@given(st.text(alphabet="a\r\n\x0cé"))
def test_position_and_offset_are_inverse(text: str) -> None:
    source = from_text(text, "x.py")
    for offset in range(len(text) + 1):
        position = source.position(offset)
        assert source.offset(position.row, position.column - 1) == offset


@given(st.lists(st.sampled_from(["é", "a", "🎉", "日", "'x'", "'\u0301'"]), min_size=1))
def test_columns_of_the_parser_become_characters(parts: list[str]) -> None:
    names = ["ab", *(part if part.startswith("'") else f"'{part}'" for part in parts)]
    source = from_text(f"if 1:\n  f({', '.join(names)})\n", "x.py")
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.Constant | ast.Name):
            start = source.offset(node.lineno, source.utf8_column(node.lineno, node.col_offset))
            assert node.end_col_offset is not None
            column = source.utf8_column(node.lineno, node.end_col_offset)
            end = source.offset(node.lineno, column)
            assert source.text[start:end] == ast.get_source_segment(source.text, node)


@pytest.mark.parametrize(
    ("text", "newline"),
    [("", "\n"), ("a", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\rb\rc\n", "\r"), ("a\r\nb\n\n", "\n")],
)
def test_newline_is_the_most_frequent(text: str, newline: str) -> None:
    assert from_text(text, "x.py").newline == newline


@pytest.mark.parametrize("word", WORDS)
def test_gate_opens_for_each_word(word: bytes) -> None:
    assert may_matter(b"x = 1\n" + word + b"\n")


def test_gate_stays_shut() -> None:
    assert not may_matter(b"import threading\n\n\ndef synchronous_asy_nc():\n    return 1\n")


COMMENTED = [
    "x  # noqa\n",
    "x  # NoQA\n",
    "x  #noqa\n",
    "x  #  noqa\n",
    "x  # noqa:ASL101\n",
    "x  # noqa: ASL101\n",
    "x  # noqa:  ASL101\n",
    "x  # noqa : ASL101\n",
    "x  # noqa: ASL1\n",
    "x  # noqa: ASL2\n",
    "x  # noqa: ASL\n",
    "x  # noqa: A1\n",
    "x  # noqa: asl101\n",
    "x  # noqa: E501,ASL101\n",
    "x  # noqa: E501 ASL101\n",
    "x  # noqa: E501, W291,\tASL101 because\n",
    "x  # noqa: E501;ASL101\n",
    "x  # noqa: because\n",
    "x  # noqa because\n",
    "x  # pylint: disable=x  # noqa: ASL101\n",
    "x  # noqa: E501  # noqa: ASL101\n",
    "x = '# noqa'\n",
    "# flake8: noqa\nx\n",
    "  # flake8: noqa\nx\n",
    "#flake8: noqa\nx\n",
    "# flake8:noqa\nx\n",
    "# FLAKE8= NOQA\nx\n",
    "# flake8: noqa: ASL2\nx\n",
    "# flake8: noqa: ASL101\nx\n",
    "x\ny  # flake8: noqa\n",
    "x\ny  # flake8: noqa: ASL101\n",
    "x = '''\n# flake8: noqa\n'''\n",
    "x = '''\n'''  # noqa\ny\n",
    "x = '''  # noqa\n'''\ny\n",
    "x = f('''\n''', 1,  # noqa: ASL101\n    2)\n",
    "x = f(\n    1,  # noqa\n    2,\n)\n",
    "x = 1 + \\\n    2  # noqa\ny\n",
    "if x:\n    y = '''a\n\nb'''; z = '''\n'''  # noqa: ASL101\nz\n",
    "x = f'''{\n1}\n'''  # noqa\ny\n",
    "x  # noqa",
    "\n\n\nx  # noqa\n\n",
    "x\x0c  # noqa\ny\n",
    "",
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("text", COMMENTED)
def test_noqa_is_what_flake8_takes_it_for(text: str, newline: str) -> None:
    ours = Suppressions.of(from_text(text.replace("\n", newline), "x.py"))
    theirs = flake8_hides(text)
    for row in range(1, text.count("\n") + 2):
        for code in ("ASL101", "ASL001", "ASL205"):
            assert ours.hides(code, row) is theirs(code, row), (code, row)


class flake8_hides:  # noqa: N801 - a function with a memory
    """What flake8 itself makes of the comments in a text."""

    def __init__(self, text: str) -> None:
        options = argparse.Namespace(
            hang_closing=False,
            indent_size=4,
            max_line_length=79,
            max_doc_length=None,
            verbose=0,
            disable_noqa=False,
        )
        lines = list(io.StringIO(text))
        self._processor = FileProcessor("no-such-file.py", options, lines)

    def __call__(self, code: str, row: int) -> bool:
        if self._processor.should_ignore_file():
            return True
        line = self._processor.noqa_line_for(row)
        violation = Violation(code, "no-such-file.py", row, 1, "", line)
        return bool(violation.is_inline_ignored(disable_noqa=False))


def test_noqa_counts_line_by_line_where_there_are_no_tokens() -> None:
    ours = Suppressions.of(from_text("x  # noqa: ASL101\ny = '''\n", "x.py"))
    assert [ours.hides("ASL101", row) for row in (1, 2, 3)] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "row", "at"),
    [
        ("x\ny\n", 2, 2),
        ("x = '''\n\n'''\n", 1, 3),
        ("x = 1 + \\\n  2\n", 1, 2),
        ("f(\n  1)\n", 1, 1),
        ("x = '''\n", 1, 1),
    ],
)
def test_row_for_a_comment_takes_one(text: str, row: int, at: int) -> None:
    source = from_text(text, "x.py")
    assert Suppressions.of(source).comment_row(row) == at
    lines = text.split("\n")
    lines[at - 1] += "  # noqa: ASL101"
    assert Suppressions.of(from_text("\n".join(lines), "x.py")).hides("ASL101", row)


def test_sources_with_the_same_bytes_are_equal() -> None:
    one, two = decode(b"x\n", "x.py"), decode(b"x\n", "x.py")
    assert isinstance(one, Source)
    assert list(one.line_starts) == [0, 2]
    assert one == two
