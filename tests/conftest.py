"""What holds for all tests: nothing depends on the environment in which they are started."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# The packages of the active environment tell what imported functions are.
os.environ.pop("VIRTUAL_ENV", None)

# How fast the machine is decides no test.
settings.register_profile("any", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any")
