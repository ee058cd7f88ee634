"""Settling deliveries: what an attempt's end makes of its row, and of a bundle's members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, bindparam, select, update

from watcher.core.delivery import Disposition
from watcher.core.outcome import CHANNEL_MATTERS, Fate, Outcome
from watcher.ports import Settlement
from watcher.store.engine import Bulk
from watcher.store.records import Fields
from watcher.store.schema import attempts, deliveries, has, microseconds

DISSOLVED: Final = "dissolved"
"""Why a bundle's row is dropped when its members go on alone."""

_row: Final = deliveries.c

_END_ATTEMPTS: Final = Bulk(
    update(attempts)
    .where(attempts.c.delivery == bindparam("of"), attempts.c.number == bindparam("attempt"))
    .values(
        ended_at=bindparam("ended"),
        fate=bindparam("end"),
        code=bindparam("said"),
        status=bindparam("answer"),
        detail=bindparam("words"),
    )
)
_LEASED: Final = select(_row.seq, _row.id, _row.attempts, _row.lane, _row.shrink).where(
    has(Disposition.LEASED), _row.id.in_(bindparam("ids", expanding=True))
)
_these: Final = _row.seq.in_(bindparam("rows", expanding=True))
_members: Final = and_(
    _row.bundle.in_(bindparam("bundles", expanding=True)), has(Disposition.BUNDLED)
)
_DELIVER: Final = update(deliveries).values(
    disposition=Disposition.DELIVERED.value, settled_at=bindparam("at")
)
_RETRY: Final = Bulk(
    update(deliveries)
    .where(_row.seq == bindparam("of"))
    .values(disposition=Disposition.WAITING.value, due_at=bindparam("due"))
)
_SHRINK: Final = (
    update(deliveries)
    .where(_these)
    .values(disposition=Disposition.WAITING.value, due_at=bindparam("at"), shrink=True)
)
_KILL: Final = Bulk(
    update(deliveries)
    .where(_row.seq == bindparam("of"))
    .values(disposition=Disposition.DEAD.value, settled_at=bindparam("at"), why=bindparam("words"))
)
_DISSOLVE: Final = (
    update(deliveries)
    .where(_these)
    .values(disposition=Disposition.DROPPED.value, settled_at=bindparam("at"), why=DISSOLVED)
)
_LET_GO: Final = (
    update(deliveries)
    .where(_members)
    .values(disposition=Disposition.WAITING.value, bundle=None, alone=True, due_at=bindparam("at"))
)


class Ended(msgspec.Struct, frozen=True):
    """A row whose attempt is under way, and the outcome that it came to."""

    seq: int
    id: str
    is_bundle: bool
    shrink: bool
    outcome: Outcome
    due_at: datetime


def settle(connection: Connection, settled: Sequence[Settlement], now: datetime) -> None:
    """Write each attempt's end and what follows from it.

    A settlement of an attempt that is not under way changes nothing but that attempt's record.
    """
    if not settled:
        return
    _END_ATTEMPTS.run(connection, map(_end, settled))
    fates = {fate: list[Ended]() for fate in Fate}
    for ended in _under_way(connection, settled):
        fates[ended.outcome.fate].append(ended)
    _deliver(connection, fates[Fate.DELIVERED], now)
    _retry(connection, [ended for fate in CHANNEL_MATTERS for ended in fates[fate]])
    long = fates[Fate.TOO_LONG]
    _shrink(connection, [ended for ended in long if not ended.shrink], now)
    _refuse(connection, fates[Fate.REJECTED] + [ended for ended in long if ended.shrink], now)


def _under_way(connection: Connection, settled: Sequence[Settlement]) -> Iterator[Ended]:
    ids = [settlement.delivery for settlement in settled]
    rows = {row.id: row for row in connection.execute(_LEASED, {"ids": ids})}
    for settlement in settled:
        row = rows.get(settlement.delivery)
        if row is not None and row.attempts == settlement.attempt:
            yield Ended(
                row.seq, row.id, row.lane is None, row.shrink, settlement.outcome, settlement.due_at
            )


def _deliver(connection: Connection, delivered: Sequence[Ended], now: datetime) -> None:
    if not delivered:
        return
    connection.execute(_DELIVER.where(_these), {"rows": _rows(delivered), "at": now})
    if bundles := _bundles(delivered):
        connection.execute(_DELIVER.where(_members), {"bundles": bundles, "at": now})


def _retry(connection: Connection, again: Sequence[Ended]) -> None:
    _RETRY.run(connection, ({"of": e.seq, "due": microseconds(e.due_at)} for e in again))


def _shrink(connection: Connection, long: Sequence[Ended], now: datetime) -> None:
    if long:
        connection.execute(_SHRINK, {"rows": _rows(long), "at": now})


def _refuse(connection: Connection, refused: Sequence[Ended], now: datetime) -> None:
    """Kill single messages; drop a bundle's row, and let its members go on, each alone."""
    at = microseconds(now)
    dead = [ended for ended in refused if not ended.is_bundle]
    _KILL.run(connection, ({"of": e.seq, "at": at, "words": e.outcome.detail} for e in dead))
    if bundles := _bundles(refused):
        dissolved = _rows(ended for ended in refused if ended.is_bundle)
        connection.execute(_DISSOLVE, {"rows": dissolved, "at": now})
        connection.execute(_LET_GO, {"bundles": bundles, "at": now})


def _rows(ended: Iterable[Ended]) -> list[int]:
    return [one.seq for one in ended]


def _bundles(ended: Iterable[Ended]) -> list[str]:
    return [one.id for one in ended if one.is_bundle]


def _end(settlement: Settlement) -> Fields:
    outcome = settlement.outcome
    return {
        "of": settlement.delivery,
        "attempt": settlement.attempt,
        "ended": microseconds(settlement.ended_at),
        "end": outcome.fate.value,
        "said": outcome.code,
        "answer": outcome.status,
        "words": outcome.detail,
    }
