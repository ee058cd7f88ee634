"""The wall clock was set: what waits in the outbox waits no longer and no shorter for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Connection, bindparam, delete, func, select, type_coerce, update

from watcher.core.anchor import Anchor
from watcher.core.deferral import Because, Deferral, Wait
from watcher.core.delivery import Disposition
from watcher.store.engine import replace_into
from watcher.store.records import decode_breaker, encode
from watcher.store.schema import (
    MICROSECOND,
    age_from,
    attempts,
    breakers,
    delays,
    deliveries,
    has,
    meta,
    microseconds,
)
from watcher.store.waits import save_wait

ANCHOR: Final = "anchor"
"""The name in `meta` of how the wall last stood against monotonic time."""

WINDOWS: Final = timedelta(minutes=2)
"""Attempts that began within this may count against a limit: it exceeds every limit's window."""

_by: Final = bindparam("by", type_=BigInteger)
_row: Final = deliveries.c
_MOVE_OPEN: Final = (
    update(deliveries)
    .where(_row.settled_at.is_(None))
    .values(
        due_at=type_coerce(_row.due_at, BigInteger) + _by,
        hold_until=type_coerce(_row.hold_until, BigInteger) + _by,
        aged_from=type_coerce(age_from(), BigInteger) + _by,
    )
)
_MOVE_ATTEMPTS: Final = (
    update(attempts)
    .where(attempts.c.begun_at > bindparam("after"))
    .values(begun_at=type_coerce(attempts.c.begun_at, BigInteger) + _by)
)
_tried_at: Final = (
    select(attempts.c.ended_at)
    .where(attempts.c.delivery == _row.id, attempts.c.number == _row.attempts)
    .scalar_subquery()
)
_begun_at: Final = type_coerce(func.coalesce(_tried_at, _row.made_at), BigInteger)
_CLAMP: Final = (
    update(deliveries)
    .where(
        has(Disposition.WAITING),
        _row.due_at > bindparam("now"),
        _begun_at > bindparam("now_too", type_=BigInteger),
        # What has been clamped already lies before its beginning.
        type_coerce(_row.due_at, BigInteger) >= _begun_at,
    )
    .values(
        due_at=type_coerce(_row.due_at, BigInteger)
        - _begun_at
        + bindparam("now_too", type_=BigInteger)
    )
)
_PUT_META: Final = replace_into(meta)


def move_outbox(connection: Connection, by: timedelta, now: datetime) -> None:
    """Move waits, backoffs and the limits' windows by `by`; `now` is what the wall shows now."""
    span = by // MICROSECOND
    # The records of all jobs come with the same Step and hold these delays too.
    connection.execute(delete(delays))
    connection.execute(_MOVE_OPEN, {"by": span})
    # Who reads that a message is an hour late shall know that it may be none.
    save_wait(connection, None, Wait(now - by, now, Deferral(Because.CLOCK)))
    connection.execute(_MOVE_ATTEMPTS, {"by": span, "after": now - by - WINDOWS})
    for row in connection.execute(select(breakers)).all():
        moved = decode_breaker(row.record).moved(by)
        connection.execute(
            update(breakers).where(breakers.c.channel == row.channel).values(record=encode(moved))
        )


def clamp_waits(connection: Connection, now: datetime) -> int:
    """Let no wait end later than its own span from now: one that began in the future begins now."""
    return connection.execute(_CLAMP, {"now": now, "now_too": microseconds(now)}).rowcount


def put_anchor(connection: Connection, anchor: Anchor) -> None:
    """Save how the wall stands."""
    value = encode(anchor).decode()
    connection.execute(_PUT_META, {"name": ANCHOR, "value": value})


def read_anchor(connection: Connection) -> Anchor | None:
    """What `put_anchor` saved last; `None` in a store of an earlier version, or a new one."""
    value = connection.scalar(select(meta.c.value).where(meta.c.name == ANCHOR))
    return None if value is None else msgspec.json.decode(value, type=Anchor)
