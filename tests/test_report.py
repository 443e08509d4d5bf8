"""The formats: what each writes, to the letter."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asynclint.findings import Applicability, Edit, Finding, Fix, Place, Position
from asynclint.report import formats, registry
from asynclint.report.columns import lay_out
from asynclint.report.outcome import Outcome
from asynclint.report.safe_text import one_line
from asynclint.report.statistics import statistics
from asynclint.source.text import Source, from_text

P = Position


def finding(  # noqa: PLR0913 - each test cares about another one
    start: Position,
    end: Position,
    *related: Place,
    fix: Fix | None = None,
    path: str = "app/x.py",
    message: str = "`x` is wrong",
    code: str = "ASL101",
) -> Finding:
    """A finding with what a test does not care about filled in."""
    return Finding(code, "some-fault", message, path, start, end, related, fix)


def a_fix(level: Applicability, *edits: Edit) -> Fix:
    """A fix with a message."""
    return Fix(level, "await it: `await x`", edits or (Edit(0, 1, ""),))


def write(
    output_format: str,
    *findings: Finding,
    text: str | None = None,
    colour: bool = False,
    summary: bool = False,
) -> str:
    """What a format makes of findings in one text."""
    sources: dict[str, Source] = {}
    if text is not None:
        sources = {each.path: from_text(text, each.path) for each in findings}
    outcome = Outcome(findings, sources, colour=colour, summary=summary)
    return registry.writer(output_format)(outcome)


def frame(text: str, start: Position, end: Position) -> str:
    """The frame alone."""
    lines = write("full", finding(start, end), text=text).split("\n")
    return "\n".join(lines[2:-3])


def test_formats_are_the_files_of_their_package() -> None:
    package = Path(formats.__path__[0])
    assert registry.names() == sorted(p.stem for p in package.glob("*.py") if p.stem != "__init__")
    assert {"concise", "full", "github", "json"} <= set(registry.names())


def test_full_tells_the_whole_story() -> None:
    text = "\nasync def quote(request):\n    rates = load_rates(request.day)\n"
    steps = (
        Place("app/service.py", P(12, 1), P(12, 2), "load_rates calls fetch_sync"),
        Place("app/x.py", P(3, 13), P(3, 36), "runs on the loop of `quote`"),
        Place("a.py", P(4, 1), P(4, 2), "fetch_sync calls asyncio.run()"),
    )
    fault = finding(P(3, 13), P(3, 36), *steps, fix=a_fix(Applicability.UNSAFE))
    assert write("full", fault, text=text, summary=True).split("\n") == [
        "app/x.py:3:13: ASL101 `x` is wrong",
        "  |",
        "2 | async def quote(request):",
        "3 |     rates = load_rates(request.day)",
        "  |             ^^^^^^^^^^^^^^^^^^^^^^^ runs on the loop of `quote`",
        "  |",
        "  = app/service.py:12  load_rates calls fetch_sync",
        "  = a.py:4             fetch_sync calls asyncio.run()",
        "help: await it: `await x`  [unsafe fix]",
        "",
        "Found 1 error.",
        "[*] 0 fixable with `asynclint fix` (1 more with `--unsafe-fixes`).",
        "",
    ]


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (Applicability.SAFE, "[safe fix]"),
        (Applicability.UNSAFE, "[unsafe fix]"),
        (Applicability.DISPLAY_ONLY, "[display-only]"),
    ],
)
def test_help_says_how_far_to_trust_it(level: Applicability, words: str) -> None:
    text = write("full", finding(P(1, 1), P(1, 2), fix=a_fix(level)))
    assert text.split("\n")[1] == f"help: await it: `await x`  {words}"


def test_full_without_the_text_has_no_frame() -> None:
    assert write("full", finding(P(9, 5), P(9, 6))) == "app/x.py:9:5: ASL101 `x` is wrong\n\n"


def test_frame_counts_tabs_and_wide_characters() -> None:
    assert frame("\tx = '日本é', y\n", P(1, 14), P(1, 15)) == (
        "1 |     x = '日本é', y\n  |                   ^"
    )
    assert frame("a\tb\n", P(1, 2), P(1, 4)) == "1 | a   b\n  |  ^^^^"
    assert frame("日本\n", P(1, 1), P(1, 3)) == "1 | 日本\n  | ^^^^"
    assert frame("e\u0301 = 1\n", P(1, 4), P(1, 5)) == "1 | e\u0301 = 1\n  |   ^"


def test_frame_of_several_lines() -> None:
    text = "start(\n    one,\n\n    two,\n    three,\n)\n"
    assert frame(text, P(1, 1), P(3, 1)).split("\n") == [
        "1 | start(",
        "  | ^^^^^^",
        "2 |     one,",
        "  |     ^^^^",
    ]
    assert frame(text, P(1, 6), P(6, 2)).split("\n") == [
        "1 | start(",
        "  |      ^",
        "2 |     one,",
        "  |     ^^^^",
        "3 |",
        "  | ^",
        "4 |     two,",
        "  |     ^^^^",
        "  | ...",
    ]


def test_frame_at_the_end_of_a_line_and_of_a_file() -> None:
    assert frame("x = (\n", P(1, 6), P(1, 6)) == "1 | x = (\n  |      ^"
    assert frame("x\n", P(2, 1), P(2, 1)) == "1 | x\n2 |\n  | ^"
    assert frame("", P(1, 1), P(1, 1)) == "1 |\n  | ^"
    assert frame("x\r\ny\r\n", P(2, 1), P(2, 2)) == "1 | x\n2 | y\n  | ^"


def test_frame_numbers_are_aligned() -> None:
    assert frame("a\n" * 10, P(10, 1), P(10, 2)) == " 9 | a\n10 | a\n   | ^"


def test_frame_cuts_long_lines_around_the_mark() -> None:
    text = "x" * 5000 + "FAULT" + "y" * 5000
    code, carets = frame(text, P(1, 5001), P(1, 5006)).split("\n")
    assert len(code) < 200
    assert code[carets.index("^") : carets.rindex("^") + 1] == "FAULT"
    assert code.startswith("1 | …x")
    assert code.endswith("y…")


def test_frame_shows_control_characters_and_does_not_send_them() -> None:
    text = "x = '\x1b[31m\x7f\x9b\u202e'\n"
    shown = frame(text, P(1, 14), P(1, 15))
    assert shown == "1 | x = '␛[31m␡\ufffd\ufffd'\n  |              ^"


@given(st.text(alphabet="ab\t", max_size=160), st.data())
def test_mark_covers_what_it_is_to_cover(line: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(line)))
    last = data.draw(st.integers(first, len(line)))
    marked = lay_out(line, first, last)
    start, end = (len(line[:index].expandtabs(4)) for index in (first, last))
    assert marked.text == line.expandtabs(4)
    assert (marked.start, marked.start + marked.width) == (start, max(end, start + 1))


def test_concise_is_one_line_each() -> None:
    faults = (
        finding(P(1, 2), P(1, 3), fix=a_fix(Applicability.SAFE)),
        finding(P(2, 2), P(2, 3), fix=a_fix(Applicability.UNSAFE)),
        finding(P(3, 2), P(3, 3), message="two\nlines\x1b", path="a\nb.py"),
    )
    assert write("concise", *faults, summary=True).split("\n") == [
        "app/x.py:1:2: ASL101 [*] `x` is wrong",
        "app/x.py:2:2: ASL101 `x` is wrong",
        "a\\nb.py:3:2: ASL101 two\\nlines\\x1b",
        "Found 3 errors.",
        "[*] 1 fixable with `asynclint fix` (1 more with `--unsafe-fixes`).",
        "",
    ]


def test_summary() -> None:
    assert write("concise", summary=True) == "All checks passed!\n"
    assert write("concise") == ""
    unfixable = finding(P(1, 1), P(1, 2), fix=a_fix(Applicability.DISPLAY_ONLY))
    assert write("concise", unfixable, summary=True).endswith("\nFound 1 error.\n")
    safe = finding(P(1, 1), P(1, 2), fix=a_fix(Applicability.SAFE))
    other = finding(P(2, 1), P(2, 2), fix=a_fix(Applicability.SAFE))
    assert write("concise", safe, other, summary=True).endswith(
        "\nFound 2 errors.\n[*] 2 fixable with `asynclint fix`.\n"
    )


def test_one_cause_is_told_once() -> None:
    root = Place("app/loop.py", P(9, 3), P(9, 8), "the cause")
    first, second, third = (
        replace(finding(P(row, 1), P(row, 2), path=f"app/{row}.py"), root=cause)
        for row, cause in ((1, root), (2, None), (3, root))
    )
    assert write("full", first, second, third, summary=True).split("\n") == [
        "app/1.py:1:1: ASL101 `x` is wrong",
        "same cause: 1 more finding",
        "  app/3.py:3:1: ASL101 `x` is wrong",
        "",
        "app/2.py:2:1: ASL101 `x` is wrong",
        "",
        "Found 3 errors with 2 causes.",
        "",
    ]
    groups = [each["group"] for each in json.loads(write("json", first, second, third))]
    assert groups[0] == groups[2] == f"{Path('app/loop.py').absolute()}:9:3"
    assert groups[1] == f"{Path('app/2.py').absolute()}:2:1"


@pytest.mark.parametrize("output_format", ["full", "concise"])
def test_colours_change_nothing_but_the_colour(output_format: str) -> None:
    place = Place("y.py", P(1, 1), P(1, 2), "made here")
    fault = finding(P(1, 1), P(1, 2), place, fix=a_fix(Applicability.SAFE))
    plain = write(output_format, fault, text="x\n", summary=True)
    coloured = write(output_format, fault, text="x\n", summary=True, colour=True)
    assert "\x1b[1;31mASL101\x1b[0m" in coloured
    for codes in ("1", "1;31", "1;34", "1;36", "0"):
        coloured = coloured.replace(f"\x1b[{codes}m", "")
    assert coloured == plain


def test_json_has_the_shape_of_ruff() -> None:
    text = "é = '''\r\n'''; x = 1\r\n"
    edits = (Edit(0, 1, "e"), Edit(10, 15, "y\n"))
    place = Place("other.py", P(7, 3), P(8, 1), "made here")
    fault = finding(P(1, 5), P(2, 4), place, fix=a_fix(Applicability.UNSAFE, *edits))
    (told,) = json.loads(write("json", fault, text=text, summary=True))
    assert told == {
        "cell": None,
        "code": "ASL101",
        "name": "some-fault",
        "message": "`x` is wrong",
        "filename": str(Path("app/x.py").absolute()),
        "location": {"row": 1, "column": 5},
        "end_location": {"row": 2, "column": 4},
        "url": fault.url,
        "fix": {
            "applicability": "unsafe",
            "message": "await it: `await x`",
            "edits": [
                {
                    "content": "e",
                    "location": {"row": 1, "column": 1},
                    "end_location": {"row": 1, "column": 2},
                },
                {
                    "content": "y\n",
                    "location": {"row": 2, "column": 2},
                    "end_location": {"row": 2, "column": 7},
                },
            ],
        },
        "related": [
            {
                "message": "made here",
                "filename": str(Path("other.py").absolute()),
                "location": {"row": 7, "column": 3},
                "end_location": {"row": 8, "column": 1},
            }
        ],
        "group": str(Path("app/x.py").absolute()) + ":1:5",
        "noqa_row": 2,
    }


def test_json_of_nothing_and_of_trouble() -> None:
    assert json.loads(write("json", summary=True)) == []
    trouble = finding(P(1, 1), P(1, 1), path="-", code="ASL001")
    (told,) = json.loads(write("json", trouble, text="x = (\n"))
    assert (told["filename"], told["fix"], told["noqa_row"]) == ("-", None, None)


def test_github_escapes_what_it_must() -> None:
    place = Place("b,c.py", P(7, 3), P(8, 1), "made: here")
    one = finding(P(1, 5), P(1, 9), place, path="a,b:c%.py", message="50 %, two\nlines: x")
    several = finding(P(1, 5), P(2, 9), fix=a_fix(Applicability.SAFE))
    folder = str(Path.cwd()).replace(":", "%3A")
    assert write("github", one, several, summary=True) == (
        f"::error title=asynclint (ASL101),file={folder}/a%2Cb%3Ac%25.py,line=1,col=5,endColumn=9,"
        "endLine=1::a,b:c%25.py:1:5: ASL101 50 %25, two%0Alines: x%0Ab,c.py:7: made: here\n"
        f"::error title=asynclint (ASL101),file={folder}/app/x.py,line=1,"
        "endLine=2::app/x.py:1:5: ASL101 `x` is wrong%0Ahelp: await it: `await x`\n"
    )


def test_statistics_count_by_rule() -> None:
    faults = (
        *(finding(P(row, 1), P(row, 2)) for row in range(1, 11)),
        finding(P(20, 1), P(20, 2), code="ASL501", fix=a_fix(Applicability.SAFE)),
        finding(P(21, 1), P(21, 2), code="ASL001"),
    )
    outcome = Outcome(faults, {})
    assert statistics(outcome, "full").split("\n") == [
        "10\tASL101\t[ ] some-fault",
        " 1\tASL001\t[ ] some-fault",
        " 1\tASL501\t[*] some-fault",
        "",
    ]
    assert json.loads(statistics(outcome, "json"))[2] == {
        "code": "ASL501",
        "name": "some-fault",
        "count": 1,
        "fixable": True,
    }
    assert statistics(Outcome((), {}), "full") == ""


def test_one_line_leaves_letters_alone() -> None:
    assert one_line("é日🎉 `x`") == "é日🎉 `x`"
    assert one_line("a\tb\u2028\ud800\u202e") == "a\\tb\\u2028\\ud800\\u202e"
