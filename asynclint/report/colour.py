"""Colours of a terminal, by what they mean."""

from __future__ import annotations

from dataclasses import dataclass

_RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours text, or leaves it as it is (Select Graphic Rendition of ECMA-48)."""

    on: bool

    def path(self, text: str) -> str:
        """Where something is."""
        return self._with("1", text)

    def fault(self, text: str) -> str:
        """What is wrong."""
        return self._with("1;31", text)

    def frame(self, text: str) -> str:
        """Lines around code."""
        return self._with("1;34", text)

    def help(self, text: str) -> str:
        """What can be done."""
        return self._with("1;36", text)

    def good(self, text: str) -> str:
        """That nothing is wrong."""
        return self._with("1;32", text)

    def _with(self, codes: str, text: str) -> str:
        return f"\x1b[{codes}m{text}{_RESET}" if self.on and text else text
