"""The axes of drawings: where a time or a delay lies, and which ones are written; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Final

import msgspec

WIDTH: Final = 1000
"""The width of every drawing in its own units."""

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
STEPS: Final = (
    *(timedelta(minutes=n) for n in (1, 5, 10, 30)),
    *(n * _HOUR for n in (1, 2, 3, 4, 6, 12)),
    *(n * _DAY for n in (1, 2, 5, 7)),
)
MOST_TIMES: Final = 8
DELAYS: Final = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(n * 1_000 for n in (1, 2, 5, 10, 15, 30)),
    *(n * 60_000 for n in (1, 2, 5, 10, 15, 30)),
    *(n * 3_600_000 for n in (1, 2, 3, 6, 12)),
    *(n * 86_400_000 for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 10_000, 50_000)),
)
"""Milliseconds between two lines of a chart, round in the units that people read."""
MOST_LINES: Final = 5
MARGIN: Final = 24
"""Less than this from an edge, a text would be cut."""


class Times(msgspec.Struct, frozen=True):
    """A span of time, laid out from `left` to `right`."""

    since: datetime
    until: datetime
    zone: tzinfo
    left: int = 0
    right: int = WIDTH

    def at(self, time: datetime) -> float:
        """Where a time lies, never outside."""
        share = (time - self.since) / (self.until - self.since)
        return round(self.left + min(max(share, 0.0), 1.0) * (self.right - self.left), 1)

    def anchor(self, x: float) -> str:
        """How the text below a tick is placed, so that it stays inside."""
        if x > self.right - MARGIN:
            return "end"
        return "start" if x < self.left + MARGIN else "middle"

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Round local times, and how they are written; midnight by its date."""
        step = next((s for s in STEPS if (self.until - self.since) / s <= MOST_TIMES), STEPS[-1])
        local = self.since.astimezone(self.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        time = midnight + step * ((local - midnight) // step + 1)
        while time < self.until:
            at_midnight = (time.hour, time.minute) == (0, 0)
            yield self.at(time), f"{time:{'%m-%d' if at_midnight else '%H:%M'}}"
            time += step


def delay_lines(most_ms: int) -> tuple[int, ...]:
    """Round delays from 0 to one that is not less than `most_ms`."""
    step = next((s for s in DELAYS if most_ms <= s * MOST_LINES), DELAYS[-1])
    count = max(-(-most_ms // step), 1)
    return tuple(step * number for number in range(min(count, 10 * MOST_LINES) + 1))
