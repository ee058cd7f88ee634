"""A channel's turn: settle what ended, save the breaker, lease what may be sent now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, or_, select, update

from watcher.core.delivery import Disposition
from watcher.core.pace import next_start
from watcher.ports import Settlement, Terms, Turn
from watcher.store.bids import take_bid
from watcher.store.engine import replace_into
from watcher.store.heads import due_heads, next_due_at
from watcher.store.lease import lease
from watcher.store.records import decode_breaker, encode
from watcher.store.schema import attempts, breakers, deliveries, has
from watcher.store.settle import settle
from watcher.store.waits import gate_wait, save_wait

_PUT_BREAKER: Final = replace_into(breakers)
_MAKE_DUE: Final = (
    update(deliveries)
    .where(
        deliveries.c.channel == bindparam("of"),
        has(Disposition.WAITING),
        deliveries.c.due_at > bindparam("at"),
        or_(deliveries.c.hold_until.is_(None), deliveries.c.hold_until <= bindparam("at")),
    )
    .values(due_at=bindparam("at"))
)
_GATE: Final = select(breakers.c.record).where(breakers.c.channel == bindparam("of"))
_BEGUN: Final = (
    select(attempts.c.begun_at)
    .where(attempts.c.robot == bindparam("robot"), attempts.c.begun_at > bindparam("after"))
    .order_by(attempts.c.begun_at)
)
_BEGIN_NOW: Final = (
    update(attempts)
    .where(attempts.c.robot == bindparam("of"), attempts.c.begun_at > bindparam("at"))
    .values(begun_at=bindparam("at"))
)


def take_turn(
    connection: Connection, terms: Terms, settled: Sequence[Settlement], now: datetime
) -> Turn:
    """The whole turn; see `ports.Store.turn`.

    What failed in this very turn keeps its wait also where `make_due` ends the others'.
    """
    if terms.make_due:
        _make_due(connection, terms.channel, now)
    settle(connection, settled, now)
    connection.execute(_PUT_BREAKER, {"channel": terms.channel, "record": encode(terms.breaker)})
    begun = _begun(connection, terms, now)
    allowed = _allowed(terms, begun, now)
    crowded = terms.bundles and next_start(terms.crowd, begun, now) > now
    parcels = lease(connection, terms, now, allowed, crowded=crowded)
    begun += [now] * len(parcels)
    left = terms.room - len(parcels)
    next_at, paced = _next_at(connection, terms, begun, now, left)
    asked = take_bid(connection, terms.channel)
    return Turn(tuple(parcels), next_at, asked=asked, paced=paced)


def _make_due(connection: Connection, channel: str, now: datetime) -> None:
    """End every wait for a retry, and keep how long the gate was open, and why."""
    gate = connection.scalar(_GATE, {"of": channel})
    wait = gate_wait(decode_breaker(gate), now) if gate is not None else None
    if wait is not None:
        save_wait(connection, channel, wait)
    connection.execute(_MAKE_DUE, {"of": channel, "at": now})


def _begun(connection: Connection, terms: Terms, now: datetime) -> list[datetime]:
    """When the attempts that may count against the limit began, oldest first."""
    if terms.limit is None or terms.room < 1:
        return []
    after = now - max(terms.limit.window, terms.crowd.window)
    begun = list(connection.scalars(_BEGUN, {"robot": terms.robot, "after": after}))
    if begun and begun[-1] > now:
        # Left behind by a clock that was set back: from here on they count as begun now, once.
        connection.execute(_BEGIN_NOW, {"of": terms.robot, "at": now})
    if terms.unsure_since is None:
        return begun
    return sorted([*begun, *[terms.unsure_since] * terms.limit.most])


def _allowed(terms: Terms, begun: Sequence[datetime], now: datetime) -> int:
    """How many attempts may begin now."""
    if terms.limit is None:
        return max(terms.room, 0)
    return next(
        (n for n in range(terms.room) if next_start(terms.limit, [*begun, *[now] * n], now) > now),
        max(terms.room, 0),
    )


def _next_at(
    connection: Connection, terms: Terms, begun: Sequence[datetime], now: datetime, left: int
) -> tuple[datetime | None, bool]:
    """When time alone will let something go: the limit for what is due, else the next due time.

    With it, whether it is the limit.  `left` is the room that this turn did not use; without any,
    what is due waits for a settlement.
    """
    pace_at = _pace_at(terms, begun, now)
    if left > 0 and pace_at > now and due_heads(connection, terms.channel, now, 1):
        return pace_at, True
    due_at = next_due_at(connection, terms.channel, now)
    return None if due_at is None else max(due_at, pace_at), False


def _pace_at(terms: Terms, begun: Sequence[datetime], now: datetime) -> datetime:
    return now if terms.limit is None else next_start(terms.limit, begun, now)
