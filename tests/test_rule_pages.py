"""The pages of the rules: their form, the programs in them, and the files that are made of them.

The first comment of an example says what shows its fault: a piece of the exception or warning that
CPython writes, or `prints: ` and a line of standard output. `...` stands for any text, and a
version before it (`3.10: `) for that version only. `needs: ` above it names a package.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from asynclint.findings import Finding, rule_url
from asynclint.rules import Rule, all_rules
from fixture_harness import FIXTURES, STUBS, Asynclint, load
from fixture_runs import Interpreter, Outcome, available, elected, run
from front_ends import asynclint

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "rules"
RULES = all_rules()
SECTIONS = ["What it does", "Why is this bad?", "Example", "Use instead"]
FIX_SAFETY = "Fix safety"

SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"# (?:(needs|prints|3\.\d+): )?(.+)\n")

every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])


def sections(page: str) -> dict[str, str]:
    """The text of each section of a page, by its heading."""
    return dict(SECTION.findall(page))


def program(rule: type[Rule], heading: str) -> str:
    """The one program in a section of a rule's page."""
    (text,) = PROGRAM.findall(sections(rule.page())[heading])
    assert isinstance(text, str)
    return text


def comments(text: str) -> dict[str, str]:
    """The comments on top of a program, by what stands before their colon, "" if nothing does."""
    found: dict[str, str] = {}
    at = 0
    while match := COMMENT.match(text, at):
        found[match[1] or ""] = match[2]
        at = match.end()
    return found


def shows(outcome: Outcome, example: str, version: str) -> bool:
    """Whether what a program wrote shows the fault that the comments of an example name."""
    told = comments(example)
    if "prints" in told:
        return told["prints"] in outcome.stdout.splitlines()
    pieces = told.get(version, told[""]).split("...")
    return re.search(".*".join(map(re.escape, pieces)), outcome.output) is not None


def skip_without_what_it_needs(text: str, interpreter: Interpreter) -> None:
    """Skips the test where Python is too old, or a package neither installed nor stood in for."""
    package = comments(text).get("needs")
    if package is not None and package[0].isdigit():
        if interpreter.version < tuple(map(int, package.split("."))):
            pytest.skip(f"runs on Python {package} and newer")
        return
    if (
        package is None
        or STUBS.joinpath(package).exists()
        or STUBS.joinpath(f"{package}.py").exists()
    ):
        return
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")


def execute(text: str, folder: Path, interpreter: Interpreter, *, strict: bool) -> Outcome:
    """What came of a program of a page."""
    skip_without_what_it_needs(text, interpreter)
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    return run(path, interpreter, STUBS, strict=strict)


def interpreters(rule: type[Rule]) -> list[Interpreter]:
    """Those that run the programs of a rule's page: this one, and perhaps another one in turn."""
    return list(elected(rule.code, available()))


def findings_of(rule: type[Rule]) -> list[Finding]:
    """What the rule reports in its example and its fixtures."""
    linter = Asynclint()
    found = [*linter.check(Path("example.py"), program(rule, "Example"))]
    for path in sorted(FIXTURES.joinpath(rule.name).glob("raises_*.py")):
        found += linter.check(path, load(path).program)
    return [finding for finding in found if finding.code == rule.code]


# the text -----------------------------------------------------------------------------------------


@every_rule
def test_page_has_a_summary_and_its_sections_in_order(rule: type[Rule]) -> None:
    told = sections(rule.page())
    assert list(told) in ([*SECTIONS], [*SECTIONS, FIX_SAFETY])
    assert all(text.strip() for text in told.values())
    first, second, *_ = rule.page().splitlines()
    assert first.endswith(".")
    assert second == ""


@every_rule
def test_fix_safety_is_told_where_there_are_fixes(rule: type[Rule]) -> None:
    found = findings_of(rule)
    assert found
    offered = {finding.fix.applicability.value for finding in found if finding.fix is not None}
    told = set(re.findall(r"[a-z-]+", sections(rule.page()).get(FIX_SAFETY, "").lower()))
    assert (told != set()) == (offered != set())
    assert offered <= told
    assert ("safe" in told) == ("safe" in offered)


def test_codes_and_names_are_unique() -> None:
    assert (
        len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES) > 1
    )


@every_rule
def test_code_and_name_have_their_form(rule: type[Rule], script: ModuleType) -> None:
    assert re.fullmatch(r"ASL[1-9]\d\d", rule.code)
    assert rule.code[:4] in script.groups()
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.__module__ == f"asynclint.rules.{rule.name.replace('-', '_')}"
    assert FIXTURES.joinpath(rule.name).is_dir()


