"""Puts the text of one expression in the place of another, so that it fits in there."""

from __future__ import annotations

import re

import libcst as cst
import libcst.matchers as m

from asynclint.findings import Edit
from asynclint.fixes.kit import Kit

_INDENT = re.compile(r"[ \t\f]*")
_CLOSE_BEFORE = re.compile(r"[\w\"')\]}]")


def replace_by_atom(kit: Kit, node: cst.BaseExpression, text: str) -> Edit | None:
    """Replaces an expression, and parentheses around it, by one that needs none.

    text: an atom, a call or the like. None where it cannot stand in the f-string around it.
    """
    fitting = fitted(kit, text, node)
    if fitting is None:
        return None
    start, end = span_with_parentheses(kit, node)
    before = kit.source.text[start - 1 : start]
    apart = " " if start < kit.span(node)[0] and _CLOSE_BEFORE.match(before) else ""
    return Edit(start, end, apart + fitting)


def span_with_parentheses(kit: Kit, node: cst.BaseExpression) -> tuple[int, int]:
    """The 0-based offsets of a node with its own parentheses; without those behind a comment."""
    start, end = kit.span(node)
    text = kit.source.text
    for _ in node.lpar:
        left, right = start, end
        while text[left - 1].isspace():
            left -= 1
        while text[right].isspace():
            right += 1
        if text[left - 1] != "(" or text[right] != ")":
            break
        start, end = left - 1, right + 1
    return start, end


def moved(kit: Kit, expression: cst.BaseExpression, place: cst.CSTNode) -> str | None:
    """The text of an expression as it is to stand in a node's place, None if it cannot.

    Its further lines are indented as those of its new place.
    """
    text = kit.text(expression)
    if "\n" in text and not _has_long_string(kit, expression):
        old, new = _indent(kit, expression), _indent(kit, place)
        first, *lines = text.split("\n")
        shifted = [new + line.removeprefix(old) if line.startswith(old) else line for line in lines]
        text = "\n".join([first, *shifted])
    return fitted(kit, text, place)


def fitted(kit: Kit, text: str, place: cst.CSTNode) -> str | None:
    """The text as it can stand in the f-strings around a place, None if it cannot.

    Before Python 3.12 a replacement field held neither the quotes of its string nor a backslash,
    nor a comment (library reference, What's New in Python 3.12, PEP 701).
    """
    for above in kit.parents(place):
        if isinstance(above, cst.FormattedString):
            quote = above.quote
            if quote in text and len(quote) == 1:
                text = text.replace(quote, "'" if quote == '"' else '"')
                if text.count("'") and text.count('"'):
                    return None  # both kinds were in use
            one_line = len(quote) == 3 or "\n" not in text  # noqa: PLR2004 - three quotes
            if quote in text or "\\" in text or "#" in text or not one_line:
                return None
            text = f" {text}" if text.startswith("{") else text
        elif isinstance(above, cst.BaseStatement):
            break
    return text


def _indent(kit: Kit, node: cst.CSTNode) -> str:
    found = _INDENT.match(kit.source.line(kit.range(node)[0].row))
    return found[0] if found else ""


def _has_long_string(kit: Kit, expression: cst.BaseExpression) -> bool:
    strings = m.findall(expression, m.SimpleString() | m.FormattedString())
    return any("\n" in kit.text(string) for string in strings)
