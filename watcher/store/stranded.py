"""Beginnings that their channel could not be told, and ends that follow them, for its fallback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, and_, bindparam, exists, not_, or_, select, update

from watcher.core.delivery import OPEN, Disposition
from watcher.core.fallback import Stranded
from watcher.core.notification import BEGINNINGS, Notification, Status
from watcher.core.rule import Severity
from watcher.ports import Refuge
from watcher.store.engine import Bulk
from watcher.store.records import decode_notification
from watcher.store.schema import age_from, deliveries, has

LATELY: Final = timedelta(hours=1)
"""What died longer ago is no news: a fallback may have come into the file since."""
MOST: Final = 1000
"""Rows that one look takes."""

_row: Final = deliveries.c
_other: Final = deliveries.alias("other")
_is_beginning: Final = or_(
    and_(
        _row.status.in_([Status.FIRING.value, Status.OCCURRED.value]),
        _row.reason.in_(sorted(reason.value for reason in BEGINNINGS)),
    ),
    _row.absorbed,
)
_told_there: Final = exists().where(
    _other.c.alert == _row.alert, _other.c.channel == bindparam("fallback")
)
_GRAVE: Final = (
    select(_row.id, _row.alert, _row.payload)
    .where(
        _row.channel == bindparam("channel"),
        _row.severity >= int(Severity.ERROR),
        _row.fell_back.is_(None),
        _row.lane.is_not(None),
        _is_beginning,
        not_(_told_there),
    )
    .order_by(_row.alert, _row.seq)
    .limit(MOST)
)
_DEAD: Final = _GRAVE.where(has(Disposition.DEAD), _row.settled_at > bindparam("after"))
_LATE: Final = _GRAVE.where(
    _row.disposition.in_(sorted(disposition.value for disposition in OPEN)),
    _row.settled_at.is_(None),
    age_from() <= bindparam("before"),
)
_END: Final = select(_row.payload).where(
    _row.alert == bindparam("alert"),
    _row.channel == bindparam("channel"),
    _row.status == Status.RESOLVED.value,
    not_(_row.absorbed),
)
_fallen: Final = deliveries.alias("fallen")
# Most ends are told in the Step that decides them.  What is left are those of alerts beside which
# the fallback was told of another one about the same.
_OWED: Final = (
    select(_row.id, _row.payload)
    .where(
        _row.channel == bindparam("channel"),
        _row.status == Status.RESOLVED.value,
        _row.fell_back.is_(None),
        exists().where(
            _fallen.c.alert == _row.alert,
            _fallen.c.channel == _row.channel,
            _fallen.c.fell_back.is_not(None),
        ),
        _told_there,
        not_(
            exists().where(
                _other.c.alert == _row.alert,
                _other.c.channel == bindparam("fallback"),
                _other.c.status == Status.RESOLVED.value,
            )
        ),
    )
    .limit(MOST)
)
_OWED_LATELY: Final = (
    _OWED.where(_row.settled_at.is_(None)),
    _OWED.where(_row.settled_at.is_not(None), _row.settled_at > bindparam("after")),
)
_FELL_BACK: Final = Bulk(
    update(deliveries).where(_row.id == bindparam("of")).values(fell_back=bindparam("by"))
)


def read_stranded(
    connection: Connection, refuges: Iterable[Refuge], now: datetime
) -> tuple[Stranded, ...]:
    """See `ports.Store.stranded`."""
    return tuple(one for refuge in refuges for one in _of_channel(connection, refuge, now))


def mark_fallen(connection: Connection, fell_back: Iterable[tuple[str, str]]) -> None:
    """Save which notification told each of these on a fallback."""
    _FELL_BACK.run(connection, ({"of": stranded, "by": told} for stranded, told in fell_back))


def _of_channel(connection: Connection, refuge: Refuge, now: datetime) -> Iterator[Stranded]:
    values = {"channel": refuge.channel, "fallback": refuge.fallback}
    dead = connection.execute(_DEAD, {**values, "after": now - LATELY}).all()
    late = connection.execute(_LATE, {**values, "before": refuge.before}).all()
    rows = sorted((*dead, *late), key=lambda row: row.alert)
    for alert, found in groupby(rows, key=lambda row: row.alert):
        told = {row.id: decode_notification(row.payload) for row in found}
        yield _stranded(connection, refuge.channel, alert, told)
    for owed in _OWED_LATELY:
        for row in connection.execute(owed, {**values, "after": now - LATELY}):
            yield Stranded(decode_notification(row.payload), (row.id,), owed=True)


def _stranded(
    connection: Connection, channel: str, alert: str, told: Mapping[str, Notification]
) -> Stranded:
    end = connection.scalar(_END, {"alert": alert, "channel": channel})
    return Stranded(
        notification=max(told.values(), key=lambda notification: notification.sequence),
        replaced=tuple(told),
        end=None if end is None else decode_notification(end),
    )
