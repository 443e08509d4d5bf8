from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asynclint.engine.fixing import ROUNDS, Fixed, fix_source
from asynclint.engine.settings import Settings
from asynclint.findings import Applicability, Edit, Finding, Fix
from asynclint.source.text import Source, decode

SETTINGS = Settings.defaults("/")
TAKEN_BACK = "{}: the fix of {} was taken back:"
SAFE, UNSAFE, SHOWN = Applicability.SAFE, Applicability.UNSAFE, Applicability.DISPLAY_ONLY
Maker = Callable[[Source, re.Match[str]], list[Edit]]


class Checker:
    """Finds what patterns match; `makers` say how to repair it (code: level, pattern, edits)."""

    def __init__(self, makers: dict[str, tuple[Applicability, str, Maker]]) -> None:
        self.makers = makers
        self.calls = 0

    def __call__(self, source: Source, settings: Settings) -> list[Finding]:
        assert settings is SETTINGS
        self.calls += 1
        return sorted(self._find(source), key=lambda finding: finding.sort_key)

    def _find(self, source: Source) -> Iterator[Finding]:
        for code, (level, pattern, maker) in self.makers.items():
            for match in re.finditer(pattern, source.text):
                start, end = source.position(match.start()), source.position(match.end())
                message = f"`{match[0]}` on line {start.row} is bad"
                fix = Fix(level, "repair it", tuple(maker(source, match)))
                yield Finding(code, "bad", message, source.path, start, end, fix=fix)


def swap(text: str) -> Maker:
    return lambda _, match: [Edit(match.start(), match.end(), match.expand(text))]


def fixed(
    text: str, makers: dict[str, tuple[Applicability, str, Maker]], *, unsafe: bool = False
) -> Fixed:
    """The result of fixing; a second run is tried as well, and must change nothing."""
    source = decode(text.encode(), "app.py")
    checker = Checker(makers)
    result = fix_source(source, SETTINGS, unsafe=unsafe, check=checker)
    after = decode(result.text.encode(), "app.py")
    assert list(result.findings) == checker(after, SETTINGS)
    again = fix_source(after, SETTINGS, unsafe=unsafe, check=checker)
    assert (again.text, again.applied) == (result.text, 0)
    return result


def test_safe_fixes_are_applied_and_unsafe_ones_if_asked() -> None:
    makers = {
        "ASL901": (SAFE, "bad1", swap("good1")),
        "ASL902": (UNSAFE, "bad2", swap("good2")),
        "ASL903": (SHOWN, "bad3", swap("good3")),
    }
    text = "bad1\nbad2\nbad3\n"
    result = fixed(text, makers)
    assert (result.text, result.applied) == ("good1\nbad2\nbad3\n", 1)
    assert [finding.code for finding in result.findings] == ["ASL902", "ASL903"]
    result = fixed(text, makers, unsafe=True)
    assert (result.text, result.applied, result.notes) == ("good1\ngood2\nbad3\n", 2, ())
    assert [finding.code for finding in result.findings] == ["ASL903"]


def test_nothing_to_do_costs_one_check() -> None:
    checker = Checker({"ASL901": (SAFE, "bad", swap("good"))})
    source = decode(b"x = 1\n", "app.py")
    assert fix_source(source, SETTINGS, unsafe=True, check=checker) == Fixed("x = 1\n", ())
    assert checker.calls == 1


def test_overlapping_fixes_are_made_in_rounds() -> None:
    makers = {
        "ASL901": (SAFE, r"one\((.*)\)", swap(r"\1")),
        "ASL902": (SAFE, r"two\((\w+)\)", swap(r"\1")),
    }
    result = fixed("one(two(x))\ntwo(y)\n", makers)
    assert result == Fixed("x\ny\n", (), applied=3)


def test_a_fix_that_breaks_the_syntax_blocks_no_other() -> None:
    makers = {
        "ASL901": (SAFE, "bad", swap("good")),
        "ASL902": (SAFE, "worse", swap("1 1")),
    }
    result = fixed("bad\nbad\nworse\nbad\nbad\n", makers)
    assert result.text == "good\ngood\nworse\ngood\ngood\n"
    assert result.applied == 4
    assert [finding.code for finding in result.findings] == ["ASL902"]
    assert len(result.notes) == 1
    assert result.notes[0].startswith(
        f"{TAKEN_BACK.format('app.py:3:1', 'ASL902')} the result is no valid Python: "
    )
    assert result.notes[0].endswith("(line 3)")


