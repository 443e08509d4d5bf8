"""What two texts of one module differ in, as far as the analysis of other files can tell."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.engine.reach import told
from asynclint.engine.workspace import parse_imported
from asynclint.flow.reads import STATEMENTS
from asynclint.model.declared import Module
from asynclint.model.files import LARGEST
from asynclint.model.index import index_module
from asynclint.model.outline import outline
from asynclint.source.paths import shown
from asynclint.source.text import Source, SourceError, decode
from asynclint.visitor.parse import function_text, outermost, statements_text


@dataclass(frozen=True)
class _Version:
    """A module as it once was."""

    source: Source
    module: Module
    outline: list[str]


def changed_bodies(path: str, name: str, old: bytes, new: bytes) -> set[int] | None:
    """The bodies that two texts of a module differ in (see `flow.reads`), lines aside.

    path, name: those of the module. None where they differ in more: in what the module declares,
    or in the names that its bodies use.
    """
    if told(old) != told(new):
        return None
    before, after = _version(path, name, old), _version(path, name, new)
    if before is None or after is None or before.outline != after.outline:
        return None
    bodies = zip(_bodies(before), _bodies(after), strict=True)
    return {number for number, (one, other) in enumerate(bodies, STATEMENTS) if _differ(one, other)}


def _version(path: str, name: str, data: bytes) -> _Version | None:
    if len(data) > LARGEST:
        return None
    try:
        source = decode(data, shown(path))
    except SourceError:
        return None
    tree = parse_imported(source)
    if tree is None:
        return None
    module = index_module(tree, name, source.path)
    return _Version(source, module, outline(module, tree))


def _bodies(version: _Version) -> Iterator[str]:
    """The texts of the bodies, from that of the module's own statements on."""
    source, module = version.source, version.module
    yield statements_text(source, module)
    for function in outermost(module):
        yield function_text(source, function)


def _differ(one: str, other: str) -> bool:
    return one != other and _bare(one) != _bare(other)


def _bare(text: str) -> object:
    """A text without what does nothing: comments, blank lines, the text of docstrings.

    What stands within brackets is kept as it is: it is shown to people as it stands.
    """
    rows = io.StringIO(text, newline="").readlines()
    lines: list[str] = []
    statement: list[tokenize.TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(iter(rows).__next__):
            if token.type == tokenize.NEWLINE:
                lines.append(_line(rows, statement))
                statement = []
            elif token.type in (tokenize.INDENT, tokenize.DEDENT):
                lines.append(tokenize.tok_name[token.type])
            elif statement or token.type not in (tokenize.NL, tokenize.COMMENT):
                statement.append(token)
    except (tokenize.TokenError, SyntaxError):
        return text
    return lines


def _line(rows: list[str], tokens: list[tokenize.TokenInfo]) -> str:
    """The text of a logical line."""
    if tokens[-1].type == tokenize.COMMENT:
        tokens = tokens[:-1]
    if [each.type for each in tokens] == [tokenize.STRING] and "f" not in _prefix(tokens[0]):
        return "STRING"
    (first, start), (last, end) = tokens[0].start, tokens[-1].end
    if first == last:
        return rows[first - 1][start:end]
    return "".join((rows[first - 1][start:], *rows[first : last - 1], rows[last - 1][:end]))


def _prefix(token: tokenize.TokenInfo) -> str:
    """The letters before the quotes of a string."""
    return token.string.partition(token.string[-1])[0].lower()
