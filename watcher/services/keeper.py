"""Holds the core's state, saves each Step in one transaction, and only then lets it hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import anyio
import msgspec

from watcher.core.adoption import adopt
from watcher.core.alert import Refusal
from watcher.core.anchor import MOST, Anchor
from watcher.core.drift import move_clocks
from watcher.core.fallback import Stranded
from watcher.core.pipeline import observe, tick
from watcher.core.plan import Plan
from watcher.core.reading import Reading
from watcher.core.refused import refuse
from watcher.core.silence import Silence
from watcher.core.speechless import ChannelHealth
from watcher.core.state import State
from watcher.core.step import Step
from watcher.core.unwritable import Trouble, calm_down
from watcher.core.why import BY_PEOPLE, Why
from watcher.ports import Clock, StoreError
from watcher.services.edge import Edge


class Keeper:
    """The only one who changes the state: a Step is saved, then applied, then told of by the bell.

    A Step that cannot be saved changes nothing, and while the store cannot be written none is
    decided: what is seen later is compared with what was saved last.
    """

    def __init__(self, state: State, edge: Edge) -> None:
        self.state = state
        self._edge = edge
        self._refusal: Refusal | None = None
        # Uncontended, it need not let other tasks run first: that costs more than most Steps do.
        self._lock = anyio.Lock(fast_acquire=True)

    @property
    def trouble(self) -> str | None:
        """Why the store cannot be written, while it cannot."""
        trouble = self._edge.store.trouble
        return None if trouble is None else trouble.words

    async def observe(self, reading: Reading) -> Step | None:
        """Take in what a source gave; `None` where it could not be saved."""
        return await self._take(lambda now: observe(self.state, reading, now))

    async def tick(
        self,
        channels: tuple[ChannelHealth, ...],
        stranded: Sequence[Stranded] = (),
        silences: Sequence[Silence] | None = None,
    ) -> Step | None:
        """Take in what time alone brings, and the silences that the store holds."""
        known = None if silences is None else tuple(silences)
        if self._refusal is not None:
            await self.refuse(self._refusal)
        step = await self._take(lambda now: tick(self.state, channels, now, stranded, known))
        if step is not None and self._edge.flight is not None:
            self._edge.flight.tick(step)
        return step

    async def adopt(self, plan: Plan, *, starting: bool) -> Step | None:
        """Put a file into force; where that cannot be saved, the old one stays in force."""
        async with self._lock:
            if self.trouble is not None:
                return None
            old = self.state.plan
            self.state.replan(plan)
            now = self._edge.clock.now()
            step = await self._carry_out(adopt(self.state, now, starting=starting))
            if step is None:
                self.state.replan(old)
            else:
                self._refusal = None
        return step

    async def refuse(self, refusal: Refusal) -> Step | None:
        """A file has faults; where that cannot be saved now, a tick does once it can be."""
        step = await self._take(lambda now: refuse(self.state, refusal, now))
        self._refusal = refusal if step is None else None
        return step

    async def heed_clock(self) -> None:
        """Where the wall was set, move all open clocks with it, before anything else is decided.

        Until that is saved `now` goes on as before, so that nobody sees half of it.
        """
        async with self._lock:
            clock, by = self._edge.clock, self._edge.clock.drift()
            if abs(by) <= MOST or self.trouble is not None:
                return
            now = clock.now() + by
            anchor = (self.state.anchor or _anchor_of(clock)).set_by(by, now)
            if await self._move_clocks(anchor, by, now):
                clock.follow(by)
                self._edge.bell.ring(self.state.plan.channels)

    async def set_clock(self, boot: str | None) -> bool:
        """At a start, as `heed_clock`: the wall may have been set since the last run.

        Whether that is known; after a boot of the machine it is not, but for what the last reading
        shows: that the wall was set back behind it.
        """
        async with self._lock:
            now, before = self._edge.clock.now(), self.state.anchor
            found = _anchor_of(self._edge.clock, boot)
            known = before.drift_to(found) if before else None
            by = self._set_back(now) if known is None else known
            if by:
                after = msgspec.structs.replace(found, moved_at=now, moved_by=by)
                await self._move_clocks(after, by, now)
            elif known is None:
                await self._carry_out(Step(at=now, anchor=found))
        return before is None or known is not None

    def _set_back(self, now: datetime) -> timedelta:
        """By how much the wall was set back at least, as readings were taken later than now."""
        read = [one.read_at for one in self.state.sources.values() if one.read_at is not None]
        by = min(now - max(read, default=now), timedelta(0))
        return by if abs(by) > MOST else timedelta(0)

    async def _move_clocks(self, anchor: Anchor, by: timedelta, now: datetime) -> bool:
        """Whether it could be saved; `anchor` is how the wall stands from then on."""
        self._edge.log.warning("clock_was_set", by=by)
        return await self._carry_out(move_clocks(self.state, by, anchor, now)) is not None

    async def come_back(self, told: Sequence[str]) -> bool:
        """Go on from what the store holds, as a start does, and tell `told` of the trouble's end.

        Whether it worked; if not, the trouble lasts.
        """
        store = self._edge.store
        async with self._lock:
            trouble = store.trouble
            if trouble is None:
                return True
            store.reopen()
            if not await self._go_on(told, trouble):
                store.close_again(trouble)
                return False
        self._edge.log.info("store_works_again", since=trouble.since.isoformat())
        self._edge.bell.ring(self.state.plan.channels)
        return True

    async def _go_on(self, told: Sequence[str], trouble: Trouble) -> bool:
        """Nothing of before is trusted: a write that failed may have been saved after all."""
        before, now = self.state, self._edge.clock.now()
        try:
            saved = await self._edge.store.load()
        except StoreError:
            return False
        self.state = State(saved, before.plan)
        if self._edge.flight is not None:
            self._edge.flight.begin(self.state, saved)
        step = adopt(self.state, now, starting=True, resuming=True)
        if await self._carry_out(step) is None:
            return False
        return await self._calm_down(told, trouble)

    async def calm_down(self, told: Sequence[str], trouble: Trouble) -> bool:
        """Tell of the end of a trouble of which a process before this one told."""
        async with self._lock:
            return await self._calm_down(told, trouble)

    async def _calm_down(self, told: Sequence[str], trouble: Trouble) -> bool:
        now = self._edge.clock.now()
        present = [channel for channel in told if channel in self.state.plan.channels]
        if not present:
            return True
        return await self._carry_out(calm_down(self.state, present, trouble, now)) is not None

    async def _take(self, decide: Callable[[datetime], Step]) -> Step | None:
        async with self._lock:
            if self.trouble is not None:
                return None
            return await self._carry_out(decide(self._edge.clock.now()))

    async def _carry_out(self, step: Step) -> Step | None:
        if step.saves and not await self._save(step):
            return None
        self._apply(step)
        self._tell(step)
        return step

    def _apply(self, step: Step) -> None:
        """Let a saved Step hold; the recorder sees what it changes."""
        flight = self._edge.flight
        if flight is not None:
            flight.take(self.state, step)
        self.state.apply(step)
        if flight is not None:
            flight.applied(step)

    async def _save(self, step: Step) -> bool:
        began = self._edge.clock.monotonic()
        try:
            # A cancelled commit may or may not have been saved; the state would not know.
            with anyio.CancelScope(shield=True):
                await self._edge.store.commit(step)
        except StoreError:
            return False
        self._edge.metrics.committed(timedelta(seconds=self._edge.clock.monotonic() - began))
        return True

    def _tell(self, step: Step) -> None:
        self._count(step)
        if step.silences is not None or step.silences_ended:
            self._tell_of_silences()
        for decision in step.decisions:
            if decision.why in BY_PEOPLE and decision.channel is not None:
                self._edge.metrics.silenced(decision.channel, decision.why)
        if step.notifications:
            self._edge.bell.ring({notification.channel for notification in step.notifications})

    def _count(self, step: Step) -> None:
        """Tell the metrics what it held: once for what is alike, as one Step may hold thousands."""
        metrics = self._edge.metrics
        for kind, times in Counter(event.kind for event in step.events).items():
            metrics.saw_event(kind, times)
        alike = Counter((one.channel, one.status, one.reason) for one in step.notifications)
        for (channel, status, reason), times in alike.items():
            metrics.decided(channel, status, reason, times)
        for why, times in Counter(decision.why for decision in step.decisions).items():
            if why is not Why.TOLD:
                metrics.stopped(why, times)

    def _tell_of_silences(self) -> None:
        """Log which are in force now, and have them recorded whole."""
        silences, flight = self.state.silences, self._edge.flight
        self._edge.log.info("silences_changed", in_force=[silence.id for silence in silences])
        if flight is not None:
            flight.note("silences", {one.id: msgspec.to_builtins(one) for one in silences})


def _anchor_of(clock: Clock, boot: str | None = None) -> Anchor:
    return Anchor(clock.now() - timedelta(seconds=clock.monotonic()), boot)
