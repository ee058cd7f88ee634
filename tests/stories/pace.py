"""How fast a story's time goes, and what its processes need to live in it.

Some of what is promised takes longer than a test may: a trend over minutes, a run that is five
minutes too long, a deadline. Such a story is played with all its time sped up, the processes'
monotonic time too, and from a date that the page names.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from tests.acceptance.faults.faked import library


class Pace:
    """Story time: the machine's own, or `factor` times as fast and from `start` on."""

    def __init__(self, factor: int = 1, start: datetime | None = None) -> None:
        self._factor = factor
        self._began = time.time()
        self._start = start.timestamp() if start else self._began
        self._faked = factor != 1 or start is not None

    def now(self) -> float:
        """What the story's processes see on the wall, in seconds since 1970."""
        return self._start + (time.time() - self._began) * self._factor

    def real(self, seconds: float) -> float:
        """How long a span of the story takes."""
        return seconds / self._factor

    def env(self) -> dict[str, str]:
        """The environment of a process that starts now."""
        if not self._faked:
            return {}
        at = datetime.fromtimestamp(self.now(), UTC)
        return {
            "LD_PRELOAD": library(),
            "FAKETIME": f"@{at:%Y-%m-%d %H:%M:%S} x{self._factor}",
            "NO_FAKE_STAT": "1",
            "TZ": "UTC",
        }
