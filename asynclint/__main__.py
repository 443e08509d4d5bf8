"""Lets `python -m asynclint` do what the console script `asynclint` does."""

import os
import sys


def run() -> None:
    """Runs the command line, without the working folder on the path.

    `python -m` puts that first, and what lies there is the analysed code: a file `click.py` in it
    would be run in the place of the library.
    """
    if sys.path and _is_here(sys.path[0]):
        del sys.path[0]
    from asynclint.cli import main

    main()


def _is_here(folder: str) -> bool:
    try:
        return folder in ("", os.getcwd())  # noqa: PTH109 - pathlib may lie there, too
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    run()
