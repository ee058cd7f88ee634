"""Takes one channel's deliveries from the outbox, makes one attempt of each, and settles it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import anyio
import msgspec
from anyio.abc import TaskGroup

from watcher.core.breaker import Breaker, after_attempt, probe_now, retry_delay
from watcher.core.delivery import Parcel
from watcher.core.outcome import Fate, Outcome
from watcher.ports import Channel, Settlement, StoreError, Terms, Turn
from watcher.services.edge import Edge
from watcher.services.sending import send, told_in_log, told_in_metrics

STORE_RETRY: Final = timedelta(seconds=1)
STOP_WITHIN: Final = timedelta(seconds=8)
LONGEST_WAIT: Final = timedelta(seconds=30)
CUT_OFF: Final = Outcome(Fate.RETRY, "cut off before the receiver answered; it may have arrived")
"""What became of an attempt that was under way when its dispatcher had to end."""


class Dispatcher:
    """One channel's lane of work: settle what ended, lease what may go, send.

    At most `in_flight` sends are under way, settlement included.  A receiver that hangs costs this
    channel its time and no other.  Once it is told to stop, what does not end within `STOP_WITHIN`
    is cut off and waits again.  `round_at` is when the loop last came round, monotonic.
    """

    def __init__(self, channel: Channel, breaker: Breaker, edge: Edge) -> None:
        self.name = channel.name
        self.breaker = breaker
        self.done = anyio.Event()
        self.round_at = edge.clock.monotonic()
        self._channel = channel
        self._edge = edge
        self._clock = edge.clock
        self._finished: list[Settlement] = []
        self._sent: dict[str, Parcel] = {}
        self._paced_since: float | None = None
        self._under_way = 0
        self._make_due = False
        self._asked = False
        self._store_fails = False
        self._stopping = False
        self._moved = edge.clock.moved
        # That was at the start, and the clock may have been set since.
        self._unsure_since = edge.unsure_since and edge.unsure_since + self._moved

    async def run(self) -> None:
        """Dispatch until told to stop, then wait for what is under way and settle it."""
        async with anyio.create_task_group() as group:
            while not self._stopping:
                self.round_at = self._clock.monotonic()
                next_at = await self.once(group)
                await self._edge.bell.wait(self._channel.name, self._wait_for(next_at))
            with anyio.move_on_after(STOP_WITHIN.total_seconds()):
                await self._finish(group)
            group.cancel_scope.cancel()
        if self._finished:
            await self._turn()
        self._follow_clock()
        self.done.set()

    @property
    def under_way(self) -> int:
        """How many attempts have begun and are not settled yet."""
        return self._under_way

    def succeed(self, before: Dispatcher) -> None:
        """Go on with the gate of the same channel's dispatcher before, which is done."""
        self._follow_clock()
        self.breaker = before.breaker

    def stop(self) -> None:
        """Begin no more attempts."""
        self._stopping = True
        self._edge.bell.ring((self._channel.name,))

    async def drain(self, patience: timedelta) -> None:
        """Attempt until nothing is left that falls due within `patience`.

        A store that fails for so long ends it too: what was not settled is due at the next start.
        """
        worked_at = self._clock.monotonic()
        async with anyio.create_task_group() as group:
            while self._clock.monotonic() - worked_at < patience.total_seconds():
                next_at = await self.once(group)
                if self._is_drained(next_at, patience):
                    return
                worked_at = worked_at if self._store_fails else self._clock.monotonic()
                await self._edge.bell.wait(self._channel.name, self._wait_for(next_at))

    def _is_drained(self, next_at: datetime | None, patience: timedelta) -> bool:
        if self._under_way > 0 or self._finished:
            return False
        return next_at is None or next_at - self._clock.now() > patience

    async def once(self, group: TaskGroup) -> datetime | None:
        """One turn: settle, lease, and start an attempt for each lease; when to look again."""
        turn = await self._turn()
        if turn is None:
            return self._clock.now() + STORE_RETRY
        for parcel in turn.parcels:
            group.start_soon(self._attempt, parcel, self.breaker.is_open)
        self._asked = not turn.parcels and (self._asked or turn.asked)
        if self._asked and not self._under_way:
            return self._ask(turn.next_at)
        return self._next_look(turn.next_at)

    def _ask(self, next_at: datetime | None) -> datetime | None:
        """Let a probe go at once, as a person asked, as far as the receiver lets us."""
        self._asked = False
        if not self.breaker.is_open:
            return next_at
        self.breaker = probe_now(self.breaker, self._clock.now())
        return self.breaker.probe_at

    async def _turn(self) -> Turn | None:
        """The store's part of a turn; `None` where it failed, and then nothing is forgotten."""
        self._follow_clock()
        settled, self._finished = self._finished, []
        make_due, self._make_due = self._make_due, False
        terms = self._terms(len(settled), make_due=make_due)
        try:
            # Cut off half-way, nobody would know what has been settled and leased.
            with anyio.CancelScope(shield=True):
                turn = await self._edge.store.turn(terms, settled, self._clock.now())
        except BaseException as error:
            self._finished = settled + self._finished
            self._make_due = self._make_due or make_due
            if not isinstance(error, StoreError):
                raise
            self._store_fails = True
            return None
        self._store_fails = False
        self._under_way += len(turn.parcels) - len(settled)
        self._count(turn, settled)
        return turn

    def _count(self, turn: Turn, settled: Sequence[Settlement]) -> None:
        """Tell the metrics what was delivered, and how long the limit has held back what is due."""
        for one in settled:
            parcel = self._sent.pop(one.delivery, None)
            if parcel is not None and one.outcome.fate is Fate.DELIVERED:
                told_in_metrics(self._edge, parcel, self._clock.now())
        self._sent |= {parcel.id: parcel for parcel in turn.parcels}
        now, since = self._clock.monotonic(), self._paced_since
        self._paced_since = now if turn.paced else None
        if turn.paced or since is not None:
            waited = timedelta(seconds=now - since) if since is not None else timedelta(0)
            self._edge.metrics.held_back(self.name, anew=since is None, waited=waited)

    def _follow_clock(self) -> None:
        """Move what is kept here as the wall was set; the store's rows have been moved already."""
        by = self._clock.moved - self._moved
        if by:
            self._moved += by
            self.breaker = self.breaker.moved(by)
            self._finished = [settlement.moved(by) for settlement in self._finished]
            self._unsure_since = self._unsure_since and self._unsure_since + by

    def _terms(self, freed: int, *, make_due: bool) -> Terms:
        channel = self._channel
        return Terms(
            channel=channel.name,
            robot=channel.robot,
            room=self._room(self._under_way - freed),
            limit=channel.limit,
            breaker=self.breaker,
            bundles=channel.bundles,
            make_due=make_due,
            unsure_since=self._unsure_since,
        )

    def _room(self, under_way: int) -> int:
        if self._stopping:
            return 0
        if not self.breaker.is_open:
            return self._channel.in_flight - under_way
        return 1 if under_way == 0 and self.breaker.may_probe(self._clock.now()) else 0

    def _next_look(self, next_at: datetime | None) -> datetime | None:
        """While the gate is open the next probe's time counts, whatever falls due before it."""
        probe_at = self.breaker.probe_at
        if not self.breaker.is_open or probe_at is None or probe_at <= self._clock.now():
            return next_at
        return probe_at

    def _wait_for(self, next_at: datetime | None) -> timedelta | None:
        wait = LONGEST_WAIT if next_at is None else next_at - self._clock.now()
        return min(wait, LONGEST_WAIT)

    async def _finish(self, group: TaskGroup) -> None:
        while self._under_way > 0:
            next_at = await self.once(group)
            if self._under_way > 0:
                await self._edge.bell.wait(self._channel.name, self._wait_for(next_at))

    async def _attempt(self, parcel: Parcel, probes: bool) -> None:  # noqa: FBT001 - start_soon
        began, outcome = self._clock.monotonic(), CUT_OFF
        try:
            outcome = await send(self._channel, parcel, self._edge)
            self._judge(outcome, probes=probes)
        finally:
            self._follow_clock()
            self._finished.append(self._settlement(parcel, outcome))
            self._edge.metrics.attempted(self._channel.name, outcome.fate)
            took = timedelta(seconds=self._clock.monotonic() - began)
            told_in_log(self._edge, parcel, outcome, took)
            self._edge.bell.ring((self._channel.name,))

    def _judge(self, outcome: Outcome, *, probes: bool) -> None:
        self._follow_clock()
        before, now = self.breaker, self._clock.now()
        after = after_attempt(before, outcome, now, self._clock.jitter())
        if before.is_open and after.is_open and not probes and outcome.fate is not Fate.REFUSED:
            # It began before the gate opened: that it fails too is no news and doubles no wait.
            asked = now + (outcome.retry_after or timedelta(0))
            probe_at = max(before.probe_at or asked, asked)
            after = msgspec.structs.replace(after, backoff=before.backoff, probe_at=probe_at)
        self.breaker = after
        self._make_due = self._make_due or (before.is_open and not after.is_open)

    def _settlement(self, parcel: Parcel, outcome: Outcome) -> Settlement:
        now, wait = self._clock.now(), timedelta(0)
        if outcome is not CUT_OFF:
            # A person who asked meanwhile waits for the receiver's own time alone.
            delay = retry_delay(parcel.attempt, self._clock.jitter())
            delay = timedelta(0) if self._asked else delay
            wait = max(delay, outcome.retry_after or timedelta(0))
        return Settlement(parcel.id, parcel.attempt, outcome, ended_at=now, due_at=now + wait)
