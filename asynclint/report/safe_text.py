"""Text of foreign origin made fit for one line of a terminal."""

from __future__ import annotations

import unicodedata

#: Control characters (and the marks that turn the direction of text) would move the cursor,
#: colour what follows or hide code from the eye.
_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PICTURES = 0x2400
_LAST_PICTURE = 0x1F
_DELETE = "\x7f"


def one_line(text: str) -> str:
    """Text for a line of its own: what is not printable as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(each) if is_unsafe(each) else each for each in text)


def visible(character: str) -> str:
    """One character for a code frame: a control character as its picture, one column wide."""
    if not is_unsafe(character):
        return character
    if ord(character) <= _LAST_PICTURE:
        return chr(_PICTURES + ord(character))
    return "\u2421" if character == _DELETE else "\ufffd"


def is_unsafe(character: str) -> bool:
    """Whether a terminal might act on the character rather than show it."""
    return unicodedata.category(character) in _UNSAFE or character in _DIRECTIONS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
