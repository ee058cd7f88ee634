"""Leasing: which heads are sent now, alone or as a bundle, each attempt saved as begun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Text, bindparam, select, update

from watcher.core.delivery import Disposition, Parcel
from watcher.core.notification import Notification, digest
from watcher.ports import Terms
from watcher.store.heads import Head, drop_untold, due_heads, heads_to_join, rows_of_digest
from watcher.store.records import decode_notification
from watcher.store.schema import Instant, attempts, deliveries
from watcher.store.waits import explain

_row: Final = deliveries.c

_these: Final = _row.seq.in_(bindparam("rows", expanding=True))
_LEASE: Final = (
    update(deliveries)
    .where(_these)
    .values(
        disposition=Disposition.LEASED.value,
        due_at=bindparam("until"),
        attempts=_row.attempts + 1,
    )
)
_BEGIN_ATTEMPTS: Final = attempts.insert().from_select(
    ["delivery", "number", "channel", "robot", "begun_at"],
    select(
        _row.id,
        _row.attempts,
        _row.channel,
        bindparam("robot", type_=Text),
        bindparam("at", type_=Instant),
    )
    .where(_these)
    .order_by(_row.severity.desc(), _row.seq),
)
_ADD_BUNDLE: Final = deliveries.insert().returning(_row.seq)
_JOIN: Final = (
    update(deliveries)
    .where(_these)
    .values(disposition=Disposition.BUNDLED.value, bundle=bindparam("into"))
)
_MEMBERS: Final = (
    select(_row.payload)
    .where(_row.bundle == bindparam("of"), _row.disposition == Disposition.BUNDLED.value)
    .order_by(_row.seq)
)


def lease(
    connection: Connection, terms: Terms, now: datetime, most: int, *, crowded: bool = False
) -> list[Parcel]:
    """At most `most` parcels, gravest and oldest first; ends without a told beginning drop out.

    Where it is `crowded`, whatever waits goes together: a digest.
    """
    parcels: list[Parcel] = []
    while len(parcels) < most:
        asked = most - len(parcels)
        found = due_heads(connection, terms.channel, now, asked)
        sendable = drop_untold(connection, found, now)
        if terms.bundles:
            first = sendable[:1]
            sendable = [_bundled(connection, terms, head, now, crowded=crowded) for head in first]
        parcels += _begin(connection, terms, sendable, now)
        if len(found) < asked and len(sendable) == len(found):
            break
    return parcels


def _begin(
    connection: Connection, terms: Terms, heads: Sequence[Head], now: datetime
) -> list[Parcel]:
    """Lease rows as they stand."""
    if heads:
        rows = [head.seq for head in heads]
        connection.execute(_LEASE, {"rows": rows, "until": now + terms.lease_for})
        connection.execute(_BEGIN_ATTEMPTS, {"rows": rows, "robot": terms.robot, "at": now})
    return [_parcel(connection, terms, head, now) for head in heads]


def _bundled(
    connection: Connection, terms: Terms, head: Head, now: datetime, *, crowded: bool
) -> Head:
    """The row of a new bundle around a head, or the head itself where nothing joins it."""
    if head.group is None or not head.may_join:
        return head
    if crowded:
        found = rows_of_digest(connection, terms.channel, terms.bundle_most)
    else:
        found = heads_to_join(connection, terms.channel, head.group, terms.bundle_most)
    members = drop_untold(connection, found, now)
    if len(members) < 2:  # noqa: PLR2004 - one alone is no bundle
        return head
    return _freeze(connection, terms.channel, members, now)


def _freeze(connection: Connection, channel: str, members: Sequence[Head], now: datetime) -> Head:
    """Save a bundle: from here on its members and its id stay what they are."""
    made_at = min(member.made_at for member in members)
    severity = max(member.severity for member in members)
    bundle = digest("bundle", *(member.id for member in members))
    seq: int = connection.execute(
        _ADD_BUNDLE,
        {
            "id": bundle,
            "channel": channel,
            "severity": severity,
            "made_at": made_at,
            "due_at": now,
            "disposition": Disposition.WAITING.value,
            "attempts": 0,
            "alone": True,
            "shrink": False,
            "absorbed": False,
        },
    ).scalar_one()
    connection.execute(_JOIN, {"rows": [member.seq for member in members], "into": bundle})
    deferred = next((member.deferred for member in members if member.deferred), None)
    return Head(seq, bundle, severity, made_at, alone=True, deferred=deferred)


def _parcel(connection: Connection, terms: Terms, head: Head, now: datetime) -> Parcel:
    return Parcel(
        id=head.id,
        channel=terms.channel,
        attempt=head.attempts + 1,
        notifications=_notifications(connection, head),
        made_at=head.made_at,
        shrink=head.shrink,
        deferred=explain(connection, terms, head, now),
    )


def _notifications(connection: Connection, head: Head) -> tuple[Notification, ...]:
    if head.payload is not None:
        return (decode_notification(head.payload),)
    return tuple(map(decode_notification, connection.scalars(_MEMBERS, {"of": head.id})))
