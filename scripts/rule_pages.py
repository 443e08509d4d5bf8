#!/usr/bin/env python3
"""Writes docs/rules/: one page for each rule, from its docstring and its fixtures, and an index.

`python scripts/rule_pages.py` writes the pages and removes those of rules that are gone;
`--check` writes nothing, and exits with 1 and a diff if that would change anything.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path, PurePosixPath

from asynclint.cli.rule import Page
from asynclint.engine.troubles import TROUBLE_GROUP, TROUBLES, Trouble
from asynclint.findings import rule_url
from asynclint.rules import Rule, all_rules

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "tests" / "fixtures"
PAGES = ROOT / "docs" / "rules"
INDEX = "README.md"

_GROUP = re.compile(r"^### (ASL\d): (.+)$", re.MULTILINE)
_SAFETY = re.compile(r"^## Fix safety\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_MADE = "<!-- Made by scripts/rule_pages.py from "
_HEADER = _MADE + "{source}; do not edit it here. -->\n\n"
_INTRODUCTION = """\
# Rules

The pages tell what each rule does, why what it reports is bad, and how to repair it;
`asynclint rule ASL101` shows the same text in the terminal. The column *fix* says how far the
fixes of `asynclint fix` may be trusted: safe ones are applied, unsafe ones on request.
"""
_MISSED = """
## What it does not see
These programs show the fault, and are not reported yet. Each of them runs with the tests.

"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is told of one rule: `page` as the command line shows it, and what the folders add.

    source: the file that the page's text stands in, relative to the project. missed: its fixtures
    of that kind, files and folders.
    """

    page: Page
    source: str
    missed: tuple[Path, ...] = ()

    @property
    def file(self) -> str:
        """The name of the page's file, as the rule's address has it."""
        return PurePosixPath(self.page.url).name

    @property
    def group(self) -> str:
        """What the codes of the rule's group start with."""
        return self.page.code[:4]

    @property
    def fixes(self) -> list[str]:
        """How far the fixes may be trusted, by the words of the page: `safe`, `unsafe`."""
        section = _SAFETY.search(self.page.explanation)
        words = set(re.findall(r"\w+", section[1].lower())) if section else set()
        return [word for word in ("safe", "unsafe") if word in words]


def entries() -> list[Entry]:
    """All rules, and before them the troubles with files, by code."""
    troubles = [_trouble(trouble) for trouble in TROUBLES]
    return [*troubles, *(_rule(rule) for rule in all_rules())]


def groups() -> dict[str, str]:
    """The title of each group, by what its codes start with: from the headings of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return {TROUBLE_GROUP: "a file that cannot be checked", **dict(_GROUP.findall(text))}


def page_of(entry: Entry) -> str:
    """The text of a rule's page."""
    text = _HEADER.format(source=entry.source) + entry.page.text()
    return text + _MISSED + "".join(map(_limit, entry.missed)) if entry.missed else text


def index_of(every: Sequence[Entry]) -> str:
    """The text of the index: a table for each group."""
    parts = [_HEADER.format(source="the rules"), _INTRODUCTION]
    for group, title in sorted(groups().items()):
        parts.append(
            f"\n## {group}: {title}\n\n| code | name | what it finds | fix |\n|---|---|---|---|\n"
        )
        parts += [_row(entry) for entry in every if entry.group == group]
    return "".join(parts)


def pages() -> dict[str, str]:
    """The text of every file in the folder of pages, by its name."""
    every = entries()
    return {INDEX: index_of(every), **{entry.file: page_of(entry) for entry in every}}


def differences(folder: Path, wanted: dict[str, str]) -> Iterator[str]:
    """The lines of a diff from the files in a folder to what they should be."""
    present = {
        path.name: path.read_text(encoding="utf-8")
        for path in folder.glob("*.md")
        if path.name in wanted or _is_made(path)
    }
    for name in sorted({*present, *wanted}):
        old, new = (texts.get(name, "").splitlines(keepends=True) for texts in (present, wanted))
        yield from unified_diff(old, new, f"{name} as it is", f"{name} as it should be")


def write(folder: Path, wanted: dict[str, str]) -> None:
    """Makes the files in a folder what they should be."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in wanted and _is_made(path):
            path.unlink()
    for name, text in wanted.items():
        folder.joinpath(name).write_text(text, encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the script with command line arguments; the answer is its exit status."""
    parser = argparse.ArgumentParser(description="Writes the pages of the rules.")
    parser.add_argument(
        "--check", action="store_true", help="show what would change, write nothing"
    )
    parser.add_argument("--folder", type=Path, default=PAGES, help="where the pages are")
    options = parser.parse_args(arguments)
    wanted = pages()
    if not options.check:
        write(options.folder, wanted)
        return 0
    diff = list(differences(options.folder, wanted))
    sys.stdout.writelines(diff)
    if diff:
        sys.stderr.write("The pages are stale: run `python scripts/rule_pages.py`.\n")
    return 1 if diff else 0


def _is_made(path: Path) -> bool:
    """Whether a file was written by this script: others in the folder are left alone."""
    return path.read_text(encoding="utf-8").startswith(_MADE)


def _rule(rule: type[Rule]) -> Entry:
    url = rule_url(rule.code, rule.name)
    page = Page(rule.code, rule.name, rule.summary(), rule.default, rule.page(), url)
    source = Path(inspect.getfile(rule)).resolve().relative_to(ROOT).as_posix()
    missed = sorted(FIXTURES.joinpath(rule.name).glob("missed_*"))
    return Entry(page, source, tuple(missed))


def _trouble(told: Trouble) -> Entry:
    url = rule_url(told.code, told.name)
    page = Page(
        told.code, told.name, told.summary(), default=True, explanation=told.page(), url=url
    )
    return Entry(page, Path(inspect.getfile(Trouble)).resolve().relative_to(ROOT).as_posix())


def _limit(fixture: Path) -> str:
    """The line on what a fixture shows that the rule does not see."""
    title = fixture.stem.partition("_")[2].replace("_", " ")
    program = fixture / "main.py" if fixture.is_dir() else fixture
    told = ast.get_docstring(ast.parse(program.read_text(encoding="utf-8"))) or ""
    first = " ".join(told.partition("\n\n")[0].split())
    target = PurePosixPath("../../tests/fixtures", program.relative_to(FIXTURES).as_posix())
    return f"- [{title}]({target}){f': {first}' if first else ''}\n"


def _row(entry: Entry) -> str:
    page = entry.page
    off = "" if page.default else " (off by default)"
    fixes = ", ".join(entry.fixes)
    return f"| [{page.code}]({entry.file}) | {page.name}{off} | {page.summary} | {fixes} |\n"


if __name__ == "__main__":
    sys.exit(main())
