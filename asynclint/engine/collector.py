"""The garbage collector during a run: the index stays, and cycles are few."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects between two collections of the youngest, and of the older generations. With CPython's
#: own thresholds a third of a run is spent in going through the index again and again.
_SELDOM = (100_000, 50, 100)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Lets the collector of cycles run less often; as it was afterwards."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