# the programs -------------------------------------------------------------------------------------


@every_rule
def test_example_is_reported_by_its_rule_alone(rule: type[Rule]) -> None:
    found = Asynclint().check(Path("example.py"), program(rule, "Example"))
    assert {finding.code for finding in found} == {rule.code}


@every_rule
def test_repaired_program_is_not_reported(rule: type[Rule]) -> None:
    assert list(Asynclint().check(Path("example.py"), program(rule, "Use instead"))) == []


@every_rule
def test_example_shows_its_fault(rule: type[Rule], tmp_path: Path) -> None:
    example = program(rule, "Example")
    for interpreter in interpreters(rule):
        outcome = execute(example, tmp_path, interpreter, strict=False)
        assert outcome.status in (0, 1), outcome.output
        assert shows(outcome, example, interpreter.name), outcome.output


@every_rule
def test_repaired_program_runs_clean(rule: type[Rule], tmp_path: Path) -> None:
    repaired = program(rule, "Use instead")
    for interpreter in interpreters(rule):
        outcome = execute(repaired, tmp_path, interpreter, strict=True)
        assert (outcome.status, outcome.stderr) == (0, "")
        assert not shows(outcome, program(rule, "Example"), interpreter.name), outcome.output


# the files ----------------------------------------------------------------------------------------


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script that makes the pages."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("rule_pages")


def test_pages_are_fresh(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    status = script.main(["--check"])
    assert status == 0, capsys.readouterr().out


def test_stale_pages_are_noticed_and_made_fresh(
    script: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    changed, lost, *_ = sorted(path.name for path in PAGES.glob("ASL1*.md"))
    assert script.main(["--folder", str(tmp_path)]) == 0
    good = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    tmp_path.joinpath("notes.md").write_text("written by hand\n")
    assert script.main(["--check", "--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""

    tmp_path.joinpath(changed).write_bytes(good[changed].replace(b"## Example", b"## Sample"))
    tmp_path.joinpath(lost).rename(tmp_path / "ASL199-old-rule.md")
    assert script.main(["--check", "--folder", str(tmp_path)]) == 1
    diff = capsys.readouterr().out
    assert re.findall(r"^--- (\S+)", diff, flags=re.MULTILINE) == sorted(
        [changed, lost, "ASL199-old-rule.md"]
    )
    assert "\n-## Sample\n+## Example\n" in diff

    assert script.main(["--folder", str(tmp_path)]) == 0
    assert tmp_path.joinpath("notes.md").exists()
    tmp_path.joinpath("notes.md").unlink()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == good


@every_rule
def test_page_is_where_the_address_of_the_rule_leads(rule: type[Rule]) -> None:
    _, _, path = rule_url(rule.code, rule.name).partition("/blob/main/")
    text = ROOT.joinpath(path).read_text(encoding="utf-8")
    assert f"\n# {rule.name} ({rule.code})\n" in text
    assert rule.page() in text
    assert ("off unless it is selected" in text) == (not rule.default)
    index = PAGES.joinpath("README.md").read_text(encoding="utf-8")
    assert f"| [{rule.code}]({Path(path).name}) | {rule.name}" in index


def test_page_of_a_rule_that_is_off_says_so(script: ModuleType) -> None:
    pages = [
        script.Entry(script.Page("ASL199", "odd-rule", "Odd.", default, "Odd.", "x/y.md"), "z.py")
        for default in (True, False)
    ]
    assert ["is off unless" in script.page_of(page) for page in pages] == [False, True]
    assert ["off by default" in script.index_of([page]) for page in pages] == [False, True]


@every_rule
def test_page_lists_what_the_rule_is_known_to_miss(rule: type[Rule]) -> None:
    (page,) = PAGES.glob(f"{rule.code}-*.md")
    limits = sections(page.read_text(encoding="utf-8")).get("What it does not see", "")
    linked = {PAGES.joinpath(link).resolve() for link in re.findall(r"\]\((\S+)\)", limits)}
    programs = FIXTURES.joinpath(rule.name)
    assert linked == {*programs.glob("missed_*.py"), *programs.glob("missed_*/main.py")}


def test_command_line_shows_the_pages() -> None:
    shown = asynclint("rule", "--all").out
    for rule in RULES:
        page = f"# {rule.name} ({rule.code})\n\n{rule.page()}\n"
        assert page in shown
        assert asynclint("rule", rule.code).out.rstrip("\n") == page.rstrip("\n")
