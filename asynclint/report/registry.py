"""The formats, found by walking their package: a new one is a new file there."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from asynclint.report import formats

if TYPE_CHECKING:
    from collections.abc import Callable

    from asynclint.report.outcome import Outcome


def names() -> list[str]:
    """The names of all formats, sorted. None of them is imported for that."""
    return sorted(module.name for module in pkgutil.iter_modules(formats.__path__))


def writer(name: str) -> Callable[[Outcome], str]:
    """The function that turns an outcome into text. Raises ModuleNotFoundError for no format."""
    module = importlib.import_module(f"{formats.__name__}.{name}")
    render: Callable[[Outcome], str] = module.render
    return render
