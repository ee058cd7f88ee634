"""The ledger: what became of every notification and of every event, and whether that adds up."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    exists,
    func,
    not_,
    or_,
    select,
)

from watcher.core.delivery import Disposition
from watcher.core.event import Kind
from watcher.core.outcome import Fate
from watcher.core.why import Why
from watcher.store import schema
from watcher.store.schema import attempts, decisions, deliveries, events, has


class Account(msgspec.Struct, frozen=True):
    """What became of the notifications that were decided for one channel; bundles do not count."""

    channel: str
    notifications: int
    delivered: int
    waiting: int
    merged: int
    dead: int
    dropped: int

    @property
    def balances(self) -> bool:
        """Whether every notification is accounted for."""
        ends = self.delivered + self.waiting + self.merged + self.dead + self.dropped
        return self.notifications == ends


class Ending(msgspec.Struct, frozen=True):
    """How many notifications of a channel were not told as such, and why: dead of what, dropped by
    whom, merged into what (its status and reason).
    """

    channel: str
    disposition: Disposition
    why: str | None
    notifications: int


class Suppression(msgspec.Struct, frozen=True):
    """How many events that nobody was told of have this reason among theirs."""

    why: str
    events: int


class Ledger(msgspec.Struct, frozen=True):
    """The account of each channel, and that of the events.

    An event is told, suppressed with its reasons, open (what it belongs to still waits or fires),
    or `unexplained`: nothing was ever decided about it.
    """

    accounts: tuple[Account, ...]
    endings: tuple[Ending, ...]
    events: int
    told: int
    suppressed: int
    open: int
    suppressions: tuple[Suppression, ...]
    unexplained: tuple[int, ...]

    @property
    def balances(self) -> bool:
        """Whether no notification and no event is unaccounted for."""
        explained = self.told + self.suppressed + self.open
        return self.events == explained and all(account.balances for account in self.accounts)


def read_ledger(connection: Connection, since: datetime | None) -> Ledger:
    """The ledger of what was made and seen since then, or ever.

    A notification counts from when it was decided, an event from when it was seen: what took a
    notification in, or what an event is told by, counts whenever that was.
    """
    made = [] if since is None else [_row.made_at >= since]
    seen = [] if since is None else [events.c.detected_at >= since]
    unexplained = tuple(connection.scalars(_UNEXPLAINED.where(*seen)))
    told, suppressed = (_count(connection, which, *seen) for which in (_TOLD, _SUPPRESSED))
    number = _count(connection, events.c.id.is_not(None), *seen)
    return Ledger(
        accounts=_accounts(connection, since),
        endings=tuple(Ending(*row) for row in connection.execute(_ENDINGS.where(*made))),
        events=number,
        told=told,
        suppressed=suppressed,
        open=_count(connection, not_(_IS_DECIDED), _LIVES, *seen),
        suppressions=tuple(
            Suppression(*row) for row in connection.execute(_SUPPRESSIONS.where(*seen))
        ),
        unexplained=unexplained,
    )


def _accounts(connection: Connection, since: datetime | None) -> tuple[Account, ...]:
    made = [] if since is None else [_row.made_at >= since]
    decided = [] if since is None else [since <= _DECIDED_AT]
    lost = {row.channel: row.number for row in connection.execute(_LOST.where(*decided))}
    found = {row.channel: Account(*row) for row in connection.execute(_ACCOUNTS.where(*made))}
    names = sorted({*lost, *found})
    accounts = [found.get(name) or Account(name, 0, 0, 0, 0, 0, 0) for name in names]
    return tuple(_with_lost(account, lost.get(account.channel, 0)) for account in accounts)


def _with_lost(account: Account, lost: int) -> Account:
    return msgspec.structs.replace(account, notifications=account.notifications + lost)


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(events).where(*conditions)
    return connection.execute(counted).scalar_one()


def _number(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(*conditions)


_row: Final = deliveries.c
_taker: Final = deliveries.alias("taker")

# What a row says is believed only where the rest of the store agrees; else it does not count, and
# the account does not balance.  A member whose bundle is not open would wait for ever.  What was
# merged into nothing, or into something else than a message of its alert or of an incident, was
# never told.  What was delivered has an attempt that says so, its own or its bundle's; a bundle may
# have been pruned.
_IS_BUNDLED: Final = and_(
    has(Disposition.BUNDLED),
    exists().where(_taker.c.id == _row.bundle, _taker.c.settled_at.is_(None)),
)
_IS_MERGED: Final = and_(
    has(Disposition.MERGED),
    exists().where(
        _taker.c.id == _row.bundle,
        _taker.c.channel == _row.channel,
        or_(_taker.c.alert == _row.alert, _taker.c.kind == Kind.INCIDENT.value),
    ),
)
_IS_DELIVERED: Final = and_(
    has(Disposition.DELIVERED),
    or_(
        exists().where(
            attempts.c.delivery == func.coalesce(_row.bundle, _row.id),
            attempts.c.fate == Fate.DELIVERED.value,
        ),
        and_(_row.bundle.is_not(None), not_(exists().where(_taker.c.id == _row.bundle))),
    ),
)
_ACCOUNTS: Final = (
    select(
        _row.channel,
        func.count(),
        _number(_IS_DELIVERED),
        _number(or_(has(Disposition.WAITING), has(Disposition.LEASED), _IS_BUNDLED)),
        _number(_IS_MERGED),
        _number(has(Disposition.DEAD)),
        _number(has(Disposition.DROPPED)),
    )
    .where(_row.lane.is_not(None))
    .group_by(_row.channel)
)
_into: Final = (
    select(_taker.c.status + " " + _taker.c.reason)
    .where(_taker.c.id == _row.bundle)
    .scalar_subquery()
)
_REASON: Final = case((has(Disposition.MERGED), _into), else_=_row.why)
_ENDINGS: Final = (
    select(_row.channel, _row.disposition, _REASON.label("reason"), func.count())
    .where(
        _row.lane.is_not(None),
        or_(has(Disposition.MERGED), has(Disposition.DEAD), has(Disposition.DROPPED)),
    )
    .group_by(_row.channel, _row.disposition, _REASON)
    .order_by(_row.channel, _row.disposition, _REASON)
)

# Before decisions had times of their own they had those of their events.
_DECIDED_AT: Final = func.coalesce(decisions.c.at, events.c.detected_at, type_=schema.Instant)
_LOST: Final = (
    select(decisions.c.channel, func.count(decisions.c.notification.distinct()).label("number"))
    .join(events, events.c.id == decisions.c.event)
    .where(
        decisions.c.notification.is_not(None),
        not_(exists().where(_row.id == decisions.c.notification)),
    )
    .group_by(decisions.c.channel)
)

# That it was told is believed only with the notification that told it.
_OF_EVENT: Final = decisions.c.event == events.c.id
_IS_TOLD: Final = decisions.c.notification.is_not(None)
_TOLD: Final = exists().where(_OF_EVENT, _IS_TOLD)
_IS_DECIDED: Final = exists().where(_OF_EVENT, or_(_IS_TOLD, decisions.c.why != Why.TOLD.value))
_SUPPRESSED: Final = and_(not_(_TOLD), _IS_DECIDED)
_LIVES: Final = or_(
    events.c.id.in_(select(schema.alerts.c.event)),
    events.c.id.in_(select(schema.told.c.event)),
    events.c.id.in_(select(schema.riders.c.event)),
)
_UNEXPLAINED: Final = (
    select(events.c.id).where(not_(_IS_DECIDED), not_(_LIVES)).order_by(events.c.id)
)
_SUPPRESSIONS: Final = (
    select(decisions.c.why, func.count(events.c.id.distinct()))
    .join(events, _OF_EVENT)
    .where(not_(exists().where(_OF_EVENT, _IS_TOLD).correlate(events)))
    .group_by(decisions.c.why)
    .order_by(decisions.c.why)
)
