"""Proofs by running: what the facts say about the standard library is what the interpreter does."""

from __future__ import annotations

import sys
from pathlib import Path

# What compares a fact with parameters is shared with the check of other people's packages.
sys.path.append(str(Path(__file__).parents[2] / "scripts"))
