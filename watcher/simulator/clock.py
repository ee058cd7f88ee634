"""Read the wall clock: the one place in the simulator that does."""

from __future__ import annotations

import time


def wall_clock() -> float:
    """Return the wall clock in seconds since 1970-01-01 UTC."""
    return time.time()
