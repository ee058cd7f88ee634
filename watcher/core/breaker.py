"""When a channel may be tried: one probe at a time while its receiver fails or refuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.core.outcome import CHANNEL_MATTERS, Fate, Outcome

FAILURES_TO_OPEN: Final = 3
FIRST_BACKOFF: Final = timedelta(seconds=1)
LONGEST_BACKOFF: Final = timedelta(seconds=60)
REFUSED_PROBE: Final = timedelta(minutes=1)
JITTER: Final = 0.2
MOST_DOUBLINGS: Final = 6
"""After so many the longest wait is reached; more would only leave the range of a span."""


class Gate(StrEnum):
    """Whether deliveries flow, or one of them probes while the others wait untried."""

    CLOSED = "closed"
    OPEN = "open"


class Breaker(msgspec.Struct, frozen=True):
    """A channel's gate; saved with each settlement, so that a restart does not forget it.

    `failures` in a row; `probe_at` is when the next attempt may begin while open, `wait` after the
    last failure; `backoff` is what the next wait doubles; `since` when it opened; `refused` whether
    the receiver refuses us (credentials, address, keyword); `reason` in words; `not_before` the
    time that the receiver itself asked for, which nobody shortens.
    """

    gate: Gate = Gate.CLOSED
    failures: int = 0
    backoff: timedelta = timedelta(0)
    wait: timedelta = timedelta(0)
    probe_at: datetime | None = None
    since: datetime | None = None
    refused: bool = False
    reason: str = ""
    not_before: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether only a probe may be sent."""
        return self.gate is Gate.OPEN

    def may_probe(self, now: datetime) -> bool:
        """Whether the open gate lets one attempt through."""
        return self.probe_at is None or self.probe_at <= now

    def moved(self, by: timedelta) -> Breaker:
        """The same wait after the wall clock was set by so much."""
        if not self.is_open:
            return self
        return msgspec.structs.replace(
            self,
            since=self.since and self.since + by,
            probe_at=self.probe_at and self.probe_at + by,
            not_before=self.not_before and self.not_before + by,
        )

    def clamped(self, now: datetime) -> Breaker:
        """With no probe further off than its own wait, as a clock that was set back leaves it."""
        latest = now + self.wait
        if self.probe_at is None or self.probe_at <= latest:
            return self
        not_before = self.not_before and min(self.not_before, latest)
        return msgspec.structs.replace(self, probe_at=latest, not_before=not_before)


OPENS_AT: Final = MappingProxyType(
    {Fate.RETRY: FAILURES_TO_OPEN, Fate.THROTTLED: 1, Fate.REFUSED: 1}
)
"""Failures in a row at which each fate opens the gate; with Retry-After the first one does."""


def after_attempt(breaker: Breaker, outcome: Outcome, now: datetime, jitter: float) -> Breaker:
    """The breaker after one more attempt.

    A fate that is the message's own matter proves that the receiver answers, so it closes the gate
    as a delivery does.  A receiver that refused us and then is not reached still counts as
    refusing.  `jitter` is a random number in [0, 1) that spreads the waits by ±20 %, but never
    beyond a minute.
    """
    if outcome.fate not in CHANNEL_MATTERS:
        return Breaker()
    failures = breaker.failures + 1
    opens_at = 1 if outcome.retry_after is not None else OPENS_AT[outcome.fate]
    if not breaker.is_open and failures < opens_at:
        return msgspec.structs.replace(breaker, failures=failures, reason=outcome.detail)
    backoff = _next_wait(breaker, outcome)
    wait = max(_spread(backoff, jitter), outcome.retry_after or timedelta(0))
    probe_at = now + wait
    return Breaker(
        gate=Gate.OPEN,
        failures=failures,
        backoff=backoff,
        wait=wait,
        probe_at=probe_at,
        since=breaker.since or now,
        refused=outcome.fate is Fate.REFUSED or (breaker.refused and outcome.fate is Fate.RETRY),
        reason=outcome.detail,
        not_before=_not_before(breaker, outcome, probe_at, now),
    )


def probe_now(breaker: Breaker, now: datetime) -> Breaker:
    """The breaker once a person asked to try: our own wait ends, the receiver's does not."""
    if breaker.probe_at is None:
        return breaker
    allowed = max(now, breaker.not_before or now)
    return msgspec.structs.replace(breaker, probe_at=min(breaker.probe_at, allowed))


def retry_delay(attempts: int, jitter: float) -> timedelta:
    """How long a failed delivery waits while its channel's gate is closed: 1 s, 2 s, 4 s …"""
    doublings = min(max(attempts - 1, 0), MOST_DOUBLINGS)
    return _spread(min(FIRST_BACKOFF * 2**doublings, LONGEST_BACKOFF), jitter)


def _next_wait(breaker: Breaker, outcome: Outcome) -> timedelta:
    if outcome.fate is Fate.REFUSED:
        return REFUSED_PROBE
    if not breaker.is_open:
        return FIRST_BACKOFF
    return min(max(breaker.backoff, FIRST_BACKOFF) * 2, LONGEST_BACKOFF)


def _not_before(
    breaker: Breaker, outcome: Outcome, probe_at: datetime, now: datetime
) -> datetime | None:
    """Until when the receiver wants nothing: a throttle without a time means all of our wait."""
    asked = [at for at in (breaker.not_before,) if at is not None]
    if outcome.retry_after is not None:
        asked.append(now + outcome.retry_after)
    elif outcome.fate is Fate.THROTTLED:
        asked.append(probe_at)
    return max(asked, default=None)


def _spread(wait: timedelta, jitter: float) -> timedelta:
    # A receiver that is back hears of it within a minute, whatever the jitter was.
    return min(wait * (1 + JITTER * (2 * jitter - 1)), LONGEST_BACKOFF)
