from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from asynclint.engine.diff import unified_diff, unified_diff_bytes
from asynclint.engine.fixing import fix_source
from asynclint.engine.settings import Settings
from asynclint.source.encode import encode_text
from compositions import Composition, compositions

APPLIERS = {
    "git": ["git", "apply", "--whitespace=nowarn", "change.diff"],
    "patch": ["patch", "-p1", "--input=change.diff"],
}
NAMES = [
    "app.py",
    "pkg/sub/app.py",
    "with blank.py",
    'with"quote.py',
    "back\\slash.py",
    "tab\there.py",
    "caf\u00e9.py",
    "\u8239/\U0001f40d.py",
    "bell\a.py",
    "escape\x1b.py",
]
PAIRS = {
    "plain": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "no newline before": (b"a\nb", b"a\nb\n"),
    "no newline after": (b"a\nb\n", b"a\nb"),
    "no newline in both": (b"a\nb", b"a\nc"),
    "no newline in the context": (b"a\nb", b"A\nb"),
    "crlf": (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
    "crlf becomes lf": (b"a\r\nb\r\n", b"a\r\nb\n"),
    "lone cr": (b"a\rb\nc\n", b"a\rB\nc\n"),
    "lone cr at the end": (b"a\nb\r", b"a\nc\r"),
    "form feed": (b"a\n\x0c\nb\x0cc\n", b"a\n\x0c\nb\x0cd\n"),
    "other line separators": (b"a\x0b\x1c\x1d\x85\nb\n", b"a\x0b\x1c\x1d\x85\nc\n"),
    "latin-1": (b"# caf\xe9\nx = 1\n", b"# caf\xe9\nx = 2\n"),
    "byte order mark": (b"\xef\xbb\xbfx = 1\n", b"\xef\xbb\xbfx = 2\n"),
    "lines that look like headers": (b"-- a\n++ b\nx\n", b"-- c\n++ d\nx\n"),
    "two hunks": (b"a\n" + b"x\n" * 30 + b"b\n", b"A\n" + b"x\n" * 30 + b"B\n"),
    "from empty": (b"", b"a\n"),
    "to empty": (b"a\n", b""),
}


def applied(folder: Path, applier: str, name: str, before: bytes, diff: bytes) -> bytes:
    """The file after a real program took the diff."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(before)
    (folder / "change.diff").write_bytes(diff)
    subprocess.run(APPLIERS[applier], cwd=folder, check=True, capture_output=True)
    return target.read_bytes() if target.exists() else b"(gone)"


@pytest.mark.parametrize("applier", APPLIERS)
@pytest.mark.parametrize("pair", PAIRS)
def test_programs_take_the_diff(tmp_path: Path, applier: str, pair: str) -> None:
    before, after = PAIRS[pair]
    diff = unified_diff_bytes(before, after, "app.py")
    assert applied(tmp_path, applier, "app.py", before, diff) == after


@pytest.mark.parametrize("applier", APPLIERS)
@pytest.mark.parametrize("name", NAMES)
def test_programs_take_names_of_any_kind(tmp_path: Path, applier: str, name: str) -> None:
    diff = unified_diff_bytes(b"a\nb\n", b"a\nc\n", name)
    assert applied(tmp_path, applier, name, b"a\nb\n", diff) == b"a\nc\n"


LINES = st.sampled_from([b"a\n", b"b\n", b"\n", b"\r\n", b"c\r\n", b"\x0c\n", b"d\re\n", b"\xe9\n"])
CONTENTS = st.builds(
    lambda lines, last: b"".join([*lines, last]),
    st.lists(LINES, max_size=12),
    st.sampled_from([b"", b"x", b"x\r", b"\\"]),
)


@pytest.mark.parametrize("applier", APPLIERS)
@given(before=CONTENTS, after=CONTENTS)
@settings(max_examples=60, deadline=None)
def test_programs_take_any_diff(
    tmp_path_factory: pytest.TempPathFactory, applier: str, before: bytes, after: bytes
) -> None:
    diff = unified_diff_bytes(before, after, "app.py")
    if before == after:
        assert diff == b""
    else:
        folder = tmp_path_factory.mktemp("any")
        assert applied(folder, applier, "app.py", before, diff) == after


@settings(max_examples=12, derandomize=True, deadline=None, phases=[Phase.generate])
@given(composition=compositions())
def test_programs_take_the_diffs_of_fixes(
    tmp_path_factory: pytest.TempPathFactory, composition: Composition
) -> None:
    source = composition.source
    fixed = fix_source(source, Settings.defaults(), unsafe=True)
    after = encode_text(source, fixed.text)
    diff = unified_diff_bytes(source.data, after, "app.py")
    for applier in APPLIERS if diff else ():
        folder = tmp_path_factory.mktemp("fixed")
        assert applied(folder, applier, "app.py", source.data, diff) == after


def test_what_it_looks_like() -> None:
    assert unified_diff("a\nb", "a\nc\n", "./app.py") == (
        "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"
    )


def test_no_change_is_no_diff() -> None:
    assert unified_diff("a\n", "a\n", "app.py") == ""
