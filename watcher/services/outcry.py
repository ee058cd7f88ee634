"""Says on every channel, past the outbox, that nothing can be saved: the one exception to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Final

import anyio

from watcher.core.delivery import Parcel
from watcher.core.outcome import Fate, Outcome
from watcher.core.state import State
from watcher.core.unwritable import Trouble, cry_out
from watcher.ports import Channel
from watcher.services.edge import Edge
from watcher.services.memo import Memo
from watcher.services.sending import send, told_in_log

QUIET: Final = timedelta(minutes=10)
"""The least time between two such messages to one robot, whatever comes and goes meanwhile."""
FIRST_RETRY: Final = timedelta(seconds=65)
"""More than the minute that robots count in: an outcry is never two of their twenty messages."""


class Outcry:
    """One message a robot for one trouble; what did not arrive is tried again while it lasts.

    It outlives reloads, so that a robot's quiet does too.  `told` are the channels that were told
    of the trouble that lasts, or may have been.
    """

    def __init__(self, edge: Edge, memo: Memo) -> None:
        """Nothing has been told yet."""
        self.told: list[str] = []
        self._edge = edge
        self._memo = memo
        self._may_at: dict[str, float] = {}

    async def cry(self, channels: Iterable[Channel], state: State, trouble: Trouble) -> None:
        """Tell one channel of each robot, and return when all have been told."""
        robots = {channel.robot: channel for channel in reversed(tuple(channels))}
        async with anyio.create_task_group() as group:
            for channel in robots.values():
                group.start_soon(self._tell, channel, state, trouble)

    def end(self) -> None:
        """The trouble is over; the next one is another."""
        if self.told:
            self._memo.drop()
        self.told = []

    async def _tell(self, channel: Channel, state: State, trouble: Trouble) -> None:
        await self._until_allowed(channel)
        now = self._edge.clock.now()
        notification = cry_out(state, channel.name, trouble, now)
        self.told.append(channel.name)
        self._memo.keep(state.store_id, trouble, self.told)
        for number in count(1):
            parcel = Parcel(notification.id, channel.name, number, (notification,), now)
            if await self._attempt(channel, parcel):
                return
            await self._until_allowed(channel)

    async def _until_allowed(self, channel: Channel) -> None:
        clock = self._edge.clock
        wait = self._may_at.get(channel.robot, clock.monotonic()) - clock.monotonic()
        await clock.sleep(timedelta(seconds=max(wait, 0.0)))

    async def _attempt(self, channel: Channel, parcel: Parcel) -> bool:
        began = self._edge.clock.monotonic()
        # Should this be cut off, it may have arrived.
        self._wait(channel, QUIET)
        outcome = await send(channel, parcel, self._edge)
        took = timedelta(seconds=self._edge.clock.monotonic() - began)
        self._edge.metrics.attempted(channel.name, outcome.fate)
        told_in_log(self._edge, parcel, outcome, took)
        if outcome.fate in (Fate.DELIVERED, Fate.REJECTED, Fate.TOO_LONG):
            return True
        self._wait(channel, _pause(parcel.attempt, outcome))
        return False

    def _wait(self, channel: Channel, span: timedelta) -> None:
        self._may_at[channel.robot] = self._edge.clock.monotonic() + span.total_seconds()


def _pause(attempt: int, outcome: Outcome) -> timedelta:
    grown = min(FIRST_RETRY * (1 << min(attempt - 1, 8)), QUIET)
    return max(grown, outcome.retry_after or timedelta(0))
