"""The one place that asks the machine for the time, waits for it and draws a jitter."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import anyio

LONGEST_NAP = timedelta(seconds=5)
"""How long a wait for a wall time goes without a look at the wall clock, which may be set anew."""


class SystemClock:
    """The machine's own clocks: wall time for what is saved and told, monotonic time for spans."""

    def now(self) -> datetime:
        """Wall time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an unknown beginning; never goes back and ignores that the wall is set."""
        return time.monotonic()

    async def sleep(self, span: timedelta) -> None:
        """Wait for `span` of monotonic time; a span of nothing or less only lets others run."""
        await anyio.sleep(max(span.total_seconds(), 0.0))

    async def sleep_until(self, at: datetime) -> None:
        """Wait until the wall shows `at`; sees within five seconds that the wall was set anew."""
        while (left := at - self.now()) > timedelta(0):
            await self.sleep(min(left, LONGEST_NAP))

    def jitter(self) -> float:
        """A number drawn evenly from [0, 1), for spreading retries; no secret may rest on it."""
        return random.random()  # noqa: S311 - it only keeps clients from coming back in step
