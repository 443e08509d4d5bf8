"""What the engine makes of a file with one fault: whether it is found, and given back."""
# ruff: noqa: INP001 - stands beside the script that uses it

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from fault_injecting import Injected

from asynclint.engine.check import check_source
from asynclint.engine.fixing import fix_source
from asynclint.engine.settings import Settings
from asynclint.engine.workspace import Workspace
from asynclint.findings import Finding
from asynclint.source.text import Source


@dataclass(frozen=True, slots=True)
class Judged:
    """codes: of what is found at the line. elsewhere: of what else is new. text: after `fix`.

    same: whether that is the sound program again, but for the names of comprehension variables.
    """

    codes: tuple[str, ...]
    elsewhere: tuple[str, ...]
    text: str
    same: bool


class Judge:
    """Judges the sites of one package.

    What is found in the sound file is left out. Unless `whole`, only the functions that differ
    from those of the sound file are told: the others cannot have a finding at the line.
    """

    def __init__(self, settings: Settings, *, whole: bool = False) -> None:
        self._settings = settings
        self._whole = whole
        self._read = Workspace(settings)

    def judge(self, injected: Injected) -> Judged:
        """What becomes of one file."""
        sound, faulty = injected.sound, injected.faulty
        before = Counter(look(sound, each) for each in self._check(sound, faulty))
        known: dict[str, list[Finding]] = {}

        def check(source: Source, _: Settings) -> list[Finding]:
            if source.text not in known:
                known[source.text] = without(source, self._check(source, sound), before)
            return known[source.text]

        new = check(faulty, self._settings)
        at_line = [each for each in new if _touches(each, injected.rows)]
        fixed = fix_source(faulty, self._settings, unsafe=True, check=check)
        return Judged(
            tuple(sorted({each.code for each in at_line})),
            tuple(sorted({each.code for each in new if each not in at_line})),
            fixed.text,
            fixed.text != faulty.text and _same(fixed.text, sound.text),
        )

    def _check(self, source: Source, other: Source) -> list[Finding]:
        """What is found in a file, where it differs from another one."""
        rows = None if self._whole else _differing(source, other)
        space = Workspace(self._settings, read_by=self._read)
        tree = _parsed(source.text)
        return check_source(source, self._settings, tree, workspace=space, rows=rows)


@lru_cache(maxsize=8)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _differing(source: Source, other: Source) -> set[int]:
    """The rows of the functions and statements of a file that are not in another one as they are.

    Those of a class are looked at one by one.
    """
    left = Counter(_text(other, rows) for rows in _parts(_parsed(other.text)))
    found: set[int] = set()
    for rows in _parts(_parsed(source.text)):
        text = _text(source, rows)
        left[text] -= 1
        if left[text] < 0:
            found.update(rows)
    return found


def _text(source: Source, rows: range) -> str:
    return "\n".join(map(source.line, rows))


def _parts(tree: ast.Module | ast.ClassDef) -> Iterator[range]:
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            yield from _parts(statement)
        else:
            yield range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


def without(
    source: Source, findings: Iterable[Finding], before: Counter[tuple[str, str, str]]
) -> list[Finding]:
    """The findings that are not among those of the sound file."""
    left = before.copy()
    new: list[Finding] = []
    for finding in findings:
        seen = look(source, finding)
        if left[seen] > 0:
            left[seen] -= 1
        else:
            new.append(finding)
    return new


def look(source: Source, finding: Finding) -> tuple[str, str, str]:
    """What a finding is known by when lines have moved."""
    message = re.sub(r"\d+", "0", finding.message)
    return finding.code, message, source.line(finding.start.row).strip()


def _touches(finding: Finding, rows: frozenset[int]) -> bool:
    return any(finding.start.row <= row <= finding.end.row for row in rows)


def _same(text: str, other: str) -> bool:
    return text == other or shape(text) == shape(other)


def shape(text: str) -> str:
    """A program without its layout, and without the names of comprehension variables."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            names = {
                each.id: f"_{index}"
                for index, each in enumerate(
                    inner
                    for generator in node.generators
                    for inner in ast.walk(generator.target)
                    if isinstance(inner, ast.Name)
                )
            }
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and each.id in names:
                    each.id = names[each.id]
    return ast.dump(tree)
