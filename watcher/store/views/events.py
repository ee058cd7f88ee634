"""What happened, and what a channel was told of it, one after the other from a place on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, select, text

from watcher.core.delivery import Disposition
from watcher.core.event import Event, Kind
from watcher.core.notification import Notification
from watcher.store import records
from watcher.store.schema import counters, deliveries, events

LOOKED_AT: Final = 20_000
"""Places that one look goes over at most, however few of them fit."""

_event: Final = events.c
_row: Final = deliveries.c

Found = TypeVar("Found")


class Wanted(msgspec.Struct, frozen=True):
    """Which events: those after a place, that fit all that is given; an empty tuple fits all.

    `kinds` is of events, `states` of deliveries.
    """

    after: int = 0
    limit: int = 100
    kinds: tuple[Kind, ...] = ()
    source: str | None = None
    job: str | None = None
    job_type: str | None = None
    states: tuple[Disposition, ...] = ()

    def fits(self, event: Event) -> bool:
        """Whether an event is one of them."""
        subject = event.subject
        pairs = (
            (self.source, subject.source),
            (self.job, subject.job),
            (self.job_type, subject.job_type),
        )
        right = all(asked is None or asked == given for asked, given in pairs)
        return right and (not self.kinds or event.kind in self.kinds)


class Told(msgspec.Struct, frozen=True):
    """One message to a channel, in its place among all messages; how it stands, and what it is."""

    place: int
    state: Disposition
    made_at: datetime
    shrink: bool
    notification: Notification


class Stretch(msgspec.Struct, frozen=True):
    """How far a look went: from `after` up to `next`, `more` where something lies beyond it.

    `lost`: something in between is not kept any more.  `oldest` is the first place that is kept, of
    whatever channel.
    """

    next: int
    more: bool
    lost: bool
    oldest: int | None


class Ahead(Exception):  # noqa: N818  a place, not a fault of the program
    """The place that was asked for has not been reached: the store was made anew."""

    def __init__(self, last: int) -> None:
        """`last` is the place that was given out last."""
        super().__init__(last)
        self.last = last


def read_happened(connection: Connection, wanted: Wanted) -> tuple[tuple[Event, ...], Stretch]:
    """The events after a place, oldest first; `Ahead` where that is none."""
    reach = _reach(wanted, _last_event(connection))
    rows = select(_event.id, _event.record)
    looked = _look(connection, rows, _event.id, reach, wanted, _decode_event)
    return tuple(looked.found), _stretch(connection, _event.id, reach, looked)


def read_told(
    connection: Connection, wanted: Wanted, channel: str
) -> tuple[tuple[Told, ...], Stretch]:
    """The messages to a channel after a place, in the order in which they were decided."""
    reach = _reach(wanted, _last_delivery(connection))
    columns = (_row.seq, _row.disposition, _row.made_at, _row.shrink, _row.payload)
    rows = select(*columns).where(_row.channel == channel, _row.lane.is_not(None))
    if wanted.states:
        rows = rows.where(_row.disposition.in_([state.value for state in wanted.states]))
    looked = _look(connection, rows, _row.seq, reach, wanted, _decode_told)
    # Numbers of all channels together grow by one, so those that are missing were pruned.
    return tuple(looked.found), _stretch(connection, _row.seq, reach, looked)


def is_told(connection: Connection, channel: str) -> bool:
    """Whether anything is kept that was decided for a channel."""
    mine = select(_row.seq).where(_row.channel == channel).limit(1)
    return connection.scalar(mine) is not None


def place_of(connection: Connection, message: str, channel: str) -> int | None:
    """The place of a message by its id; `None` where it is not kept."""
    return connection.scalar(select(_row.seq).where(_row.id == message, _row.channel == channel))


def read_event(connection: Connection, number: int) -> Event | None:
    """One event by its id; `None` where it is not kept."""
    found = connection.scalar(select(_event.record).where(_event.id == number))
    return None if found is None else records.decode_event(found)


class _Reach(msgspec.Struct, frozen=True):
    """From where to where one look goes, and the last place that there is."""

    after: int
    end: int
    last: int


def _reach(wanted: Wanted, last: int) -> _Reach:
    if wanted.after > last:
        raise Ahead(last)
    return _Reach(wanted.after, min(last, wanted.after + LOOKED_AT), last)


class _Looked(msgspec.Struct):
    """What one look found, and where it ended."""

    found: list[Any]
    end: int


def _look(
    connection: Connection,
    rows: Select[Any],
    place: ColumnElement[int],
    reach: _Reach,
    wanted: Wanted,
    decode: Callable[[Sequence[Any]], tuple[Found, Event]],
) -> _Looked:
    found: list[Found] = []
    within = rows.where(place > reach.after, place <= reach.end).order_by(place)
    for row in connection.execute(within):
        one, event = decode(row)
        if wanted.fits(event):
            found.append(one)
        if len(found) == wanted.limit:
            return _Looked(found, row[0])
    return _Looked(found, reach.end)


def _decode_event(row: Sequence[Any]) -> tuple[Event, Event]:
    event = records.decode_event(row[1])
    return event, event


def _decode_told(row: Sequence[Any]) -> tuple[Told, Event]:
    notification = records.decode_notification(row[4])
    told = Told(row[0], Disposition(row[1]), row[2], row[3], notification)
    return told, notification.event


def _stretch(
    connection: Connection, place: ColumnElement[int], reach: _Reach, looked: _Looked
) -> Stretch:
    counted = select(func.count()).where(place > reach.after, place <= looked.end)
    kept = connection.scalar(counted) or 0
    return Stretch(
        next=looked.end,
        more=looked.end < reach.last,
        lost=kept < looked.end - reach.after,
        oldest=connection.scalar(select(func.min(place))),
    )


def _last_event(connection: Connection) -> int:
    given_out = select(counters.c.value).where(counters.c.name == "event")
    return connection.scalar(given_out) or 0


def _last_delivery(connection: Connection) -> int:
    """Also where the rows up to it are pruned, which the engine remembers."""
    found = text("SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'")
    return int(connection.scalar(found) or 0)
