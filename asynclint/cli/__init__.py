"""The command line: `asynclint check`, `asynclint fix`, `asynclint rule`."""

from asynclint.cli.main import main

__all__ = ["main"]
