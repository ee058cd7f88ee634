"""The one place that asks the machine for the time, waits for it and draws a jitter."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import anyio

LOOKS: Final = 5
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """The machine's own clocks: wall time for what is saved and told, monotonic time for spans."""

    @property
    def moved(self) -> timedelta:
        """This clock is the wall itself, so that nothing moves it away from that."""
        return timedelta(0)

    def now(self) -> datetime:
        """Wall time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an unknown beginning; never goes back and ignores that the wall is set."""
        return time.monotonic()

    async def sleep(self, span: timedelta) -> None:
        """Wait for `span` of monotonic time; a span of nothing or less only lets others run."""
        await anyio.sleep(max(span.total_seconds(), 0.0))

    def jitter(self) -> float:
        """A number drawn evenly from [0, 1), for spreading retries; no secret may rest on it."""
        return random.random()  # noqa: S311 - it only keeps clients from coming back in step

    def drift(self) -> timedelta:
        """How far the wall has gone away from `now`: not at all."""
        return timedelta(0)

    def follow(self, by: timedelta) -> None:
        """Nothing to follow."""


class SteadyClock(SystemClock):
    """Wall time that goes on by monotonic time and is set only by `follow`.

    When an operator or NTP sets the wall, everything that compares times goes on undisturbed until
    one place has moved all open clocks and calls `follow`.  `moved` is the sum of what was followed
    since the start.
    """

    def __init__(self, machine: SystemClock) -> None:
        """Begin with what the wall shows."""
        self._machine = machine
        self._moved = timedelta(0)
        # The process may be interrupted between two looks at two clocks; the shortest time counts.
        _, self._began = min(_look_at_both(machine) for _ in range(LOOKS))

    @property
    def moved(self) -> timedelta:
        """By how much `follow` has set this clock since the start."""
        return self._moved

    def now(self) -> datetime:
        """The wall as it was last followed, gone on by monotonic time."""
        return self._began + timedelta(seconds=self._machine.monotonic())

    def monotonic(self) -> float:
        """The machine's."""
        return self._machine.monotonic()

    async def sleep(self, span: timedelta) -> None:
        """The machine's."""
        await self._machine.sleep(span)

    def jitter(self) -> float:
        """The machine's."""
        return self._machine.jitter()

    def drift(self) -> timedelta:
        """How far the wall is ahead of `now` (behind where negative).

        A pause between two looks at two clocks is no drift.
        """
        earliest, wall, latest = self.now(), self._machine.now(), self.now()
        return wall - min(max(wall, earliest), latest)

    def follow(self, by: timedelta) -> None:
        """Set `now` by so much."""
        self._began += by
        self._moved += by


def _look_at_both(machine: SystemClock) -> tuple[float, datetime]:
    """How long it took to look at both clocks, and what the wall showed at monotonic 0."""
    before, wall, after = machine.monotonic(), machine.now(), machine.monotonic()
    return after - before, wall - timedelta(seconds=before)


def boot_id() -> str | None:
    """The name of the machine's present run; `None` where the system hides it."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
