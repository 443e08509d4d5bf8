"""The values that configuration keys take: each function checks one kind and returns it frozen."""

from __future__ import annotations

from asynclint.engine.patterns import problem
from asynclint.engine.python_version import from_name

_LONGEST_SHOWN = 40


class BadValueError(ValueError):
    """A value of the wrong type or meaning; `keys` is the way to it inside its key's value."""

    def __init__(self, message: str, *keys: str) -> None:
        super().__init__(message)
        self.keys = keys


def string(value: object) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value:
        message = f"must be a string, not {shown(value)}"
        raise BadValueError(message)
    return value


def strings(value: object) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        message = f"must be a list of strings, not {shown(value)}"
        raise BadValueError(message)
    return tuple(value)


def patterns(value: object) -> tuple[str, ...]:
    """A list of patterns of paths."""
    return tuple(_pattern(each) for each in strings(value))


def _pattern(text: str) -> str:
    if wrong := problem(text.removeprefix("!")):
        message = f"{text!r} {wrong}"
        raise BadValueError(message)
    return text


def codes(value: object) -> tuple[str, ...]:
    """A list of selectors, as codes."""
    from asynclint.engine.selectors import UnknownSelectorError, as_code

    try:
        return tuple(as_code(each) for each in strings(value))
    except UnknownSelectorError as error:
        raise BadValueError(str(error)) from error


def codes_by_pattern(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A table of lists of selectors by pattern, in the order of the file."""
    if not isinstance(value, dict):
        message = f"must be a table of patterns, not {shown(value)}"
        raise BadValueError(message)
    return tuple(
        (_key(str(pattern)), _codes_at(str(pattern), each)) for pattern, each in value.items()
    )


def _key(pattern: str) -> str:
    try:
        return _pattern(pattern)
    except BadValueError as error:
        raise BadValueError(str(error), pattern) from error


def _codes_at(pattern: str, value: object) -> tuple[str, ...]:
    try:
        return codes(value)
    except BadValueError as error:
        message = f"{pattern!r}: {error}"
        raise BadValueError(message, pattern) from error


def version(value: object) -> tuple[int, int]:
    """A Python version such as "py311" or "3.11"."""
    found = from_name(value) if isinstance(value, str) else None
    if found is None:
        message = f"must be a Python version such as 'py311' or '3.11', not {shown(value)}"
        raise BadValueError(message)
    return found


def shown(value: object) -> str:
    """A value as a message shows it: what is wrong in a list, the type of what is long."""
    if isinstance(value, list) and (wrong := [e for e in value if not isinstance(e, str)]):
        return f"one that holds {shown(wrong[0])}"
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"a {type(value).__name__}"
