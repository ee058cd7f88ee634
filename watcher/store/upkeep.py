"""What keeps the outbox in order: releasing, giving up, pruning, and how channels stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)

from watcher.core.breaker import Breaker
from watcher.core.delivery import Disposition
from watcher.core.span import format_span
from watcher.ports import Backlog
from watcher.store.bids import read_bids
from watcher.store.errors import prune_errors
from watcher.store.records import decode_breaker
from watcher.store.schema import (
    age_from,
    alerts,
    attempts,
    breakers,
    decisions,
    delays,
    deliveries,
    events,
    has,
    riders,
    told,
)
from watcher.store.silences import prune_silences
from watcher.store.waits import forget_waits, save_absence

LEFT: Final = "channel left the file"
"""Why what waits for a channel that nobody names any more is dead."""

_row: Final = deliveries.c
_member: Final = deliveries.alias("member")
_bundle: Final = deliveries.alias("parent")
_open: Final = deliveries.alias("still_open")


def release_all(connection: Connection, now: datetime) -> int:
    """Every leased row waits again and is due; how many there were."""
    save_absence(connection, now)
    return connection.execute(
        update(deliveries)
        .where(has(Disposition.LEASED))
        .values(disposition=Disposition.WAITING.value, due_at=now)
    ).rowcount


def read_backlogs(connection: Connection) -> tuple[Backlog, ...]:
    """How each channel stands that has an open row or a breaker; a bundle counts as its members."""
    waiting = {
        row.channel: (row.number, row.oldest)
        for row in connection.execute(
            select(
                _row.channel,
                func.count().label("number"),
                func.min(age_from(deliveries)).label("oldest"),
            )
            .where(_row.settled_at.is_(None), _row.lane.is_not(None))
            .group_by(_row.channel)
        )
    }
    gates = {
        row.channel: decode_breaker(row.record) for row in connection.execute(select(breakers))
    }
    bids = read_bids(connection)
    return tuple(
        Backlog(
            name, *waiting.get(name, (0, None)), gates.get(name, Breaker()), changed=name in bids
        )
        for name in sorted({*waiting, *gates})
    )


def count_dead(connection: Connection) -> dict[str, int]:
    """How many messages of each channel are dead; a bundle counts as its members."""
    found = connection.execute(
        select(_row.channel, func.count().label("number"))
        .where(has(Disposition.DEAD), _row.lane.is_not(None))
        .group_by(_row.channel)
    )
    return {row.channel: row.number for row in found}


def bury(connection: Connection, channels: Sequence[str], now: datetime, give_up: timedelta) -> int:
    """Kill what waits for other channels, then what is older than `give_up`; how many messages.

    A bundle dies with its youngest member, and its members with it.
    """
    old = and_(
        age_from(deliveries) <= now - give_up,
        not_(
            exists().where(
                _member.c.bundle == _row.id,
                has(Disposition.BUNDLED, _member),
                age_from(_member) > now - give_up,
            )
        ),
    )
    left = _kill(connection, _row.channel.not_in(channels), LEFT, now)
    return left + _kill(connection, old, f"gave up after {format_span(give_up)}", now)


def _kill(connection: Connection, doomed: ColumnElement[bool], why: str, now: datetime) -> int:
    end = {"disposition": Disposition.DEAD.value, "settled_at": now, "why": why}
    waiting = update(deliveries).where(has(Disposition.WAITING), doomed).values(end)
    singles = connection.execute(waiting.where(_row.lane.is_not(None))).rowcount
    if not connection.execute(waiting.where(_row.lane.is_(None))).rowcount:
        return singles
    orphaned = exists().where(_bundle.c.id == _row.bundle, has(Disposition.DEAD, _bundle))
    members = update(deliveries).where(_row.bundle.is_not(None), has(Disposition.BUNDLED), orphaned)
    return singles + connection.execute(members.values(end)).rowcount


def prune(connection: Connection, before: datetime) -> int:
    """Delete settled deliveries with their attempts, and events with their decisions.

    Gives back how many deliveries and events there were.

    What still bears on an alert stays: that its beginning was delivered decides whether its end
    is told, however long it lasts.
    """
    living = or_(
        _row.alert.in_(select(alerts.c.id)),
        _row.alert.in_(select(told.c.alert)),
        exists().where(_open.c.alert == _row.alert, _open.c.settled_at.is_(None)),
    )
    # A clock that was set back may have settled a row before it was made, and made what took one in
    # before that one: neither may go before what the ledger sets it against.
    settled = and_(
        _row.settled_at < before,
        _row.made_at < before,
        or_(_row.alert.is_(None), not_(living)),
        not_(exists().where(_member.c.bundle == _row.id, _member.c.made_at >= before)),
    )
    connection.execute(
        delete(attempts).where(
            or_(
                attempts.c.delivery.in_(select(_row.id).where(settled)),
                and_(attempts.c.delivery.is_(None), attempts.c.begun_at < before),
            )
        )
    )
    connection.execute(delete(delays).where(delays.c.at < before))
    forget_waits(connection, before)
    prune_errors(connection, before)
    prune_silences(connection, before)
    gone = connection.execute(delete(deliveries).where(settled)).rowcount
    return gone + _prune_events(connection, before)


def _prune_events(connection: Connection, before: datetime) -> int:
    old = select(events.c.id).where(events.c.detected_at < before)
    connection.execute(delete(decisions).where(decisions.c.event.in_(old)))
    return connection.execute(
        delete(events).where(
            events.c.detected_at < before,
            events.c.id.not_in(select(alerts.c.event)),
            events.c.id.not_in(select(told.c.event)),
            events.c.id.not_in(select(riders.c.event)),
        )
    ).rowcount
