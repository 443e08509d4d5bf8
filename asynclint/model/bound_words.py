"""Whether a text may bind a name in a class, or assign an attribute of that name, by its lines.

To know it for certain is to parse the text. Here a few lines too many count: where it is asked,
the answer is to keep most texts from being read as modules.
"""

from __future__ import annotations

import re

_DECLARES = re.compile(rb"\b(?:def|class)[ \t]+$")
_INTRODUCES = re.compile(rb"\b(?:as|del|for|import)\b")
_ASSIGNS = re.compile(rb"[ \t]*(?:[-+*/%@&|^]|\*\*|//|>>|<<)?=(?!=)")
_UNPACKS = re.compile(rb"[ \t]*[,)\]][\w.,* \t()\[\]]*=(?!=)")
#: A line of a target that goes over several, and the line at which such a target ends.
_PART = re.compile(rb"[\w.,* \t()\[\]]*[\\\r]*$")
_END_OF_PARTS = re.compile(rb"\\\r?\n|^[\w.,* \t]*[)\]][ \t]*=(?!=)", re.MULTILINE)
_ANNOTATED = re.compile(rb"[ \t]*:(?!=)")
_TARGET = re.compile(rb"[ \t]*(?:\w+[ \t]*\.[ \t]*)*$")
_CALLS = re.compile(rb"[\w)\]][ \t]*[(\[{]")
_LONGEST = 1_000  # bytes of a line before a name, and behind it
_PAIRS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))


def may_bind(name: str, data: bytes) -> bool:
    """Whether some line may be a definition of a name, an assignment to it, or its annotation.

    A name beyond ASCII may be spelled in several ways: each text may bind it. So may a line that is
    longer than people write them.
    """
    plain = name.encode()
    if not name.isascii():
        return True
    if plain not in data:
        return False
    stands_alone = False
    for found in re.finditer(rb"\b%s\b" % re.escape(plain), data):
        start = data.rfind(b"\n", max(0, found.start() - _LONGEST), found.start()) + 1
        end = data.find(b"\n", found.end(), found.end() + _LONGEST)
        if (not start and found.start() > _LONGEST) or (
            end < 0 and len(data) - found.end() > _LONGEST
        ):
            return True
        head = data[start : found.start()].rpartition(b";")[2]
        tail = data[found.end() : end if end >= 0 else len(data)]
        if _binds(head, tail):
            return True
        stands_alone = stands_alone or bool(_PART.match(head) and _PART.match(_code(tail)))
    return stands_alone and has_wide_targets(data)


def has_wide_targets(data: bytes) -> bool:
    """Whether targets of assignments in a text may go over several lines."""
    return _END_OF_PARTS.search(data) is not None


def _binds(head: bytes, tail: bytes) -> bool:
    """head, tail: what stands on the line before the name, and behind it."""
    if _DECLARES.search(head) or _INTRODUCES.search(head):
        return True
    if _ANNOTATED.match(tail):
        return _TARGET.match(head) is not None and not _is_parameter(tail)
    if _ASSIGNS.match(tail):
        is_argument = tail.startswith(b"=") and _is_parameter(tail)
        return not is_argument and not _is_within(head)
    return _UNPACKS.match(tail) is not None and not _is_within(head)


def _is_parameter(tail: bytes) -> bool:
    """Whether it is a parameter, or an argument, on a line of its own."""
    text = _code(tail)
    return text.endswith(b",") and all(text.count(a) == text.count(b) for a, b in _PAIRS)


def _is_within(head: bytes) -> bool:
    """Whether the bracket of a call is open, or that of a subscript."""
    return _CALLS.search(head) is not None and any(head.count(a) > head.count(b) for a, b in _PAIRS)


def _code(tail: bytes) -> bytes:
    """The end of a line without its comment."""
    return tail.partition(b"#")[0].rstrip()
