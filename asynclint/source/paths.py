"""How paths are shown to people."""

# Paths are strings here: a walk over a large tree makes many, and a Path costs ten times as much.
# ruff: noqa: PTH100, PTH109, PTH118

from __future__ import annotations

import os


def shown(path: str) -> str:
    """The one spelling under which a path is reported: relative below the working folder."""
    absolute = os.path.abspath(path)
    here = os.getcwd()
    below = os.path.join(here, "")
    return os.curdir if absolute == here else absolute.removeprefix(below)
