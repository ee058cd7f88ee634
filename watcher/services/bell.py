"""Wakes the dispatchers of channels for which something was saved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import anyio


class Bell:
    """One wake-up for each channel; a ring before anybody listens is not lost."""

    def __init__(self) -> None:
        self._rung: dict[str, anyio.Event] = {}

    def ring(self, channels: Iterable[str]) -> None:
        """Wake whoever waits, or will next wait, for one of these channels."""
        for channel in channels:
            self._event(channel).set()

    async def wait(self, channel: str, at_most: timedelta | None) -> None:
        """Wait for a ring for this channel, or for the time to pass (`None`: no limit)."""
        seconds = None if at_most is None else max(at_most.total_seconds(), 0.0)
        with anyio.move_on_after(seconds):
            await self._event(channel).wait()
        if self._event(channel).is_set():
            self._rung[channel] = anyio.Event()

    def _event(self, channel: str) -> anyio.Event:
        return self._rung.setdefault(channel, anyio.Event())
