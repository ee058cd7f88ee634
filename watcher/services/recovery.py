"""Finds out when the store can be written again, says meanwhile that it cannot, brings all back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import anyio

from watcher.ports import Channel, StoreError
from watcher.services.edge import Edge
from watcher.services.keeper import Keeper
from watcher.services.outcry import Outcry

FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(seconds=30)
CALM: Final = timedelta(minutes=10)
"""A trouble that begins sooner after another one's end counts as the same, going on."""


class Recovery:
    """The loop that owns a trouble from its first failed write to its end.

    A trouble that the first probe ends was too short to be told, unless it comes again.
    """

    def __init__(
        self, keeper: Keeper, edge: Edge, outcry: Outcry, channels: Sequence[Channel]
    ) -> None:
        self._keeper = keeper
        self._edge = edge
        self._outcry = outcry
        self._channels = tuple(channels)
        self._pause = FIRST_PAUSE
        self._ended_at: float | None = None

    async def run(self) -> None:
        """Wait for trouble and see it through, for ever."""
        while True:
            await self._edge.store.failing()
            self._edge.metrics.can_write(can=False)
            await self.see_through()
            self._edge.metrics.can_write(can=True)

    async def see_through(self) -> None:
        """Probe with growing pauses until the store works again and holds what it did."""
        again = self._comes_again()
        if not again:
            self._pause = FIRST_PAUSE
        async with anyio.create_task_group() as telling:
            if again:
                telling.start_soon(self._cry)
            while not await self._works():
                if not again:
                    telling.start_soon(self._cry)
                again = True
            telling.cancel_scope.cancel()

    def _comes_again(self) -> bool:
        """Whether the end before was none: what is small can be written, and what is not cannot."""
        ended, now = self._ended_at, self._edge.clock.monotonic()
        return ended is not None and now - ended < CALM.total_seconds()

    async def _works(self) -> bool:
        await self._edge.clock.sleep(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        try:
            with anyio.CancelScope(shield=True):
                await self._edge.store.probe(self._edge.clock.now())
        except StoreError:
            return False
        if not await self._keeper.come_back(self._outcry.told):
            return False
        self._outcry.end()
        self._ended_at = self._edge.clock.monotonic()
        return True

    async def _cry(self) -> None:
        trouble = self._edge.store.trouble
        if trouble is not None:
            await self._outcry.cry(self._channels, self._keeper.state, trouble)
