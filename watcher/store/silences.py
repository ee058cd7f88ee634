"""The silences that people made: added and ended by commands, heeded by the running service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from watcher.core.gate import Gate
from watcher.core.silence import Silence
from watcher.core.why import Why
from watcher.store import schema
from watcher.store.engine import Bulk, insert_new, names_of
from watcher.store.records import decode_silence, encode, silence_fields
from watcher.store.schema import decisions, microseconds, silences

ID_DIGITS: Final = 8

_row: Final = silences.c
_ADD: Final = Bulk(insert_new(silences), *names_of(silences))
_END: Final = Bulk(
    update(silences)
    .where(_row.id == bindparam("of"), _row.expired_at.is_(None))
    .values(expired_at=bindparam("at"), record=bindparam("text"))
)
_BY_AGE: Final = (_row.created_at, _row.id)
_HIDDEN: Final = (
    select(decisions.c.by, func.count())
    .where(decisions.c.by.is_not(None), decisions.c.why == Why.SILENCED.value)
    .group_by(decisions.c.by)
)


class Heard(msgspec.Struct, frozen=True):
    """A silence, and how many messages it has hidden so far, as far as the store goes back."""

    silence: Silence
    hidden: int


def add_silence(connection: Connection, silence: Silence) -> Silence:
    """Save a silence under an id of its own, which is not taken yet; returns it with that."""
    taken = set(connection.scalars(select(_row.id)))
    named = msgspec.structs.replace(silence, id=_fresh(taken))
    _ADD.run(connection, [silence_fields(named)])
    return named


def _fresh(taken: set[str]) -> str:
    while (found := uuid4().hex[:ID_DIGITS]) in taken:
        pass
    return found


def read_silences(connection: Connection, now: datetime | None = None) -> tuple[Silence, ...]:
    """The silences that have not expired, the oldest first; with `now` only those still in time."""
    wanted = select(_row.record).where(_row.expired_at.is_(None)).order_by(*_BY_AGE)
    if now is not None:
        wanted = wanted.where(or_(_row.until.is_(None), _row.until > now))
    return tuple(map(decode_silence, connection.scalars(wanted)))


def read_heard(connection: Connection) -> tuple[Heard, ...]:
    """Every silence that is kept, the oldest first, with what it has hidden."""
    hidden = {str(by): int(count) for by, count in connection.execute(_HIDDEN)}
    found = connection.scalars(select(_row.record).order_by(*_BY_AGE))
    return tuple(Heard(one, hidden.get(one.id, 0)) for one in map(decode_silence, found))


def find_silences(connection: Connection, prefix: str) -> tuple[Silence, ...]:
    """Those whose ids begin so."""
    found = connection.scalars(
        select(_row.record).where(_row.id.startswith(prefix, autoescape=True)).order_by(_row.id)
    )
    return tuple(map(decode_silence, found))


def end_silences(connection: Connection, ended: Iterable[Silence]) -> None:
    """Save their ends; one that somebody else has ended meanwhile stays as it is."""
    _END.run(
        connection,
        (
            {"of": one.id, "at": microseconds(one.expired_at), "text": encode(one)}
            for one in ended
            if one.expired_at is not None
        ),
    )


def expire_silence(
    connection: Connection, prefix: str, now: datetime, by: str
) -> tuple[Silence, ...]:
    """End the one silence whose id begins so, where it is in force; returns all that begin so.

    The one that was ended comes back with its end.
    """
    found = find_silences(connection, prefix)
    if len(found) != 1 or not found[0].holds(now):
        return found
    ended = msgspec.structs.replace(found[0], expired_at=now, expired_by=by)
    end_silences(connection, [ended])
    return (ended,)


def prune_silences(connection: Connection, before: datetime) -> None:
    """Forget those that ended before a time, and what was counted of them."""
    over = func.coalesce(_row.expired_at, _row.until) < before
    counted = schema.counters.c.name
    for found in connection.scalars(select(_row.id).where(over)).all():
        gate = Gate(Why.SILENCED, found)
        connection.execute(
            delete(schema.counters).where(
                or_(counted == gate.hold, counted.startswith(gate.hidden(""), autoescape=True))
            )
        )
    connection.execute(delete(silences).where(over))


def count_hidden(connection: Connection, window: str, since: datetime) -> int:
    """How many messages a window has hidden since it was opened."""
    return (
        connection.scalar(
            select(func.count()).where(
                decisions.c.by == window,
                decisions.c.why == Why.WINDOW.value,
                decisions.c.at >= since,
            )
        )
        or 0
    )
