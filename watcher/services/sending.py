"""One attempt: what a channel makes of a parcel, sent, and what its receiver said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from watcher.channels.outcomes import unreachable
from watcher.core.delivery import Parcel
from watcher.core.notification import Reason
from watcher.core.outcome import Fate, Outcome
from watcher.ports import Channel, Clock, TransportError, Wire
from watcher.services.edge import Edge

LONGEST_ANSWER: Final = 64 * 1024
ZERO: Final = timedelta(0)


async def send(channel: Channel, parcel: Parcel, edge: Edge) -> Outcome:
    """Send a parcel once; never raises for what a receiver, a network or a codec does."""
    try:
        return await exchange(channel, parcel, edge.wire, edge.clock)
    except Exception:  # one message that breaks its codec must not stop the lane
        edge.log.exception("attempt_broke", channel=channel.name, delivery=parcel.id)
        return Outcome(Fate.REJECTED, "the message could not be made: see the log")


async def exchange(channel: Channel, parcel: Parcel, wire: Wire, clock: Clock) -> Outcome:
    """The same where a codec that breaks is the caller's matter."""
    request = channel.encode(parcel, clock.now())
    try:
        answer = await wire.fetch(request, within=channel.timeout, max_bytes=LONGEST_ANSWER)
    except TransportError as error:
        # A status that counts by itself does so before any body: to tell it again is no cure.
        if error.head is None:
            return unreachable(error)
        answer = error.head
    return channel.judge(answer, clock.now())


def told_in_log(edge: Edge, parcel: Parcel, outcome: Outcome, took: timedelta) -> None:
    """Log an attempt and how it ended."""
    log = edge.log.info if outcome.fate is Fate.DELIVERED else edge.log.warning
    log(
        "attempt",
        channel=parcel.channel,
        delivery=parcel.id,
        messages=len(parcel.notifications),
        attempt=parcel.attempt,
        outcome=outcome.fate.value,
        status=outcome.status,
        code=outcome.code,
        detail=outcome.detail or None,
        ms=round(took.total_seconds() * 1000, 1),
    )


def told_in_metrics(edge: Edge, parcel: Parcel, now: datetime) -> None:
    """Count how long a delivery took that is settled now, and how long it took to tell of what is
    new in it.
    """
    events = [
        event
        for one in parcel.notifications
        for event in ((one.event, *one.riders) if one.reason is Reason.BEGAN else one.riders)
    ]
    spans = [max(now - event.detected_at, ZERO) for event in events]
    edge.metrics.delivered(parcel.channel, max(now - parcel.made_at, ZERO), spans)
