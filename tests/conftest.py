"""What holds for all tests: nothing depends on the environment in which they are started."""

from __future__ import annotations

import os

# The packages of the active environment tell what imported functions are.
os.environ.pop("VIRTUAL_ENV", None)
