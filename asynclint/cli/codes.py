"""The codes of rules that options take."""

from __future__ import annotations

import click


def codes(given: tuple[str, ...] | None, option: str) -> tuple[str, ...] | None:
    """Codes of rules from comma-separated lists; None where the option was not given.

    Raises click.BadParameter with the nearest known code where one is unknown.
    """
    if not given:
        return None
    # Imported here, because the rules take libcst with them: most runs need neither.
    from asynclint.engine.selectors import UnknownSelectorError, as_code

    words = (word for text in given for word in text.split(","))
    try:
        return tuple(as_code(word) for word in words if word.strip())
    except UnknownSelectorError as error:
        context = click.get_current_context(silent=True)
        raise click.BadParameter(str(error), context, param_hint=repr(option)) from error
