"""What /healthz, /readyz, the heartbeat and the service manager are told, all from one list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.core.plan import Plan
from watcher.core.span import format_span
from watcher.core.state import State
from watcher.ports import Backlog, Clock
from watcher.services.dispatch import Dispatcher
from watcher.services.keeper import Keeper
from watcher.services.poll import Poller
from watcher.services.ticking import BLOCKED, Ticker

STALE: Final = timedelta(seconds=30)
"""How long no tick may be made and saved."""
PATIENCE: Final = timedelta(minutes=3)
"""How long a source may be without a good reading, or three of its intervals if they are longer."""
OUTBOX_OLDER_THAN: Final = timedelta(minutes=15)
"""How old the oldest waiting delivery may become, where the file does not say."""

REFUSED_FOR: Final = timedelta(seconds=90)
"""How long a receiver may refuse us: the probe that comes after a minute was refused too.  One that
takes a message now and then begins anew each time, and so is not told in turns with its end."""


class Weight(IntEnum):
    """How much is wrong; each weight stops what it says, and what the lighter ones stop."""

    PARTLY = 1
    """Not all work is done: /readyz."""
    USELESS = 2
    """Some part of the work is not done at all: the heartbeat."""
    MENDABLE = 3
    """A new start may mend it: /healthz and the watchdog."""


class Condition(msgspec.Struct, frozen=True):
    """One thing that is wrong, in words."""

    weight: Weight
    why: str


class SourceVitals(msgspec.Struct, frozen=True):
    """How a source is polled: `complaint` says what its jobs' sight lacks, where it lacks anything.

    `round_age` is the time since the last poll was over, `good_age` since the last good reading;
    `good_age` is `None` before the first one.
    """

    name: str
    interval: timedelta
    round_age: timedelta
    good_age: timedelta | None
    complaint: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """For how long a channel's receiver has refused what waits for it, and what it says."""

    age: timedelta
    reason: str = ""


class Vitals(msgspec.Struct, frozen=True):
    """What the conditions are judged by, at one moment.

    `trouble` is why nothing can be saved, `tick_age` the time since a tick was made and saved,
    `lag` how late the last tick came, `oldest` the age of each channel's oldest waiting delivery,
    `refusals` the channels that refuse us while something waits for them,
    `unturned` the time since each channel's dispatcher last came round.
    """

    tick_age: timedelta
    trouble: str | None = None
    lag: timedelta = timedelta(0)
    sources: tuple[SourceVitals, ...] = ()
    oldest: Mapping[str, timedelta] = MappingProxyType({})
    outbox_older_than: timedelta = OUTBOX_OLDER_THAN
    refusals: Mapping[str, Refusal] = MappingProxyType({})
    unturned: Mapping[str, timedelta] = MappingProxyType({})


def conditions(vitals: Vitals) -> tuple[Condition, ...]:
    """Everything that is wrong.

    Only what a new start may mend may stop the watchdog: a service that is started again for as
    long as an API or a receiver is down would begin its clocks anew each time, and tell nobody.
    """
    return (
        *_loop(vitals),
        *(found for source in vitals.sources if (found := _source(source)) is not None),
        *_outbox(vitals),
        *_refusals(vitals),
    )


def _loop(vitals: Vitals) -> Iterator[Condition]:
    if vitals.trouble is not None:
        yield Condition(Weight.MENDABLE, vitals.trouble)
    elif vitals.tick_age >= STALE:
        age = vitals.tick_age.total_seconds()
        yield Condition(Weight.MENDABLE, f"no tick was made for {age:.0f} s")
    if vitals.lag >= BLOCKED:
        why = f"the event loop was blocked for {vitals.lag.total_seconds():.0f} s"
        yield Condition(Weight.USELESS, why)


def _source(source: SourceVitals) -> Condition | None:
    """The gravest of what is wrong with a source."""
    patience = max(PATIENCE, 3 * source.interval)
    if source.round_age >= patience + source.interval:
        age = _rounded(source.round_age)
        return Condition(Weight.MENDABLE, f"source {source.name}: no poll has ended for {age}")
    if source.good_age is None:
        why = source.complaint or "no good answer yet"
        return Condition(Weight.USELESS, f"source {source.name}: {why}")
    if source.good_age >= patience:
        why = f"no good answer for {_rounded(source.good_age)}"
        why += f"; {source.complaint}" if source.complaint else ""
        return Condition(Weight.USELESS, f"source {source.name}: {why}")
    if source.complaint:
        return Condition(Weight.PARTLY, f"source {source.name}: {source.complaint}")
    return None


def _outbox(vitals: Vitals) -> Iterator[Condition]:
    for channel, age in vitals.unturned.items():
        if age >= PATIENCE:
            why = f"channel {channel}: nobody has looked at its outbox for {_rounded(age)}"
            yield Condition(Weight.MENDABLE, why)
    for channel, age in vitals.oldest.items():
        if age >= vitals.outbox_older_than:
            why = f"channel {channel}: a delivery has been waiting for {_rounded(age)}"
            yield Condition(Weight.USELESS, why)


