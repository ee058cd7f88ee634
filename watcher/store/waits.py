"""Why deliveries are late: spans in which nothing could go are saved, and read when one goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from watcher.core.breaker import Breaker
from watcher.core.deferral import (
    Because,
    Deferral,
    Wait,
    is_late,
    main_cause,
    paced,
    read_deferral,
)
from watcher.ports import Terms
from watcher.store.heads import Head
from watcher.store.schema import attempts, deliveries, sources, waits

ONE_TROUBLE: Final = timedelta(minutes=1)
"""What comes back within this time goes on, so that a channel that flaps leaves few rows."""

_wait: Final = waits.c
_LAST: Final = (
    select(_wait.seq, _wait.why)
    .where(
        _wait.channel.is_not_distinct_from(bindparam("of")),
        _wait.until >= bindparam("after"),
        _wait.until <= bindparam("at"),
    )
    .order_by(_wait.seq.desc())
    .limit(1)
)
_GO_ON: Final = (
    update(waits)
    .where(_wait.seq == bindparam("which"))
    .values(until=bindparam("at"), why=bindparam("words"))
)
_SINCE: Final = select(_wait.since, _wait.until, _wait.why).where(
    or_(_wait.channel.is_(None), _wait.channel == bindparam("of")),
    _wait.until > bindparam("after"),
)
_BEGUN: Final = (
    select(func.count())
    .select_from(attempts)
    .where(
        attempts.c.robot == bindparam("robot"),
        attempts.c.begun_at >= bindparam("after"),
        attempts.c.begun_at < bindparam("at"),
    )
)
_LAST_ATTEMPT: Final = select(attempts.c.detail).where(
    attempts.c.delivery == bindparam("of"), attempts.c.number == bindparam("last")
)
_EXPLAIN: Final = (
    update(deliveries)
    .where(
        deliveries.c.seq == bindparam("which"),
        deliveries.c.deferred.is_distinct_from(bindparam("words")),
    )
    .values(deferred=bindparam("words"))
)


def save_wait(connection: Connection, channel: str | None, wait: Wait) -> None:
    """Keep a span in which a channel, or every one (`None`), could not send."""
    if wait.until <= wait.since:
        return
    known = {"of": channel, "after": wait.since - ONE_TROUBLE, "at": wait.until}
    last = connection.execute(_LAST, known).first()
    words = wait.deferral.text
    if last is not None and _because(last.why) is wait.deferral.because:
        connection.execute(_GO_ON, {"which": last.seq, "at": wait.until, "words": words})
        return
    row = {"channel": channel, "since": wait.since, "until": wait.until, "why": words}
    connection.execute(waits.insert(), row)


def _because(text: str) -> Because | None:
    deferral = read_deferral(text)
    return None if deferral is None else deferral.because


def gate_wait(breaker: Breaker, now: datetime) -> Wait | None:
    """The span for which a channel's gate has been open."""
    if breaker.since is None:
        return None
    return Wait(breaker.since, now, Deferral(Because.RECEIVER, breaker.reason))


def save_absence(connection: Connection, now: datetime) -> None:
    """Keep the span from the last sign of life in the store until now, in which no watcher ran."""
    signs = [connection.scalar(select(func.max(sources.c.read_at)))]
    for column, table in (
        (attempts.c.begun_at, attempts),
        (attempts.c.ended_at, attempts),
        (deliveries.c.made_at, deliveries),
    ):
        signs.append(connection.scalar(select(column).order_by(table.c.seq.desc()).limit(1)))
    last = max((sign for sign in signs if sign is not None), default=now)
    save_wait(connection, None, Wait(last, now, Deferral(Because.AWAY)))


def forget_waits(connection: Connection, before: datetime) -> None:
    """Delete the spans that ended before that time."""
    connection.execute(delete(waits).where(_wait.until < before))


def explain(connection: Connection, terms: Terms, head: Head, now: datetime) -> Deferral | None:
    """Why what is sent now is late, saved in its row; `None` where it is in time or nobody knows.

    Only chats say it, so for a channel that does not bundle it is not looked for.
    """
    if not terms.bundles or not is_late(head.made_at, now):
        return None
    found = _main_cause(connection, terms, head, now)
    if found is not None:
        connection.execute(_EXPLAIN, {"which": head.seq, "words": found.text})
    return found


def _main_cause(connection: Connection, terms: Terms, head: Head, now: datetime) -> Deferral | None:
    saved = read_deferral(head.deferred)
    if saved is not None and saved.because is Because.DEAD:
        return saved
    before = {"robot": terms.robot, "after": head.made_at, "at": now}
    begun = connection.execute(_BEGUN, before).scalar_one()
    known = [*_waits(connection, terms, head, now)]
    if terms.limit is not None:
        known.append(paced(terms.limit, begun, now))
    found = main_cause(known, head.made_at, now) or saved
    if found is None and head.attempts:
        said = connection.scalar(_LAST_ATTEMPT, {"of": head.id, "last": head.attempts})
        found = Deferral(Because.ATTEMPTS, said or "")
    return found or (Deferral(Because.OTHERS) if begun > head.attempts else None)


def _waits(connection: Connection, terms: Terms, head: Head, now: datetime) -> Iterator[Wait]:
    values = {"of": terms.channel, "after": head.made_at}
    for row in connection.execute(_SINCE, values):
        deferral = read_deferral(row.why)
        if deferral is not None:
            yield Wait(row.since, row.until, deferral)
    gate = gate_wait(terms.breaker, now)
    if gate is not None:
        yield gate
