"""Keeps the store small: what is too old to deliver dies, what is settled long ago is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from watcher.ports import StoreError
from watcher.services.edge import Edge

INTERVAL: Final = timedelta(minutes=1)


class Upkeep:
    """The store's janitor."""

    def __init__(
        self,
        edge: Edge,
        *,
        channels: Sequence[str],
        give_up: timedelta,
        retention: timedelta,
    ) -> None:
        self._edge = edge
        self._channels = tuple(channels)
        self._give_up = give_up
        self._retention = retention

    async def run(self) -> None:
        """Once a minute, for ever."""
        while True:
            await self.once()
            await self._edge.clock.sleep(INTERVAL)

    async def once(self) -> None:
        """Bury what cannot be delivered any more and delete what is older than the retention."""
        now = self._edge.clock.now()
        try:
            buried = await self._edge.store.bury(self._channels, now, self._give_up)
            await self._edge.store.clamp(now)
            await self._edge.store.prune(now - self._retention)
            dead = await self._edge.store.dead()
        except StoreError:
            return
        for channel in self._channels:
            self._edge.metrics.dead(channel, dead.get(channel, 0))
        if buried:
            self._edge.log.warning("gave_up", deliveries=buried)