def _refusals(vitals: Vitals) -> Iterator[Condition]:
    for channel, refusal in vitals.refusals.items():
        if refusal.age >= REFUSED_FOR:
            why = f"channel {channel}: its receiver has refused us for {_rounded(refusal.age)}"
            why += f": {refusal.reason}" if refusal.reason else ""
            yield Condition(Weight.PARTLY, why)


def _rounded(age: timedelta) -> str:
    return format_span(timedelta(seconds=int(age.total_seconds())))


def complaint_about(state: State, source: str) -> str:
    """What is not seen of a source, in words; nothing where every job has a good answer."""
    sight, record = state.sights.get(source), state.sources.get(source)
    if sight is not None and sight.cause is not None and any(sight.dark.values()):
        return f"{sight.cause}: {sight.detail}"
    if record is None or record.read_at is None:
        return "no good answer yet"
    if sight is not None and sight.dark:
        return "not every job has been seen since the start"
    return ""


def _ages(backlogs: Sequence[Backlog], now: datetime) -> dict[str, timedelta]:
    oldest = {one.channel: one.oldest_made_at for one in backlogs}
    return {channel: now - at for channel, at in oldest.items() if at is not None}


def _refusing(backlogs: Sequence[Backlog], now: datetime) -> Iterator[tuple[str, Refusal]]:
    """Where nothing waits nothing is tried, so that nobody knows whether we still are refused."""
    for one in backlogs:
        breaker = one.breaker
        if one.waiting and breaker.refused and breaker.since is not None:
            yield one.channel, Refusal(now - breaker.since, breaker.reason)


class Health:
    """The service's view of itself."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        self._keeper = keeper
        self._clock = clock
        self._pulse_at = clock.monotonic()
        self._backlogs: tuple[Backlog, ...] = ()
        self._dispatchers: tuple[Dispatcher, ...] = ()
        self._pollers: tuple[Poller, ...] = ()
        self._ticker: Ticker | None = None
        self._outbox_older_than = OUTBOX_OLDER_THAN

    def look_at(
        self, pollers: Sequence[Poller], ticker: Ticker, outbox_older_than: timedelta
    ) -> None:
        """Take the loops of the file that has come into force."""
        self._pollers = tuple(pollers)
        self._ticker = ticker
        self._outbox_older_than = outbox_older_than

    def listen_to(self, dispatchers: Iterable[Dispatcher]) -> None:
        """Take the loops that speak on the channels of that file."""
        self._dispatchers = tuple(dispatchers)

    def pulse(self, backlogs: Sequence[Backlog] = ()) -> None:
        """A tick was made and saved, and the channels stood so."""
        self._pulse_at = self._clock.monotonic()
        plan: Plan = self._keeper.state.plan
        self._backlogs = tuple(one for one in backlogs if one.channel in plan.channels)

    @property
    def waiting(self) -> int:
        """How many messages its channels have not taken."""
        return sum(one.waiting for one in self._backlogs)

    def read_at(self, source: str) -> datetime | None:
        """When a source last gave a good answer; `None` where it has given none yet."""
        found = (one.good_at for one in self._pollers if one.name == source)
        good_at = next((at for at in found if at is not None), None)
        return None if good_at is None else self._clock.now() - self._since(good_at)

    def alive(self) -> tuple[str, ...]:
        """Why a new start may be needed: for /healthz and the watchdog."""
        return self._reasons(Weight.MENDABLE)

    def useless(self) -> tuple[str, ...]:
        """Why no useful work is done: for the heartbeat."""
        return self._reasons(Weight.USELESS)

    def ready(self) -> tuple[str, ...]:
        """Why the service does not do all its work yet, or any more."""
        return self._reasons(Weight.PARTLY)

    def _reasons(self, least: Weight) -> tuple[str, ...]:
        found = conditions(self._vitals())
        return tuple(condition.why for condition in found if condition.weight >= least)

    def _vitals(self) -> Vitals:
        now = self._clock.now()
        return Vitals(
            tick_age=self._since(self._pulse_at),
            trouble=self._keeper.trouble,
            lag=self._ticker.lag if self._ticker else timedelta(0),
            sources=tuple(map(self._source, self._pollers)) or self._unpolled(),
            oldest=_ages(self._backlogs, now),
            outbox_older_than=self._outbox_older_than,
            refusals=dict(_refusing(self._backlogs, now)),
            unturned={
                one.name: self._since(one.round_at)
                for one in self._dispatchers
                if not one.done.is_set()
            },
        )

    def _unpolled(self) -> tuple[SourceVitals, ...]:
        """The sources before the loops have begun."""
        zero = timedelta(0)
        names = self._keeper.state.plan.sources
        return tuple(SourceVitals(name, zero, zero, None) for name in names)

    def _source(self, poller: Poller) -> SourceVitals:
        good_at = poller.good_at
        return SourceVitals(
            name=poller.name,
            interval=poller.interval,
            round_age=self._since(poller.round_at),
            good_age=None if good_at is None else self._since(good_at),
            complaint=complaint_about(self._keeper.state, poller.name),
        )

    def _since(self, monotonic: float) -> timedelta:
        return timedelta(seconds=self._clock.monotonic() - monotonic)
