"""Lets `python -m asynclint` do what the console script `asynclint` does."""

import os
import sys


def run() -> None:
    """Runs the command line, without the working folder on the path.

    `python -m` puts that first, and what lies there is the analysed code: a file `click.py` in it
    would be run in the place of the library.
    """
    if sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - pathlib may lie there, too
        del sys.path[0]
    from asynclint.cli import main

    main()


if __name__ == "__main__":
    run()
