"""A clock that stands still until a test moves it: a virtual day passes in no time."""

from __future__ import annotations

import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

import anyio
from anyio.lowlevel import checkpoint

from watcher.clock import SystemClock

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
TURNS = 25
"""How often the event loop turns after each wake, so that who was woken comes to its next wait."""


class ManualClock(SystemClock):
    """Wall and monotonic time that only `advance` moves; `set_wall` sets the wall alone.

    A task in `sleep` is parked until `advance` passes its time, and then wakes exactly at it, in
    order.  Work that waits for real I/O is not waited for: the test waits for its effect.
    """

    def __init__(self, start: datetime = START, *, jitter: float = 0.5) -> None:
        self._elapsed = timedelta(0)
        self._wall_offset = start - START
        self._jitter = jitter
        self._order = count()
        self._parked: list[tuple[timedelta, int, anyio.Event]] = []
        self._arrival = anyio.Event()

    def now(self) -> datetime:
        return START + self._wall_offset + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed.total_seconds()

    def jitter(self) -> float:
        return self._jitter

    @property
    def sleepers(self) -> int:
        """How many tasks are parked in a sleep."""
        return len(self._parked)

    async def sleep(self, span: timedelta) -> None:
        if span <= timedelta(0):
            await checkpoint()
            return
        entry = (self._elapsed + span, next(self._order), anyio.Event())
        heapq.heappush(self._parked, entry)
        self._arrival.set()
        try:
            await entry[2].wait()
        finally:
            if entry in self._parked:
                self._parked.remove(entry)
                heapq.heapify(self._parked)

    async def advance(self, span: timedelta) -> None:
        """Let `span` pass; everyone whose sleep ends within it wakes at that very time."""
        end = self._elapsed + span
        while self._parked and self._parked[0][0] <= end:
            wake_at, _, parked = heapq.heappop(self._parked)
            self._elapsed = wake_at
            parked.set()
            await self._let_others_run()
        # Who woke may have let more time pass, as a blocked event loop does; it never goes back.
        self._elapsed = max(self._elapsed, end)
        await self._let_others_run()

    def set_wall(self, at: datetime) -> None:
        """Set the wall, as an operator or NTP would; monotonic time does not notice."""
        self._wall_offset += at - self.now()

    async def wait_for_sleepers(self, number: int = 1) -> None:
        """Wait until at least `number` tasks are parked; fails after five seconds of real time."""
        with anyio.fail_after(5):
            while len(self._parked) < number:
                self._arrival = anyio.Event()
                await self._arrival.wait()

    async def _let_others_run(self) -> None:
        for _ in range(TURNS):
            await checkpoint()
