"""The outbox, page by page, and all about one delivery."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from watcher.core.delivery import Disposition
from watcher.core.notification import Notification
from watcher.ports import Backlog
from watcher.store import records
from watcher.store.by_hand import names
from watcher.store.queries import Attempt, Shipment, shipments_at, shipments_named
from watcher.store.schema import deliveries, has
from watcher.store.traces import attempts_of
from watcher.store.upkeep import read_backlogs

MOST_MEMBERS: Final = 200
"""Members of a bundle that are shown; the rest are counted."""


class Part(StrEnum):
    """Parts of the outbox: where deliveries stand, `waiting` also within a bundle that waits."""

    WAITING = "waiting"
    LEASED = "leased"
    DELIVERED = "delivered"
    DEAD = "dead"
    DROPPED = "dropped"
    MERGED = "merged"


class DeliveriesWanted(msgspec.Struct, frozen=True):
    """Which deliveries; `None` and "" admit all.

    `text` is looked for in the names of jobs and rules.  `before` and `after` are sequence numbers:
    those made earlier than that, the latest first, or those made later, as the page before.
    """

    channel: str | None = None
    part: Part | None = None
    text: str = ""
    before: int | None = None
    after: int | None = None
    limit: int = 100


class DeliveriesView(msgspec.Struct, frozen=True):
    """A page of the outbox, the latest first, and how each channel stands that has anything open.

    `newer` and `older` are the sequence numbers to go on from (`after`, `before`), `None` where
    there is nothing more.
    """

    deliveries: tuple[Shipment, ...]
    newer: int | None
    older: int | None
    backlogs: tuple[Backlog, ...]


class Member(msgspec.Struct, frozen=True):
    """One message that a bundle carries, or that was merged into another."""

    shipment: Shipment
    told: Notification | None


class DeliveryView(msgspec.Struct, frozen=True):
    """All about one delivery.

    `told` is what it says, `None` for a bundle, whose `members` say it; of any other, `members` are
    those that were merged into it.  `carrier` is the bundle that it travels in, or what it was
    merged into.  `attempts` are its own, and its carrier's.  `fallback` told the same elsewhere.
    """

    shipment: Shipment
    told: Notification | None
    hold_until: datetime | None
    aged_from: datetime | None
    members: tuple[Member, ...]
    carrier: Shipment | None
    fallback: Shipment | None
    attempts: tuple[Attempt, ...]
    backlog: Backlog | None

    @property
    def is_bundle(self) -> bool:
        """Whether it is the row of a bundle."""
        return self.shipment.lane is None

    @property
    def says(self) -> tuple[Notification, ...]:
        """The notifications that it stands for, as they are handed to its channel."""
        if self.told is not None:
            return (self.told,)
        return tuple(member.told for member in self.members if member.told is not None)


_row: Final = deliveries.c
FEW: Final = frozenset({Part.WAITING, Part.LEASED, Part.DEAD})
_BY_AGE: Final = _row.seq.desc()
# Where few rows fit, the partial index that holds them is found only when none gives the order.
_SORTED: Final = (_row.seq + 0).desc()


def read_deliveries(connection: Connection, wanted: DeliveriesWanted) -> DeliveriesView:
    """The rows that fit, members and their bundles each by themselves."""
    back = wanted.after is not None
    found = _seqs(connection, wanted)
    more, found = len(found) > wanted.limit, found[: wanted.limit]
    seqs = found[::-1] if back else found
    first, last = (seqs[0], seqs[-1]) if seqs else (None, None)
    return DeliveriesView(
        deliveries=shipments_at(connection, seqs)[::-1],
        newer=first if (more if back else wanted.before is not None) else None,
        older=last if back or more else None,
        backlogs=read_backlogs(connection),
    )


def _seqs(connection: Connection, wanted: DeliveriesWanted) -> list[int]:
    """One more than is wanted, from where the page begins on in the direction of paging."""
    fitting = select(_row.seq).where(*_conditions(wanted)).limit(wanted.limit + 1)
    if wanted.after is not None:
        return list(connection.scalars(fitting.where(_row.seq > wanted.after).order_by(_row.seq)))
    if wanted.before is not None:
        fitting = fitting.where(_row.seq < wanted.before)
    return list(connection.scalars(fitting.order_by(_SORTED if wanted.part in FEW else _BY_AGE)))


def _conditions(wanted: DeliveriesWanted) -> list[ColumnElement[bool]]:
    found = [] if wanted.part is None else [_is_in(wanted.part)]
    if wanted.channel is not None:
        found.append(_row.channel == wanted.channel)
    if wanted.text:
        found.append(names(wanted.text))
    return found


def _is_in(part: Part) -> ColumnElement[bool]:
    """Written so that the partial indexes of what is open and of what is dead apply."""
    if part is Part.WAITING:
        still = or_(has(Disposition.WAITING), has(Disposition.BUNDLED))
        return and_(still, _row.settled_at.is_(None))
    if part is Part.LEASED:
        return and_(has(Disposition.LEASED), _row.settled_at.is_(None))
    return has(Disposition(part.value))


def read_delivery(connection: Connection, delivery: str) -> DeliveryView | None:
    """One delivery by its id; `None` where it is not kept."""
    more = select(_row.payload, _row.hold_until, _row.aged_from, _row.fell_back)
    kept = connection.execute(more.where(_row.id == delivery)).first()
    found = shipments_named(connection, [delivery])
    if kept is None or not found:
        return None
    shipment = found[0]
    backlogs = (one for one in read_backlogs(connection) if one.channel == shipment.channel)
    return DeliveryView(
        shipment=shipment,
        told=records.decode_notification(kept.payload) if kept.payload else None,
        hold_until=kept.hold_until,
        aged_from=kept.aged_from,
        members=_members(connection, shipment.id),
        carrier=_named(connection, shipment.bundle),
        fallback=_named(connection, kept.fell_back),
        attempts=attempts_of(connection, shipment),
        backlog=next(backlogs, None),
    )


def _members(connection: Connection, bundle: str) -> tuple[Member, ...]:
    found = select(_row.seq, _row.payload).where(_row.bundle == bundle).order_by(_row.seq)
    payloads = dict(connection.execute(found.limit(MOST_MEMBERS)).all())
    return tuple(
        Member(one, records.decode_notification(text) if (text := payloads[one.seq]) else None)
        for one in shipments_at(connection, list(payloads))
    )


def _named(connection: Connection, delivery: str | None) -> Shipment | None:
    found = shipments_named(connection, [delivery]) if delivery else ()
    return found[0] if found else None
