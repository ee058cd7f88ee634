"""Once a second: what time alone brings, and how the channels stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from watcher.core.fallback import Stranded, patience
from watcher.core.speechless import ChannelHealth
from watcher.ports import Backlog, Refuge, StoreError
from watcher.services.edge import Edge
from watcher.services.keeper import Keeper

INTERVAL: Final = timedelta(seconds=1)
BLOCKED: Final = timedelta(seconds=3)
"""A tick that is later than this is said in the log: meanwhile nothing at all was done."""
STRANDS_INTERVAL: Final = timedelta(seconds=5)


class Ticker:
    """The core's clock hand; `lag` is how late the last tick came."""

    def __init__(
        self, keeper: Keeper, edge: Edge, pulse: Callable[[Sequence[Backlog]], object]
    ) -> None:
        self.lag = timedelta(0)
        self._keeper = keeper
        self._edge = edge
        self._pulse = pulse
        self._strands_due = 0.0

    async def run(self) -> None:
        """Tick for ever."""
        while True:
            await self.once()
            await self._sleep()

    async def once(self) -> None:
        """One tick; the pulse says that it was done, and how the channels stood."""
        await self._keeper.heed_clock()
        try:
            backlogs = await self._edge.store.backlogs()
            stranded = await self._stranded()
            silences = await self._edge.store.silences(self._edge.clock.now())
        except StoreError:
            return
        self._measure(backlogs)
        self._edge.bell.ring([backlog.channel for backlog in backlogs if backlog.changed])
        health = tuple(_health(backlog) for backlog in backlogs)
        if await self._keeper.tick(health, stranded, silences) is not None:
            self._pulse(backlogs)

    async def _sleep(self) -> None:
        """Wait for the next tick, and see how much later than that the event loop came round."""
        clock = self._edge.clock
        due = clock.monotonic() + INTERVAL.total_seconds()
        await clock.sleep(INTERVAL)
        self.lag = timedelta(seconds=max(clock.monotonic() - due, 0.0))
        self._edge.metrics.lagged(self.lag)
        if self.lag >= BLOCKED:
            self._edge.log.warning("loop_was_blocked", seconds=round(self.lag.total_seconds(), 1))

    async def _stranded(self) -> Sequence[Stranded]:
        """What a fallback is to be told; looked for now and then, as it may be a long look."""
        clock, plan = self._edge.clock, self._keeper.state.plan
        if clock.monotonic() < self._strands_due:
            return ()
        self._strands_due = clock.monotonic() + STRANDS_INTERVAL.total_seconds()
        refuges = [
            Refuge(one.name, one.fallback, clock.now() - patience(plan, one.name))
            for one in plan.channels.values()
            if one.fallback is not None and one.fallback in plan.channels
        ]
        return await self._edge.store.stranded(refuges, clock.now()) if refuges else ()

    def _measure(self, backlogs: Sequence[Backlog]) -> None:
        now, channels = self._edge.clock.now(), self._keeper.state.plan.channels
        for backlog in backlogs:
            if backlog.channel not in channels:
                continue
            oldest = backlog.oldest_made_at
            age = now - oldest if oldest is not None else timedelta(0)
            metrics, name, breaker = self._edge.metrics, backlog.channel, backlog.breaker
            metrics.waiting(name, backlog.waiting, max(age, timedelta(0)))
            metrics.gated(name, failing=breaker.is_open, refused=breaker.refused)


def _health(backlog: Backlog) -> ChannelHealth:
    breaker = backlog.breaker
    return ChannelHealth(
        channel=backlog.channel,
        refused_since=breaker.since if breaker.refused else None,
        oldest_made_at=backlog.oldest_made_at,
        waiting=backlog.waiting,
        reason=breaker.reason,
    )
