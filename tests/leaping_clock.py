"""A clock that runs like the machine's, and on which a sleep passes in no time."""

from __future__ import annotations

from datetime import datetime, timedelta

from anyio.lowlevel import checkpoint

from watcher.clock import SystemClock


class LeapingClock(SystemClock):
    """Real I/O keeps its real time; waits for a retry are leapt over and noted in `slept`."""

    def __init__(self, *, wall_ahead: timedelta = timedelta(0), jitter: float = 1.0) -> None:
        self.slept: list[timedelta] = []
        self._leapt = timedelta(0)
        self._wall_ahead = wall_ahead
        self._jitter = jitter

    def now(self) -> datetime:
        return super().now() + self._leapt + self._wall_ahead

    def monotonic(self) -> float:
        return super().monotonic() + self._leapt.total_seconds()

    def jitter(self) -> float:
        return self._jitter

    async def sleep(self, span: timedelta) -> None:
        self.slept.append(span)
        self._leapt += max(span, timedelta(0))
        await checkpoint()