def test_await_in_a_plain_function_is_no_valid_result_though_it_parses() -> None:
    makers = {"ASL901": (SAFE, r"run\((\w+)\)", swap(r"await \1"))}
    text = "def f(x):\n    run(x)\nasync def g(y):\n    run(y)\n"
    result = fixed(text, makers)
    assert result.text == "def f(x):\n    run(x)\nasync def g(y):\n    await y\n"
    assert "'await' outside async function" in result.notes[0]


def test_code_that_never_compiled_need_not_do_so_after_the_fix() -> None:
    makers = {"ASL901": (SAFE, r"run\((\w+)\)", swap(r"await \1"))}
    assert fixed("await x\nrun(y)\n", makers).text == "await x\nawait y\n"


def test_a_fix_that_brings_another_finding_is_taken_back() -> None:
    makers = {
        "ASL901": (SAFE, "bad", swap("good")),
        "ASL902": (SAFE, "worse", swap("evil")),
        "ASL903": (SHOWN, "evil", swap("")),
    }
    result = fixed("evil\nbad\nworse\nbad\n", makers)
    assert result.text == "evil\ngood\nworse\ngood\n"
    reason = "it would bring ASL903: `evil` on line 3 is bad"
    assert result.notes == (f"{TAKEN_BACK.format('app.py:3:1', 'ASL902')} {reason}",)


def test_old_findings_are_known_again_when_they_move_and_their_line_changes() -> None:
    def add_lines(_: Source, match: re.Match[str]) -> list[Edit]:
        return [Edit(0, 0, "import x\n\n\n"), Edit(match.start(), match.end(), "good")]

    makers = {
        "ASL901": (SAFE, "bad", add_lines),
        "ASL902": (SHOWN, "ugly", swap("")),
        "ASL903": (SHOWN, r"(?<=, )\w+", swap("")),
    }
    result = fixed("bad, bad\nugly\nbad; ugly\n", makers)
    assert result.text == "import x\n\n\ngood, good\nugly\ngood; ugly\n"
    assert [(f.code, f.start.row, f.message) for f in result.findings] == [
        ("ASL903", 4, "`good` on line 4 is bad"),
        ("ASL902", 5, "`ugly` on line 5 is bad"),
        ("ASL902", 6, "`ugly` on line 6 is bad"),
    ]


def test_a_fix_that_does_not_cure_is_taken_back() -> None:
    makers = {"ASL901": (SAFE, "bad", swap("await_bad"))}
    result = fixed("bad\n", makers)
    assert result.text == "bad\n"
    assert result.notes == (
        f"{TAKEN_BACK.format('app.py:1:1', 'ASL901')} ASL901 would still be found",
    )


def test_the_next_of_a_series_may_show_up_when_the_first_is_gone() -> None:
    makers = {"ASL901": (SAFE, r"bad(?![\s\S]*bad)", swap("good"))}
    result = fixed("bad\nbad\nbad\n", makers)
    assert (result.text, result.applied, result.notes) == ("good\ngood\ngood\n", 3, ())


def test_a_fix_that_changes_nothing_is_noted() -> None:
    result = fixed("bad\n", {"ASL901": (SAFE, "bad", swap("bad"))})
    assert result.notes == (f"{TAKEN_BACK.format('app.py:1:1', 'ASL901')} it changes nothing",)


def test_a_fix_whose_edits_do_not_fit_is_noted() -> None:
    result = fixed("bad\n", {"ASL901": (SAFE, "bad", lambda *_: [Edit(2, 99, "")])})
    assert "outside of the text" in result.notes[0]
    assert result.text == "bad\n"


def test_fixes_that_only_fail_together_are_made_one_after_the_other() -> None:
    """Each of two fixes renames to the same free name, as the text says it is free."""

    def rename(source: Source, match: re.Match[str]) -> list[Edit]:
        names = (f"good{number}" for number in range(9))
        free = next(name for name in names if name not in source.text)
        return [Edit(match.start(), match.end(), free)]

    makers: dict[str, tuple[Applicability, str, Maker]] = {
        "ASL901": (SAFE, "bad", rename),
        "ASL902": (SHOWN, r"(?s)(good\d).*\1", swap("")),
    }
    result = fixed("bad\nbad\nbad\n", makers)
    assert (result.text, result.applied) == ("good0\ngood1\ngood2\n", 3)
    assert (result.findings, result.notes) == ((), ())


