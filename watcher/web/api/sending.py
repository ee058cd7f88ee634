"""A delivery and its messages, as every answer gives them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from watcher.core.delivery import Disposition
from watcher.core.notification import Notification
from watcher.core.rule import Severity
from watcher.messages.render import summarise
from watcher.store.queries import Attempt, Shipment
from watcher.store.traces import Sent
from watcher.web.desk import Desk


class Delivery(msgspec.Struct, frozen=True):
    """One row of the outbox: a message, or a bundle of `members` (then `lane` is null).

    `lane` says what it is about, `job:SOURCE/TYPE/NAME` for a job; `bundle` names what it travels
    in or was merged into.  `why` says why it ended so, `deferred` why it was late; `last` is the
    last of its `attempts`.
    """

    sequence: int
    id: str
    channel: str
    state: Disposition
    severity: str
    lane: str | None
    alert: str | None
    kind: str | None
    rule: str | None
    status: str | None
    reason: str | None
    made_at: datetime
    due_at: datetime
    settled_at: datetime | None
    why: str | None
    deferred: str | None
    bundle: str | None
    members: int
    attempts: int
    last: Attempt | None


class Sending(msgspec.Struct, frozen=True):
    """A delivery, what it says in one line, and every attempt, its bundle's too."""

    delivery: Delivery
    summary: str | None
    attempts: tuple[Attempt, ...]


def delivery_of(row: Shipment) -> Delivery:
    """A row of the outbox as the API gives it."""
    return Delivery(
        sequence=row.seq,
        id=row.id,
        channel=row.channel,
        state=row.disposition,
        severity=Severity(row.severity).word,
        lane=row.lane,
        alert=row.alert,
        kind=row.kind,
        rule=row.rule,
        status=row.status,
        reason=row.reason,
        made_at=row.made_at,
        due_at=row.due_at,
        settled_at=row.settled_at,
        why=row.why,
        deferred=row.deferred,
        bundle=row.bundle,
        members=row.members,
        attempts=row.attempts,
        last=row.last,
    )


def summary_of(told: Notification | None, made_at: datetime, desk: Desk) -> str | None:
    """What a message says in one line, in its channel's language."""
    return None if told is None else summarise(told, made_at, desk.wording_of(told.channel))


def sendings_of(sent: Iterable[Sent], desk: Desk) -> tuple[Sending, ...]:
    """Messages with their attempts."""
    return tuple(
        Sending(
            delivery_of(one.shipment),
            summary_of(one.told, one.shipment.made_at, desk),
            one.attempts,
        )
        for one in sent
    )
