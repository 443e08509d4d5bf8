"""Lets `python -m asynclint` do what the console script `asynclint` does."""

from asynclint.cli import main

if __name__ == "__main__":
    main()