def test_a_fix_that_only_fails_in_company_is_not_given_up() -> None:
    """`good2` beside `good1` is a fault as long as there is `bad3`, whose fix is tried last."""
    makers: dict[str, tuple[Applicability, str, Maker]] = {
        "ASL901": (SAFE, r"bad(\d)", swap(r"good\1")),
        "ASL902": (SHOWN, r"good1(?=\ngood2[\s\S]*bad3)", swap("")),
        "ASL903": (SAFE, "worse", swap("1 1")),
    }
    result = fixed("bad1\nbad2\nbad3\nworse\n", makers)
    assert (result.text, result.applied) == ("good1\ngood2\ngood3\nworse\n", 3)
    assert [note.split()[4] for note in result.notes] == ["ASL903"]


def test_one_fix_of_two_findings_counts_once() -> None:
    makers = {"ASL901": (SAFE, "bad", swap("good")), "ASL902": (SAFE, "bad", swap("good"))}
    result = fixed("bad\n", makers)
    assert (result.text, result.applied) == ("good\n", 1)


def test_what_noqa_hides_is_left_alone() -> None:
    makers = {"ASL901": (SAFE, "bad", swap("good"))}
    source = decode(b"bad  # noqa: ASL901\nbad  # noqa: E501\n", "app.py")
    result = fix_source(source, SETTINGS, unsafe=False, check=Checker(makers))
    assert result.text == "bad  # noqa: ASL901\ngood  # noqa: E501\n"
    assert result.findings == ()


def test_a_file_that_does_not_parse_is_left_alone() -> None:
    makers = {"ASL901": (SAFE, "bad", swap("good"))}
    result = fixed("bad\n1 1\n", makers)
    assert result.text == "bad\n1 1\n"
    assert [finding.code for finding in result.findings] == ["ASL901"]


def test_rounds_end() -> None:
    makers = {"ASL901": (SAFE, "bad", swap(r"good\nbad"))}
    source = decode(b"bad\n", "app.py")
    result = fix_source(source, SETTINGS, unsafe=False, check=Checker(makers))
    assert result.applied == ROUNDS
    assert result.notes == (f"app.py: stopped after {ROUNDS} rounds, though there are fixes left",)


def test_the_encoding_of_the_file_limits_what_a_fix_can_insert() -> None:
    makers = {
        "ASL901": (SAFE, "bad", swap("'\u20ac'")),
        "ASL902": (SAFE, "ugly", swap("'\u00fc'")),
    }
    source = decode("# coding: latin-1\nbad\nugly\n'\u00e9'\n".encode("latin-1"), "app.py")
    result = fix_source(source, SETTINGS, unsafe=False, check=Checker(makers))
    assert result.text == "# coding: latin-1\nbad\n'\u00fc'\n'\u00e9'\n"
    reason = "'\u20ac' cannot be written in iso-8859-1, the file's encoding"
    assert result.notes == (f"{TAKEN_BACK.format('app.py:2:1', 'ASL901')} {reason}",)


def test_many_bad_fixes_among_many_good_ones_take_few_checks() -> None:
    checker = Checker(
        {"ASL901": (SAFE, "bad", swap("good")), "ASL902": (SAFE, "worse", swap("evil"))}
        | {"ASL903": (SHOWN, "evil", swap(""))}
    )
    text = "bad\n" * 200 + "worse\n" + "bad\n" * 200
    result = fix_source(decode(text.encode(), "app.py"), SETTINGS, unsafe=False, check=checker)
    assert (result.applied, result.text) == (400, text.replace("bad", "good"))
    assert checker.calls < 30


LINES = st.lists(
    st.sampled_from(["bad", "worse", "ugly; bad", "bad, evil", "x = 1", "# bad", "'''\nbad\n'''"]),
    max_size=12,
)
MAKERS: dict[str, tuple[Applicability, str, Maker]] = {
    "ASL901": (SAFE, "bad", swap("good")),
    "ASL902": (SAFE, "worse", swap("evil")),
    "ASL903": (SHOWN, "evil", swap("")),
    "ASL904": (UNSAFE, "ugly", swap("1 1")),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@given(lines=LINES, unsafe=st.booleans())
def test_any_file_ends_stable_and_without_new_findings(
    newline: str, lines: list[str], *, unsafe: bool
) -> None:
    text = "\n".join(lines).replace("\n", newline)
    result = fixed(text, MAKERS, unsafe=unsafe)
    assert result.text == text.replace("bad", "good")
    assert [note.split()[4] for note in result.notes] == [
        finding.code
        for finding in result.findings
        if finding.code == "ASL902" or (unsafe and finding.code == "ASL904")
    ]
